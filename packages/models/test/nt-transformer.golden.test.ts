import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { constantOf, evaluate, flatten, mapLeaves, mul, sum, type Tensor, trace, valueGradAndAux } from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { initNtTransformer, type NtTransformerConfig, type NtTransformerParams, ntTransformer } from "../src/index.ts";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const golden = loadGolden<{
  readonly config: Pick<NtTransformerConfig, "vocabSize" | "contextLength" | "mlpWidth" | "numLayers">;
  readonly tokens: Values;
  readonly params: Readonly<Record<string, Values>>;
  readonly cases: readonly {
    readonly attention: "dot-product" | "expressive";
    readonly scale: "none" | "sqrtHeadDim";
    readonly logits: readonly number[];
    readonly gradients: Readonly<Record<string, Values>>;
  }[];
}>(new URL("golden/nt-transformer.json", import.meta.url));

/** Our tree of parameters with the numbers of the script, which has the same layout. */
function goldenParams(): NtTransformerParams<TensorData> {
  const ours = initNtTransformer(createRng(1), { ...golden.config, dtype: "float64" });
  return mapLeaves((leaf: TensorData, path: string) => {
    const { shape, values } = golden.params[path] as Values;
    expect(leaf.shape).toEqual(shape);
    return tensorData("float64", shape, values);
  }, ours) as NtTransformerParams<TensorData>;
}

describe("ntTransformer equals PyTorch, and so do all its gradients", () => {
  test.each(golden.cases)("$attention, scale $scale", ({ attention, scale, logits, gradients }) => {
    const config: NtTransformerConfig = { ...golden.config, attention, scale, dtype: "float64" };
    const params = goldenParams();
    const tokens = tensorData("int64", golden.tokens.shape, golden.tokens.values);
    const program = trace(
      (weights, given) =>
        valueGradAndAux((w: NtTransformerParams) => {
          const result = ntTransformer(w, { tokens: given }, config);
          const sines = Array.from({ length: logits.length }, (_, i) => Math.sin(i + 1));
          return { loss: sum(mul(result, constantOf("float64", result.shape, sines))), aux: result };
        })(weights as NtTransformerParams<Tensor>),
      [params, tokens] as const,
    );
    const { aux, grads } = evaluate(program, [params, tokens]) as { readonly aux: TensorData; readonly grads: unknown };
    expectClose(toNumbers(aux), logits, { purpose: "golden" });
    for (const { path, leaf } of flatten<TensorData>(grads)) {
      expectClose(toNumbers(leaf), (gradients[path] as Values).values, { purpose: "golden" });
    }
  });
});
