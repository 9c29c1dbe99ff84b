import { type TensorData, tensorData } from "@attnlab/check";
import { type SignalNoiseData, signalNoiseData } from "@attnlab/datasets";
import { initTwoLayerTransformer, type TwoLayerTransformerParams } from "@attnlab/models";
import { createRng } from "@attnlab/random";

/** Data and model of one run. */
export interface Configuration {
  readonly samples: number;
  readonly dim: number;
  readonly sparsity: number;
  readonly noiseScale: number;
  readonly keyDim: number;
  readonly neurons: number;
  /** Standard deviation of the first weights. */
  readonly std: number;
  readonly supports: "random" | "disjoint";
}

/** Configuration R. */
export const REFERENCE: Configuration = {
  samples: 20,
  dim: 2000,
  sparsity: 40,
  noiseScale: 2,
  keyDim: 30,
  neurons: 20,
  std: 2e-3,
  supports: "random",
};

/** Step size of sign descent and of Adam in configuration R. */
export const REFERENCE_RATE = 1e-4;

/** Patches and labels as a training program takes them. */
export type TwoLayerData = { readonly patches: TensorData; readonly labels: TensorData };

/** What one run starts from. */
export interface TwoLayerProblem {
  readonly drawn: SignalNoiseData;
  readonly data: TwoLayerData;
  readonly params: TwoLayerTransformerParams<TensorData>;
}

/** Draws data and first weights from a seed; with the same seed, a change of one size leaves the other draws alone. */
export function twoLayerProblem(configuration: Configuration, seed: number, dtype: "float32" | "float64" = "float64"): TwoLayerProblem {
  const { samples, dim, sparsity, noiseScale, supports, keyDim, neurons, std } = configuration;
  const rng = createRng(seed);
  const drawn = signalNoiseData({ rng: rng.split("train"), samples, dim, sparsity, noiseScale, supports });
  return {
    drawn,
    data: asTensors(drawn, dtype),
    params: initTwoLayerTransformer(rng.split("params"), { dim, keyDim, neurons, std, dtype }),
  };
}

/** Fresh samples of the same distribution: new labels and new noise. */
export function testSet({ dim, sparsity, noiseScale }: Configuration, seed: number, samples: number): TwoLayerData {
  return asTensors(signalNoiseData({ rng: createRng(seed).split("test"), samples, dim, sparsity, noiseScale }));
}

function asTensors({ samples, dim, patches, labels }: SignalNoiseData, dtype: "float32" | "float64" = "float64"): TwoLayerData {
  return { patches: tensorData(dtype, [samples, 2, dim], patches), labels: tensorData(dtype, [samples], labels) };
}
