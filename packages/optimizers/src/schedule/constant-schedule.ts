import { optionTable } from "@attnlab/check";
import { constant } from "@attnlab/graph";
import { requiredRate } from "./decay-rules.ts";
import type { Schedule } from "./schedule.ts";

const table = optionTable("constantSchedule", { learningRate: requiredRate("The rate of every step.") });

/**
 * The same rate in every step: $\eta_k = \eta$. Useful under {@link linearWarmup}.
 *
 * @param learningRate - $\eta$ >= 0.
 * @throws {@link OptionError} when it is not a number >= 0.
 */
export function constantSchedule(learningRate: number): Schedule {
  table.parse({ learningRate });
  return () => constant(learningRate, "float64");
}
