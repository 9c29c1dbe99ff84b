import { applyUpdates } from "./apply-updates.ts";
import type { OptimizerState, Transformation } from "./transformation.ts";

/** What one call of {@link Optimizer.step} returns. */
export interface OptimizerStep<P, S = OptimizerState> {
  /** The new parameters: same tree, shapes and dtypes. */
  readonly params: P;
  readonly state: S;
}

/**
 * Takes parameters from one step to the next, in the traced world: what a training loop consumes.
 *
 * It returns parameters rather than updates because mirror descent has no exact update to add: the new weights are the
 * image of the dual variable, and $w + (w' - w)$ would round them in the last place, or lose them altogether when
 * $|w| \gg |w'|$. Gradient methods are {@link Transformation}s, made into an optimizer by {@link optimizer}.
 */
export interface Optimizer<S = OptimizerState> {
  /** The state before the first step. Trace it with the parameters to get its values. */
  init<P>(params: P): S;
  /** One step; `grads` and `params` have one structure. */
  step<P>(grads: P, state: S, params: P): OptimizerStep<P, S>;
}

/** An optimizer that is also a {@link Transformation}, so that it can be chained with others. */
export interface GradientOptimizer<S = OptimizerState> extends Optimizer<S>, Transformation<S> {}

/**
 * Makes an optimizer of a transformation: $w \leftarrow w + \text{update}(g)$.
 *
 * Algorithms such as `adam` are optimizers already; this is for chains and for transformations of your own.
 *
 * @param transformation - an `init`/`update` pair whose updates are added to the parameters.
 * @returns the same pair with `step`.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { chain, clipByValue, optimizer, scale } from "@attnlab/optimizers";
 * const clipped = optimizer(chain(clipByValue(1), scale(-0.5)));
 * const [w, g] = [tensorData("float64", [2], [0, 0]), tensorData("float64", [2], [7, -0.25])];
 * const program = trace((g, w) => clipped.step(g, clipped.init(w), w).params, [specOf(g), specOf(w)]);
 * evaluate(program, [g, w]).data; // => Float64Array [-0.5, 0.125]
 * ```
 */
export function optimizer<S>(transformation: Transformation<S>): GradientOptimizer<S> {
  return {
    init: (params) => transformation.init(params),
    update: (grads, state, params) => transformation.update(grads, state, params),
    step: (grads, before, params) => {
      const { updates, state } = transformation.update(grads, before, params);
      return { params: applyUpdates(params, updates), state };
    },
  };
}
