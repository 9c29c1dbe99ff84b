import { numberOption, optionTable } from "@attnlab/check";
import { mul } from "@attnlab/graph";
import { type LearningRate, learningRateOption, negative, type RateState, rateOf, times } from "./learning-rate.ts";
import { mapUpdates } from "./map-tensors.ts";
import { stateless, type Transformation } from "./transformation.ts";

const scaleTable = optionTable("scale", { factor: numberOption({ doc: "Multiplies every update.", required: true }) });
const rateTable = optionTable("scaleByLearningRate", { learningRate: learningRateOption() });

/**
 * Multiplies every update by one number: $u = c\,g$.
 *
 * @param factor - $c$, finite; negative for a descent.
 * @throws {@link OptionError} when `factor` is not a finite number.
 */
export function scale(factor: number): Transformation<Readonly<Record<string, never>>> {
  scaleTable.parse({ factor });
  return stateless((grads) => mapUpdates((g) => mul(g, factor), grads));
}

/**
 * Turns gradients into descent updates: $u = -\eta_k\,g$. It ends a chain of your own.
 *
 * @param learningRate - $\eta$: a number >= 0 or a {@link Schedule}.
 * @returns a transformation that keeps the step count when $\eta$ is a schedule, and nothing otherwise.
 * @throws {@link OptionError} when the rate is neither.
 */
export function scaleByLearningRate(learningRate: LearningRate): Transformation<RateState> {
  const rate = rateOf(rateTable.parse({ learningRate }).learningRate);
  return {
    init: () => rate.init(),
    update: (grads, state) => {
      const factor = negative(rate.at(state));
      return { updates: mapUpdates((g) => times(g, factor), grads), state: rate.next(state) };
    },
  };
}
