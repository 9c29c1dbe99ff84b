import { numberOption, optionTable } from "@attnlab/check";
import { add, mul, type Tensor, zerosLike } from "@attnlab/graph";
import { type LearningRate, learningRateOption, negative, type RateState, rateOf, times } from "./learning-rate.ts";
import { mapTensors, mapUpdates } from "./map-tensors.ts";
import { type GradientOptimizer, optimizer } from "./optimizer.ts";
import type { OptimizerState } from "./transformation.ts";

/** Options of {@link momentum} and {@link nesterov}. */
export interface MomentumOptions {
  /** $\eta$: a number >= 0 or a schedule. Required. */
  readonly learningRate: LearningRate;
  /** $\mu$ in [0, 1). Default 0.9. */
  readonly momentum?: number;
}

/** State of {@link momentum} and {@link nesterov}. */
export type MomentumState = {
  /** $v$, a tree like the parameters. */
  readonly velocity: OptimizerState;
  /** The step count, if the rate is a schedule. */
  readonly rate: RateState;
};

const rules = {
  learningRate: learningRateOption(),
  momentum: numberOption({ doc: "Share of the velocity that is kept.", min: 0, below: 1, default: 0.9 }),
};
const momentumTable = optionTable("momentum", rules);
const nesterovTable = optionTable("nesterov", rules);

/**
 * Gradient descent with momentum (heavy ball): $v \leftarrow \mu v + g$, $w \leftarrow w - \eta v$.
 *
 * For a constant rate this is Polyak's $w_{k+1} = w_k - \eta g_k + \mu (w_k - w_{k-1})$. Under a schedule the velocity is
 * free of the rate, as in PyTorch's `SGD` (dampening 0).
 *
 * @param options.learningRate - $\eta$; required.
 * @param options.momentum - $\mu$ in [0, 1); default 0.9.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 * @see Polyak 1964.
 */
export function momentum(options: MomentumOptions): GradientOptimizer<MomentumState> {
  return withVelocity(momentumTable.parse(options), (_, velocity) => velocity);
}

/**
 * Nesterov's accelerated gradient: $v \leftarrow \mu v + g$, $w \leftarrow w - \eta (g + \mu v)$.
 *
 * The gradient is taken at the parameters themselves, which stand for the look-ahead point, as in PyTorch's `SGD`.
 *
 * @param options.learningRate - $\eta$; required.
 * @param options.momentum - $\mu$ in [0, 1); default 0.9.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 * @see Nesterov 1983; Sutskever et al. 2013, section 2.
 */
export function nesterov(options: MomentumOptions): GradientOptimizer<MomentumState> {
  const { learningRate, momentum: mu } = nesterovTable.parse(options);
  return withVelocity({ learningRate, momentum: mu }, (g, velocity) => add(g, mul(velocity, mu)));
}

function withVelocity(
  { learningRate, momentum: mu }: Required<MomentumOptions>,
  direction: (grad: Tensor, velocity: Tensor) => Tensor,
): GradientOptimizer<MomentumState> {
  const rate = rateOf(learningRate);
  return optimizer<MomentumState>({
    init: (params) => ({ velocity: mapTensors(zerosLike, params), rate: rate.init() }),
    update: (grads, state) => {
      const velocity = mapTensors((v, _, g) => add(mul(v, mu), g as Tensor), state.velocity, grads);
      const factor = negative(rate.at(state.rate));
      const updates = mapUpdates((g, _, v) => times(direction(g, v as Tensor), factor), grads, velocity);
      return { updates, state: { velocity, rate: rate.next(state.rate) } };
    },
  });
}
