import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, lower, mul, specOf, sum, type Tensor, trace, valueGradAndAux } from "@attnlab/graph";
import { createSession } from "@attnlab/runtime/node";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { type UnnormalizedLinearAttentionOptions, unnormalizedLinearAttention } from "../src/unnormalized-linear-attention.ts";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Case = Readonly<Record<"tokens" | "score" | "value" | "weight" | "output", Values>> & {
  readonly options: UnnormalizedLinearAttentionOptions;
  readonly gradients: Readonly<Record<"tokens" | "score" | "value", Values>>;
};

const golden = loadGolden<{ readonly cases: readonly Case[] }>(new URL("golden/unnormalized-linear-attention.json", import.meta.url));
const f64 = ({ shape, values }: Values): TensorData => tensorData("float64", shape, values);

function traced(one: Case) {
  const args = [{ tokens: f64(one.tokens), score: f64(one.score), value: f64(one.value) }, f64(one.weight)] as const;
  const program = trace((params, weight) => {
    const step = valueGradAndAux((own: { readonly tokens: Tensor; readonly score: Tensor; readonly value: Tensor }) => {
      const output = unnormalizedLinearAttention(own.tokens, own, one.options);
      return { loss: sum(mul(output, weight)), aux: output };
    })(params);
    return { output: step.aux, grads: step.grads };
  }, args);
  return { program, args };
}

describe.each(golden.cases)("$options", (one) => {
  test("output and gradients equal PyTorch's", () => {
    const { program, args } = traced(one);
    const { output, grads } = evaluate(program, args);
    expect(output.shape).toEqual(one.output.shape);
    expectClose(toNumbers(output), one.output.values, { purpose: "golden" });
    for (const name of ["tokens", "score", "value"] as const) {
      expectClose(toNumbers(grads[name]), one.gradients[name].values, { purpose: "golden" });
    }
  });

  test("ONNX Runtime agrees", async () => {
    const { program, args } = traced(one);
    await using session = await createSession(lower(program));
    const [params, weight] = args;
    const feeds = [params.score, params.tokens, params.value, weight];
    const results = await session.run(Object.fromEntries(program.inputs.map(({ name }, i) => [name, feeds[i] as TensorData])));
    expectClose(toNumbers(results.output as TensorData), one.output.values, { purpose: "golden" });
  });
});

test("the query reads and is not read; hiding it equals leaving it out for the others", () => {
  const one = golden.cases[1] as Case;
  const [tokens, params] = [f64(one.tokens), { score: f64(one.score), value: f64(one.value) }];
  const [batch, count, width] = one.tokens.shape as [number, number, number];
  const run = (x: TensorData, hiddenTokens: number): Float64Array =>
    toNumbers(
      evaluate(
        trace((x, params) => unnormalizedLinearAttention(x, params, { hiddenTokens }), [specOf(x), specOf(params)]),
        [x, params],
      ),
    );
  const shorter = Float64Array.from({ length: batch * (count - 1) * width }, (_, k) => {
    const b = Math.floor(k / ((count - 1) * width));
    return one.tokens.values[b * count * width + (k % ((count - 1) * width))] as number;
  });
  const alone = run(tensorData("float64", [batch, count - 1, width], shorter), 0);
  const hidden = run(tokens, 1);
  const outputs = one.output.shape[2] as number;
  for (let b = 0; b < batch; b++) {
    expectClose(
      hidden.subarray(b * count * outputs, ((b + 1) * count - 1) * outputs),
      alone.subarray(b * (count - 1) * outputs, (b + 1) * (count - 1) * outputs),
    );
  }
  expect(Math.max(...hidden.subarray((count - 1) * outputs, count * outputs).map(Math.abs))).toBeGreaterThan(0.1);
});

test("bad input", () => {
  const spec = (...shape: number[]) => ({ dtype: "float64", shape }) as const;
  const run = (shapes: readonly (readonly number[])[], options?: object) => () =>
    trace(
      (x: Tensor, score: Tensor, value: Tensor) => unnormalizedLinearAttention(x, { score, value }, options),
      shapes.map((shape) => spec(...shape)) as [ReturnType<typeof spec>, ReturnType<typeof spec>, ReturnType<typeof spec>],
    );
  expect(
    run([
      [7, 3],
      [3, 2],
      [3, 3],
    ]),
  ).toThrow(
    "unnormalizedLinearAttention: tokens [..., tokens, width], score [..., width, width] and value [..., outputs, width] must agree in width; " +
      "got [7, 3], [3, 2] and [3, 3]. Make both matrices for the width of the tokens.",
  );
  expect(
    run(
      [
        [7, 3],
        [3, 3],
        [3, 3],
      ],
      { hiddenTokens: 8 },
    ),
  ).toThrow("unnormalizedLinearAttention: hiddenTokens must be at most the number of tokens; got 8 of 7. Lower hiddenTokens.");
  expect(
    run(
      [
        [7, 3],
        [3, 3],
        [3, 3],
      ],
      { hiddenTokens: -1 },
    ),
  ).toThrow("hiddenTokens must be a whole number >= 0; got -1.");
});
