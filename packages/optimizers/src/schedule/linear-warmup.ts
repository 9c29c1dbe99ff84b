import { numberOption, optionTable } from "@attnlab/check";
import { add, maximum, minimum, mul, sub } from "@attnlab/graph";
import { type LearningRate, learningRateOption } from "../learning-rate.ts";
import { constantSchedule } from "./constant-schedule.ts";
import { requiredSteps } from "./decay-rules.ts";
import type { Schedule } from "./schedule.ts";

/** Options of {@link linearWarmup}. */
export interface LinearWarmupOptions {
  /** Number of steps before the full rate. Required. */
  readonly steps: number;
  /** Share of the rate in the first step, in [0, 1]. Default 0. */
  readonly startFactor?: number;
}

const table = optionTable("linearWarmup", {
  learningRate: learningRateOption(),
  steps: requiredSteps("Number of steps before the full rate."),
  startFactor: numberOption({ doc: "Share of the rate in the first step.", min: 0, max: 1, default: 0 }),
});

/**
 * Raises the rate linearly for $n$ steps, then follows another schedule from its beginning:
 * $\eta_k = \bigl(f + (1-f)\min(k/n, 1)\bigr)\,\eta'_{\max(k-n, 0)}$.
 *
 * @param learningRate - $\eta'$: a number or the schedule that follows.
 * @param options.steps - $n$; required.
 * @param options.startFactor - $f$; default 0, so that the first step moves nothing but the state.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, trace } from "@attnlab/graph";
 * import { cosineSchedule, linearWarmup } from "@attnlab/optimizers";
 * const schedule = linearWarmup(cosineSchedule({ learningRate: 1, steps: 10 }), { steps: 4 });
 * const program = trace(schedule, [{ dtype: "float64", shape: [] }]);
 * [0, 1, 4, 9].map((k) => evaluate(program, [tensorData("float64", [], [k])]).data[0]); // => [0, 0.25, 1, 0.5]
 * ```
 */
export function linearWarmup(learningRate: LearningRate, options: LinearWarmupOptions): Schedule {
  const { steps, startFactor, learningRate: rate } = table.parse({ ...options, learningRate });
  const after = typeof rate === "number" ? constantSchedule(rate) : rate;
  return (step) => {
    const ramp = add(mul(minimum(step, steps), (1 - startFactor) / steps), startFactor);
    return mul(minimum(ramp, 1), after(maximum(sub(step, steps), 0)));
  };
}
