import type { TensorData } from "@attnlab/check";
import type { Program } from "@attnlab/graph";
import type { DataOf, TrainState } from "./definition.ts";

/** What one run returns. */
export interface TrainResult<P> {
  readonly state: TrainState<P>;
  /** Loss of each step, before its update; always float64. */
  readonly loss: Float64Array;
  /** The metrics of the loss function; each has a leading axis of `stepsPerRun`. */
  readonly metrics: Readonly<Record<string, TensorData>>;
}

/** A compiled training program; it owns a session until it is disposed. */
export interface Trainer<P, B, D> extends AsyncDisposable {
  /** Steps that one {@link Trainer.run} takes. */
  readonly stepsPerRun: number;
  /** Whether batches have a leading axis of `stepsPerRun` (made by `compileLoop`). */
  readonly looped: boolean;
  /** The traced program; `print` shows it, `lower` gives its ONNX model. */
  readonly program: Program;
  /** The state before the first step. */
  readonly initialState: TrainState<P>;
  /**
   * Takes `stepsPerRun` steps inside ONNX Runtime.
   *
   * @param state - from `initialState`, an earlier run or a checkpoint. It is not changed.
   * @param batch - one batch; for a loop of several steps every tensor has a leading axis of `stepsPerRun`.
   * @param data - replaces the `data` of the definition. Default: that data.
   * @throws {@link NumericalError} when the loss is NaN or infinite, naming the step and the first tensor that is not finite.
   */
  readonly run: (state: TrainState<P>, batch?: DataOf<B>, data?: DataOf<D>) => Promise<TrainResult<P>>;
  /** Frees the session. */
  readonly dispose: () => Promise<void>;
}
