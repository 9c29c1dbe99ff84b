/**
 * What an optimizer carries from step to step: a tree of traced tensors, `{}` for nothing.
 *
 * Its structure depends on the parameters and belongs to the optimizer; pass it on as it is. (A recursive type in its
 * place would make the types of traced functions infinite.)
 */
export type OptimizerState = unknown;

/** What one call of {@link Transformation.update} returns. */
export interface TransformedUpdates<P, S = OptimizerState> {
  /** To be added to the parameters: same tree, shapes and dtypes. */
  readonly updates: P;
  readonly state: S;
}

/**
 * A pure map from gradients to updates with a state, in the traced world: the building block of optimizers.
 *
 * Building blocks are composed with `chain`. The convention is that updates are **added** to the parameters, so a
 * descent has the sign in it. Everything that changes from step to step (step count, moments) is a tensor in the state.
 */
export interface Transformation<S = OptimizerState> {
  /** The state before the first step, from parameters of any tree structure. */
  init<P>(params: P): S;
  /** One step; all three trees that hold parameters have one structure. */
  update<P>(grads: P, state: S, params: P): TransformedUpdates<P, S>;
}

/** {@link Transformation} that keeps no state. */
export function stateless(update: <P>(grads: P, params: P) => P): Transformation<Readonly<Record<string, never>>> {
  return { init: () => ({}), update: (grads, state, params) => ({ updates: update(grads, params), state }) };
}
