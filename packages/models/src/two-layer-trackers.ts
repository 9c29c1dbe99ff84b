import { problem, ShapeError, sameShape, showShape } from "@attnlab/check";
import { cast, greater, max, mean, min, mul, reshape, sliceAxis, sum, type Tensor, transpose } from "@attnlab/graph";
import type { TwoLayerTransformerPass } from "./two-layer-transformer.ts";

/** What {@link twoLayerTransformerTrackers} gives. */
export interface TwoLayerTrackers {
  /** Mean value signal $\langle v, \mu\rangle$: a scalar. */
  readonly valueSignal: Tensor;
  /** Mean value noise $\langle v, y_i\xi_i\rangle$: `[samples]`. */
  readonly valueNoise: Tensor;
  /** Query signal $\langle w_{Q,r}, \mu\rangle$: `[keyDim]`. */
  readonly querySignal: Tensor;
  /** Key signal $\langle w_{K,r}, \mu\rangle$: `[keyDim]`. */
  readonly keySignal: Tensor;
  /** Query noise $\langle w_{Q,r}, y_i\xi_i\rangle$: `[keyDim, samples]`. */
  readonly queryNoise: Tensor;
  /** Key noise $\langle w_{K,r}, y_i\xi_i\rangle$: `[keyDim, samples]`. */
  readonly keyNoise: Tensor;
  /** Attention of the signal patch to the signal patch, $s_{i,11}$: `[samples]`. */
  readonly signalToSignal: Tensor;
  /** Attention of the noise patch to the signal patch, $s_{i,21}$: `[samples]`. */
  readonly noiseToSignal: Tensor;
}

/** Fractions of signs that agree, each a scalar; see {@link twoLayerSignCounts}. */
export interface TwoLayerSignCounts {
  /** Query noise and key noise have one sign, over neurons and samples. */
  readonly alignment: Tensor;
  /** Query signal and key signal have opposite signs, over neurons. */
  readonly opposition: Tensor;
  /** Query signal has the sign of the sum of the neuron's query noise, over neurons. */
  readonly majority: Tensor;
  /** Key noise has the sign of the neuron's query signal, over neurons and samples. */
  readonly keyAgreement: Tensor;
  /** Query noise has the sign of the neuron's query signal, over neurons and samples. */
  readonly queryAgreement: Tensor;
}

/**
 * What a two-layer transformer has learned of signal and noise: the projections of its value, query and key weights, and its attention.
 *
 * Shapes: the pass of `twoLayerTransformerPass` on patches `[samples, 2, dim]` with $x_1 = y_i\mu$ and $x_2 = \xi_i$, `labels [samples]`;
 * results as in {@link TwoLayerTrackers}. Beside a loss on the same pass they cost next to nothing.
 *
 * @param labels - $y_i$, 1 or -1.
 * @throws {@link ShapeError} unless there are two patches and a label per sample.
 * @see Li et al. 2025 (arXiv 2410.04870): mean value, query and key signal and noise, softmax outputs $s_{la}$ (query patch, key patch).
 */
export function twoLayerTransformerTrackers(pass: TwoLayerTransformerPass, labels: Tensor): TwoLayerTrackers {
  const [samples, patches] = pass.values.shape as [number, number];
  if (patches !== 2 || !sameShape(labels.shape, [samples])) {
    const expected = "a pass on patches [samples, 2, dim] and labels [samples] are needed";
    const got = `${showShape(pass.values.shape)} values and ${showShape(labels.shape)} labels`;
    throw new ShapeError(problem({ where: "twoLayerTransformerTrackers", expected, got, fix: "Pass data of signalNoiseData." }));
  }
  const perQuery = reshape(pass.attention, [samples, 4]); // s11, s12, s21, s22
  const column = (k: number): Tensor => reshape(sliceAxis(perQuery, 1, k, k + 1), [samples]); // [samples]
  const value = signalAndNoise(reshape(pass.values, [samples, 2, 1]), labels);
  const query = signalAndNoise(pass.queries, labels);
  const key = signalAndNoise(pass.keys, labels);
  return {
    valueSignal: reshape(value.signal, []),
    valueNoise: reshape(value.noise, [samples]),
    querySignal: query.signal,
    keySignal: key.signal,
    queryNoise: query.noise,
    keyNoise: key.noise,
    signalToSignal: column(0),
    noiseToSignal: column(2),
  };
}

/** Projections `[samples, 2, rows]` to signal `[rows]`, of the first sample (it is the same for all), and noise `[rows, samples]`. */
function signalAndNoise(projections: Tensor, labels: Tensor): { readonly signal: Tensor; readonly noise: Tensor } {
  const [samples, , rows] = projections.shape as [number, number, number];
  const signed = mul(projections, reshape(labels, [samples, 1, 1])); // y_i W x: [samples, 2, rows]
  const flat = reshape(signed, [samples, 2 * rows]);
  return {
    signal: reshape(sliceAxis(sliceAxis(flat, 0, 0, 1), 1, 0, rows), [rows]),
    noise: transpose(sliceAxis(flat, 1, rows, 2 * rows), [1, 0]), // [rows, samples]
  };
}

/**
 * How far the signs of a two-layer transformer have settled: fractions of pairs $a, b$ with $ab > 0$ (`opposition`: $ab < 0$).
 *
 * Shapes: as {@link twoLayerTransformerTrackers} gives them → five scalars of the same dtype. A product that is zero counts for neither.
 */
export function twoLayerSignCounts(
  trackers: Pick<TwoLayerTrackers, "querySignal" | "keySignal" | "queryNoise" | "keyNoise">,
): TwoLayerSignCounts {
  const { querySignal, keySignal, queryNoise, keyNoise } = trackers;
  const fraction = (product: Tensor): Tensor => mean(cast(greater(product, 0), product.dtype));
  const signal = reshape(querySignal, [querySignal.shape[0] as number, 1]); // [keyDim, 1]
  return {
    alignment: fraction(mul(queryNoise, keyNoise)),
    opposition: fraction(mul(mul(querySignal, keySignal), -1)),
    majority: fraction(mul(querySignal, sum(queryNoise, 1))),
    keyAgreement: fraction(mul(keyNoise, signal)),
    queryAgreement: fraction(mul(queryNoise, signal)),
  };
}

/** The scalars that decide the stages of training, one row of a {@link StageHistory} per step. */
export interface StageMeasures<T = Tensor> {
  readonly smallestValueNoise: T;
  readonly alignment: T;
  readonly opposition: T;
  readonly majority: T;
  readonly keyAgreement: T;
  readonly queryAgreement: T;
  readonly meanSignalToSignal: T;
  readonly meanNoiseToSignal: T;
  readonly largestNoiseToSignal: T;
}

/** The scalars that `twoLayerStages` reads, of one step: {@link twoLayerSignCounts}, and the ends of value noise and attention. */
export function twoLayerStageMeasures(trackers: TwoLayerTrackers): StageMeasures {
  const { valueNoise, signalToSignal, noiseToSignal } = trackers;
  return {
    ...twoLayerSignCounts(trackers),
    smallestValueNoise: min(valueNoise),
    meanSignalToSignal: mean(signalToSignal),
    meanNoiseToSignal: mean(noiseToSignal),
    largestNoiseToSignal: max(noiseToSignal),
  };
}
