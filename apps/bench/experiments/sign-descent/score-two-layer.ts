import { type TensorData, toNumbers } from "@attnlab/check";
import { mul } from "@attnlab/graph";
import { type TwoLayerTransformerParams, twoLayerTransformer } from "@attnlab/models";
import { compileFunction } from "../mirror-descent/compile-function.ts";
import type { TwoLayerData } from "./configuration.ts";

/** Mean logistic loss and share of wrong signs on one set. */
export interface Score {
  readonly testLoss: number;
  /** Share of samples with $y F \le 0$. */
  readonly testError: number;
}

/** Scores weights on a fixed test set; it owns a session. */
export interface Scorer extends AsyncDisposable {
  readonly score: (params: TwoLayerTransformerParams<TensorData>) => Promise<Score>;
}

/** Compiles the model once for a test set. */
export async function openScorer(
  params: TwoLayerTransformerParams<TensorData>,
  test: TwoLayerData,
  options: { readonly threads: number },
): Promise<Scorer> {
  const margins = await compileFunction(
    (weights, { patches, labels }) => mul(labels, twoLayerTransformer(weights, { patches })),
    { params, inputs: test },
    options,
  );
  return {
    score: async (weights) => scoreMargins(toNumbers(await margins.run(weights, test))),
    [Symbol.asyncDispose]: () => margins[Symbol.asyncDispose](),
  };
}

/** Scores margins $y F$. */
export function scoreMargins(margins: Float64Array): Score {
  let loss = 0;
  let wrong = 0;
  for (const m of margins) {
    loss += Math.max(0, -m) + Math.log1p(Math.exp(-Math.abs(m)));
    if (m <= 0) wrong++;
  }
  return { testLoss: loss / margins.length, testError: wrong / margins.length };
}
