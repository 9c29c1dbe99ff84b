import type { SignalNoiseData } from "@attnlab/datasets";
import type { History } from "./train-two-layer.ts";

/** Training losses whose first step is recorded. */
export const LOSS_LEVELS = [0.1, 0.01, 1e-4, 1e-6] as const;

/** The first step at which a loss is below a level; NaN when there is none. */
export function firstStepBelow(losses: readonly number[], level: number): number {
  const step = losses.findIndex((loss) => loss < level);
  return step === -1 ? Number.NaN : step;
}

/** Mean over samples of $\lVert\xi_i\rVert_1$. */
export function meanNoiseNorm({ noise, samples }: SignalNoiseData): number {
  return noise.reduce((sum, x) => sum + Math.abs(x), 0) / samples;
}

/** How linear the growth of the trackers is, over ranges of steps; NaN where the history is too short. */
export function growthOf(
  history: Pick<History, "valueNoise" | "valueSignal" | "querySignalSize" | "loss">,
  about: { readonly rate: number; readonly noiseNorm: number },
): Readonly<Record<string, number>> {
  const { rate, noiseNorm } = about;
  const valueNoise = increments(history.valueNoise, 5, 300);
  const meanNoise = meanOf(valueNoise);
  const valueSignal = increments(history.valueSignal, 0, history.valueSignal.length - 1);
  const querySignal = increments(history.querySignalSize, 100, 900);
  return {
    /** Largest distance of an increment of the mean value noise from their mean, relative to it. */
    valueNoiseSpread: Math.max(...valueNoise.map((one) => Math.abs(one / meanNoise - 1))),
    /** Mean increment of the mean value noise in units of $2\eta\,\overline{\lVert\xi_i\rVert_1}$. */
    valueNoiseRate: meanNoise / (2 * rate * noiseNorm),
    /** Largest distance of such an increment from $2\eta\,\overline{\lVert\xi_i\rVert_1}$, relative to it. */
    valueNoiseError: Math.max(...valueNoise.map((one) => Math.abs(one / (2 * rate * noiseNorm) - 1))),
    /** Largest distance of an increment of the mean value signal from $2\eta$, relative to it. */
    valueSignalError: Math.max(...valueSignal.map((one) => Math.abs(one / (2 * rate) - 1))),
    /** Share of steps in which the query signals of all neurons grow by $\eta$. */
    querySignalGrows: querySignal.filter((one) => Math.abs(one / rate - 1) < 1e-6).length / querySignal.length,
    /** Slope of the logarithm of the training loss per step. */
    lossSlope: slope(history.loss.map(Math.log), 400, 900),
    /** The same, in units of $-4\eta\,\overline{\lVert\xi_i\rVert_1}$. */
    lossSlopeRatio: slope(history.loss.map(Math.log), 400, 900) / (-4 * rate * noiseNorm),
  };
}

function increments(values: readonly number[], from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => (values[from + i + 1] as number) - (values[from + i] as number));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** Least-squares slope over steps `from` to `to`. */
export function slope(values: readonly number[], from: number, to: number): number {
  const middle = (from + to) / 2;
  let [up, down] = [0, 0];
  for (let t = from; t <= to; t++) {
    up += (t - middle) * (values[t] ?? Number.NaN);
    down += (t - middle) ** 2;
  }
  return up / down;
}
