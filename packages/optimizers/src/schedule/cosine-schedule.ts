import { numberOption, optionTable } from "@attnlab/check";
import { add, cos, minimum, mul } from "@attnlab/graph";
import { requiredRate, requiredSteps } from "./decay-rules.ts";
import type { Schedule } from "./schedule.ts";

/** Options of {@link cosineSchedule}. */
export interface CosineScheduleOptions {
  /** $\eta_0$, the first rate. Required. */
  readonly learningRate: number;
  /** $n$, the number of steps until the last rate. Required. */
  readonly steps: number;
  /** $\eta_n$, kept from then on. Default 0. */
  readonly finalRate?: number;
}

const table = optionTable("cosineSchedule", {
  learningRate: requiredRate("The first rate."),
  steps: requiredSteps("Number of steps until the last rate."),
  finalRate: numberOption({ doc: "The last rate, kept from then on.", min: 0, default: 0 }),
});

/**
 * Lowers the rate along half a cosine: $\eta_k = \eta_n + \tfrac12 (\eta_0 - \eta_n)\bigl(1 + \cos(\pi \min(k, n) / n)\bigr)$.
 *
 * @param options.learningRate - $\eta_0$; required.
 * @param options.steps - $n$; required.
 * @param options.finalRate - $\eta_n$; default 0. It is kept after step $n$, where PyTorch's scheduler would rise again.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 * @see Loshchilov and Hutter 2017, eq. (5), without restarts.
 */
export function cosineSchedule(options: CosineScheduleOptions): Schedule {
  const { learningRate, steps, finalRate } = table.parse(options);
  const half = (learningRate - finalRate) / 2;
  return (step) => add(mul(cos(mul(minimum(step, steps), Math.PI / steps)), half), half + finalRate);
}
