import { problem, ShapeError, showShape } from "@attnlab/check";
import { add, constantOf, isTensor, mapLeaves, type Tensor, valueGradAndAux } from "@attnlab/graph";
import type { OptimizerState } from "@attnlab/optimizers";
import type { LossContext, Metrics, TrainDefinition } from "./definition.ts";
import { foldKey } from "./step-key.ts";

/** The symbolic state that a step carries. */
export interface SymbolicState {
  readonly params: unknown;
  readonly optimizer: OptimizerState;
  readonly step: Tensor;
}

/** One step as a function of symbolic tensors: `(state, batch, data)` to the next state and the loss before the update. */
export interface StepResult {
  readonly state: SymbolicState;
  readonly loss: Tensor;
  readonly metrics: Metrics;
  readonly grads: unknown;
}

/** Builds the step function of a definition: forward, backward and update in one traced function. */
export function stepFunction<P, B, D>(
  definition: TrainDefinition<P, B, D>,
): (state: SymbolicState, batch: unknown, data: unknown) => StepResult {
  const { loss, optimizer, seed = 0 } = definition;
  return (state, batch, data) => {
    const context = { data, step: state.step, key: foldKey(seed, state.step) } as LossContext<D>;
    const evaluateLoss = valueGradAndAux((params: unknown) => {
      const result = loss(params as Parameters<typeof loss>[0], batch as Parameters<typeof loss>[1], context);
      return isTensor(result) ? { loss: result, aux: {} as Metrics } : { loss: result.loss, aux: result.metrics };
    });
    const { value, grads, aux } = evaluateLoss(state.params);
    const next = optimizer.step(grads, state.optimizer, state.params);
    const step = add(state.step, constantOf("int64", [], [1]));
    mapLeaves((before: Tensor, path, after: Tensor) => checkUnchanged(path, before, after), state.params, next.params);
    return { state: { params: next.params, optimizer: next.state, step }, loss: value, metrics: aux, grads };
  };
}

function checkUnchanged(path: string, before: Tensor, after: Tensor): Tensor {
  if (before.dtype !== after.dtype || showShape(before.shape) !== showShape(after.shape)) {
    const got = `${after.dtype}${showShape(after.shape)} for ${before.dtype}${showShape(before.shape)}`;
    throw new ShapeError(
      problem({
        where: "train",
        expected: `the optimizer must keep dtype and shape of params.${path}`,
        got,
        fix: "Correct the optimizer's step.",
      }),
    );
  }
  return after;
}
