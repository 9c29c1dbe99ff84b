import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { constantOf, evaluate, flatten, mul, sum, type Tensor, trace, valueGradAndAux } from "@attnlab/graph";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { charGpt, textClassifier, visionTransformer } from "../src/index.ts";
import { runOnnx } from "./run-onnx.ts";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface ModelGolden {
  readonly config: object;
  readonly params: Readonly<Record<string, Values>>;
  readonly inputs: Values;
  readonly logits: Values;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const golden = loadGolden<Readonly<Record<string, ModelGolden>>>(new URL("golden/torch-models.json", import.meta.url));

const MODELS: Readonly<Record<string, (params: never, x: Tensor, config: never) => Tensor>> = {
  textClassifier: (params, tokens, config) => textClassifier(params, { tokens }, config),
  charGpt: (params, tokens, config) => charGpt(params, { tokens }, config),
  charGptWithBias: (params, tokens, config) => charGpt(params, { tokens }, config),
  visionTransformer: (params, images, config) => visionTransformer(params, { images }, config),
};

/** Values by path as the nested tree they name; numbers are indices of arrays. */
function nest(flat: Readonly<Record<string, Values>>, dtype: "float32" | "float64"): unknown {
  const root: Record<string, unknown> = {};
  for (const [path, { shape, values }] of Object.entries(flat)) {
    const keys = path.split(".");
    let at = root;
    keys.slice(0, -1).forEach((key, i) => {
      at[key] ??= /^\d+$/.test(keys[i + 1] as string) ? [] : {};
      at = at[key] as Record<string, unknown>;
    });
    at[keys.at(-1) as string] = tensorData(dtype, shape, values);
  }
  return root;
}

/** Logits and gradients of the sum of sine-weighted logits, as the script took them. */
function traced(name: string, dtype: "float32" | "float64") {
  const { config, params, inputs } = golden[name] as ModelGolden;
  const args = [nest(params, dtype), tensorData(name === "visionTransformer" ? dtype : "int64", inputs.shape, inputs.values)] as const;
  const program = trace((p: unknown, x: Tensor): unknown => {
    const { aux, grads } = valueGradAndAux((own: unknown) => {
      const logits = (MODELS[name] as (p: unknown, x: Tensor, c: unknown) => Tensor)(own, x, { ...config, dtype });
      const size = logits.shape.reduce((a, b) => a * b, 1);
      const weights = constantOf(
        dtype,
        logits.shape,
        Array.from({ length: size }, (_, i) => Math.sin(i + 1)),
      );
      return { loss: sum(mul(logits, weights)), aux: logits };
    })(p);
    return { logits: aux, grads };
  }, args);
  return { program, args };
}

describe.each(Object.keys(MODELS))("%s", (name) => {
  const expected = golden[name] as ModelGolden;

  test("logits and every gradient equal PyTorch's", () => {
    const { program, args } = traced(name, "float64");
    const { logits, grads } = evaluate(program, args) as { readonly logits: TensorData; readonly grads: unknown };
    expect(logits.shape).toEqual(expected.logits.shape);
    expectClose(toNumbers(logits), expected.logits.values, { purpose: "golden" });
    const gradients = flatten<TensorData>(grads);
    expect(gradients.map(({ path }) => path).sort()).toEqual(Object.keys(expected.gradients).sort());
    for (const { path, leaf } of gradients) {
      expectClose(toNumbers(leaf), expected.gradients[path] as readonly number[], { purpose: "golden" });
    }
  });

  test.each(["float64", "float32"] as const)("ONNX Runtime agrees with the interpreter in %s", async (dtype) => {
    const { program, args } = traced(name, dtype);
    const reference = flatten<TensorData>(evaluate(program, args));
    const actual = await runOnnx(program, args);
    reference.forEach(({ leaf }, k) => {
      expectClose(toNumbers(actual[k] as TensorData), toNumbers(leaf), {
        precision: dtype,
        factor: 30,
        reason: "two layers of products and norms, forward and backward",
      });
    });
  });
});
