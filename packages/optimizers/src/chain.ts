import { problem, show, UsageError } from "@attnlab/check";
import type { OptimizerState, Transformation } from "./transformation.ts";

/**
 * Applies transformations one after another: the updates of each are the gradients of the next.
 *
 * @param transformations - at least one; all see the same parameters.
 * @returns one transformation whose state is the list of theirs.
 * @throws {@link UsageError} when there is none, or one is no transformation.
 * @example
 * ```ts
 * import { adam, chain, clipByGlobalNorm, optimizer } from "@attnlab/optimizers";
 * const clippedAdam = optimizer(chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 })));
 * typeof clippedAdam.step; // => "function"
 * ```
 */
export function chain(...transformations: readonly Transformation[]): Transformation<readonly OptimizerState[]> {
  checkTransformations(transformations);
  return {
    init: (params) => transformations.map((one) => one.init(params)),
    update: (grads, states, params) => {
      let updates = grads;
      const next = transformations.map((one, i) => {
        const result = one.update(updates, states[i] as OptimizerState, params);
        updates = result.updates;
        return result.state;
      });
      return { updates, state: next };
    },
  };
}

function checkTransformations(transformations: readonly Transformation[]): void {
  const fix = "Pass for example chain(clipByGlobalNorm(1), adam()); mirror descent is no transformation and stands alone.";
  if (transformations.length === 0) {
    throw new UsageError(problem({ where: "chain", expected: "at least one transformation must be given", got: "none", fix }));
  }
  for (const one of transformations) {
    if (typeof one?.init !== "function" || typeof one.update !== "function") {
      throw new UsageError(problem({ where: "chain", expected: "every argument must have init and update", got: show(one), fix }));
    }
  }
}
