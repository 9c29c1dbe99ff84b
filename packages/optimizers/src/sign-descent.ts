import { numberOption, optionTable } from "@attnlab/check";
import { add, mul, sign, type Tensor, zerosLike } from "@attnlab/graph";
import { type LearningRate, learningRateOption, negative, type RateState, rateOf, times } from "./learning-rate.ts";
import { mapTensors, mapUpdates } from "./map-tensors.ts";
import { type GradientOptimizer, optimizer } from "./optimizer.ts";
import type { OptimizerState } from "./transformation.ts";

/** Options of {@link signDescent}. */
export interface SignDescentOptions {
  /** $\eta$: a number >= 0 or a schedule. Required. */
  readonly learningRate: LearningRate;
}

/** Options of {@link signum}. */
export interface SignumOptions extends SignDescentOptions {
  /** $\beta$ in [0, 1), the decay of the gradient's running mean. Default 0.9. */
  readonly momentum?: number;
}

/** State of {@link signum}. */
export type SignumState = {
  /** $m$, a tree like the parameters. */
  readonly mean: OptimizerState;
  /** The step count, if the rate is a schedule. */
  readonly rate: RateState;
};

const signTable = optionTable("signDescent", { learningRate: learningRateOption() });
const signumTable = optionTable("signum", {
  learningRate: learningRateOption(),
  momentum: numberOption({ doc: "Decay of the gradient's running mean.", min: 0, below: 1, default: 0.9 }),
});

/**
 * Sign descent: $w \leftarrow w - \eta\,\operatorname{sign}(g)$, with $\operatorname{sign}(0) = 0$.
 *
 * @param options.learningRate - $\eta$; required.
 * @throws {@link OptionError} on an unknown option or a negative rate.
 * @see Bernstein et al. 2018, signSGD.
 */
export function signDescent(options: SignDescentOptions): GradientOptimizer<RateState> {
  const rate = rateOf(signTable.parse(options).learningRate);
  return optimizer<RateState>({
    init: () => rate.init(),
    update: (grads, state) => {
      const factor = negative(rate.at(state));
      return { updates: mapUpdates((g) => times(sign(g), factor), grads), state: rate.next(state) };
    },
  });
}

/**
 * Sign descent with momentum: $m \leftarrow \beta m + (1-\beta) g$, $w \leftarrow w - \eta\,\operatorname{sign}(m)$.
 *
 * @param options.learningRate - $\eta$; required.
 * @param options.momentum - $\beta$ in [0, 1); default 0.9. With 0 it is {@link signDescent}.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 * @see Bernstein et al. 2018, algorithm 2 (Signum).
 */
export function signum(options: SignumOptions): GradientOptimizer<SignumState> {
  const { learningRate, momentum: beta } = signumTable.parse(options);
  const rate = rateOf(learningRate);
  return optimizer<SignumState>({
    init: (params) => ({ mean: mapTensors(zerosLike, params), rate: rate.init() }),
    update: (grads, state) => {
      const mean = mapTensors((m, _, g) => add(mul(m, beta), mul(g as Tensor, 1 - beta)), state.mean, grads);
      const factor = negative(rate.at(state.rate));
      const updates = mapUpdates((_g, _, m) => times(sign(m as Tensor), factor), grads, mean);
      return { updates, state: { mean, rate: rate.next(state.rate) } };
    },
  });
}
