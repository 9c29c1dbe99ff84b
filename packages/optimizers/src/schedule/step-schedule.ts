import { numberOption, optionTable } from "@attnlab/check";
import { cast, constant, div, mul, pow } from "@attnlab/graph";
import { requiredRate, requiredSteps } from "./decay-rules.ts";
import type { Schedule } from "./schedule.ts";

/** Options of {@link stepSchedule}. */
export interface StepScheduleOptions {
  /** $\eta_0$, the first rate. Required. */
  readonly learningRate: number;
  /** $\gamma > 0$, the factor of every drop. Required. */
  readonly factor: number;
  /** $n$, the number of steps between drops. Required. */
  readonly every: number;
}

const table = optionTable("stepSchedule", {
  learningRate: requiredRate("The first rate."),
  factor: numberOption({ doc: "Factor of every drop.", above: 0, required: true }),
  every: requiredSteps("Number of steps between drops."),
});

/**
 * Multiplies the rate by one factor every $n$ steps: $\eta_k = \eta_0 \gamma^{\lfloor k/n \rfloor}$.
 *
 * @param options.learningRate - $\eta_0$; required.
 * @param options.factor - $\gamma$; required.
 * @param options.every - $n$; required.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 */
export function stepSchedule(options: StepScheduleOptions): Schedule {
  const { learningRate, factor, every } = table.parse(options);
  return (step) => {
    // A quotient of whole numbers that is whole is exact, so truncation counts the drops.
    const drops = cast(cast(div(step, every), "int64"), "float64");
    return mul(pow(constant(factor, "float64"), drops), learningRate);
  };
}
