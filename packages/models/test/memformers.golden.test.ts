import { type TensorData, toNumbers } from "@attnlab/check";
import { evaluate, flatten, mean, specOf, square, sub, type Tensor, trace, valueGradAndAux } from "@attnlab/graph";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { data, GOLDEN, type MemformerCase, paramsOf, runCase } from "./memformer-cases.ts";
import { runOnnx } from "./run-onnx.ts";

function traced(one: MemformerCase, dtype: "float64" | "float32" = "float64") {
  const args = [paramsOf(one, dtype), data(GOLDEN.prompts, dtype), data(GOLDEN.targets, dtype)] as const;
  const program = trace(
    ((params: unknown, prompts: Tensor, targets: Tensor) => {
      const step = valueGradAndAux((own: unknown) => {
        const prediction = runCase(one, own, prompts, "prediction");
        return { loss: mean(square(sub(prediction, targets))), aux: prediction };
      })(params);
      return { prediction: step.aux, tokens: runCase(one, params, prompts, "tokens"), grads: step.grads };
    }) as (...given: readonly unknown[]) => unknown,
    args.map((arg) => specOf(arg as unknown)),
  );
  return { program, args };
}

interface Outcome {
  readonly prediction: TensorData;
  readonly tokens: TensorData;
  readonly grads: unknown;
}

describe.each(GOLDEN.cases)("$model, $name", (one) => {
  test("all tokens after every layer, predictions and every gradient equal PyTorch's", () => {
    const { program, args } = traced(one);
    const { prediction, tokens, grads } = evaluate(program, args) as Outcome;
    expect([prediction.shape, tokens.shape]).toEqual([one.prediction.shape, one.tokens.shape]);
    expectClose(toNumbers(prediction), one.prediction.values, { purpose: "golden" });
    expectClose(toNumbers(tokens), one.tokens.values, { purpose: "golden" });
    const gradients = flatten<TensorData>(grads);
    expect(gradients.map(({ path }) => path).sort()).toEqual(Object.keys(one.gradients).sort());
    const largest = Math.max(...Object.values(one.gradients).flatMap(({ values }) => values.map(Math.abs)));
    for (const { path, leaf } of gradients) {
      const expected = one.gradients[path]?.values ?? [];
      expectClose(toNumbers(leaf), expected, {
        absolute: 1e-11 * largest,
        relative: 1e-10,
        reason: "sums of terms as large as the largest gradient",
      });
    }
  });

  test("ONNX Runtime agrees with the interpreter", async () => {
    const { program, args } = traced(one);
    const reference = flatten<TensorData>(evaluate(program, args));
    const actual = await runOnnx(program, args);
    reference.forEach(({ leaf }, k) => {
      const numbers = toNumbers(leaf);
      const absolute = 1e-11 * Math.max(1, ...numbers.map(Math.abs));
      expectClose(toNumbers(actual[k] as TensorData), numbers, {
        relative: 1e-10,
        absolute,
        reason: "polynomials of degree 7 in the parameters",
      });
    });
  });
});

test("axes of runs: two runs at once are the two runs alone", () => {
  for (const one of GOLDEN.cases.filter(({ model }) => model !== "lfomMemformer general")) {
    const prompts = data(GOLDEN.prompts);
    const double = (leaf: TensorData): TensorData => {
      const values = toNumbers(leaf);
      return data({ shape: [2, ...leaf.shape], values: [...values, ...values.map((v) => 0.5 * v)] });
    };
    const params = paramsOf(one);
    const stacked = mapTree(double, params);
    const run = (given: unknown, x: TensorData): Float64Array =>
      toNumbers(
        evaluate(
          trace(((p: unknown, z: Tensor) => runCase(one, p, z, "prediction")) as (...args: readonly unknown[]) => unknown, [
            specOf(given),
            specOf(x),
          ]),
          [given, x],
        ) as TensorData,
      );
    const together = run(stacked, double(prompts));
    const halved = (leaf: TensorData): TensorData => data({ shape: leaf.shape, values: [...toNumbers(leaf).map((v) => 0.5 * v)] });
    const alone = [...run(params, prompts), ...run(mapTree(halved, params), halved(prompts))];
    expectClose(together, alone, { purpose: "golden" });
  }
});

function mapTree(fn: (leaf: TensorData) => TensorData, tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map((child) => mapTree(fn, child));
  const branch = tree as Readonly<Record<string, unknown>>;
  if ("dtype" in branch) return fn(tree as TensorData);
  return Object.fromEntries(Object.entries(branch).map(([key, child]) => [key, mapTree(fn, child)]));
}

test("with B = 0 only the label column of full gates has a gradient, and the last B has none", () => {
  const shared = GOLDEN.cases.find(({ model, name }) => model === "lfomMemformer shared" && name === "full with heads") as MemformerCase;
  const { program, args } = traced(shared);
  const { grads } = evaluate(program, args) as { readonly grads: { readonly gates: TensorData } };
  const width = shared.params.gates?.shape[2] as number;
  toNumbers(grads.gates).forEach((value, k) => {
    if (k % width < width - 1) expect(value).toBe(0);
  });
  // Eight tokens in two layers; in the last layer the query alone is read out.
  expect(toNumbers(grads.gates).filter((value) => value !== 0).length).toBe(2 * 8 + 1);
  const moving = GOLDEN.cases.find(({ name }) => name === "GD++") as MemformerCase;
  const { program: second, args: given } = traced(moving);
  const gradients = flatten<TensorData>((evaluate(second, given) as Outcome).grads);
  const last = gradients.find(({ path }) => path === "layers.2.covariate");
  expect(toNumbers(last?.leaf as TensorData)).toEqual(new Float64Array(16));
});
