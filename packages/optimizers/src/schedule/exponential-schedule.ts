import { numberOption, optionTable } from "@attnlab/check";
import { constant, mul, pow } from "@attnlab/graph";
import { requiredRate } from "./decay-rules.ts";
import type { Schedule } from "./schedule.ts";

/** Options of {@link exponentialSchedule}. */
export interface ExponentialScheduleOptions {
  /** $\eta_0$, the first rate. Required. */
  readonly learningRate: number;
  /** $\gamma > 0$, the factor from one step to the next. Required. */
  readonly factor: number;
}

const table = optionTable("exponentialSchedule", {
  learningRate: requiredRate("The first rate."),
  factor: numberOption({ doc: "Factor from one step to the next.", above: 0, required: true }),
});

/**
 * Multiplies the rate by one factor in every step: $\eta_k = \eta_0 \gamma^k$.
 *
 * @param options.learningRate - $\eta_0$; required.
 * @param options.factor - $\gamma$; required.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 */
export function exponentialSchedule(options: ExponentialScheduleOptions): Schedule {
  const { learningRate, factor } = table.parse(options);
  return (step) => mul(pow(constant(factor, "float64"), step), learningRate);
}
