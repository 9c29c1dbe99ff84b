import type { TensorData } from "@attnlab/check";
import type { MapTree, Tensor } from "@attnlab/graph";
import type { Optimizer } from "@attnlab/optimizers";

/** The tensor data that fits a tree of specifications. */
export type DataOf<S> = MapTree<S, TensorData>;

/** Numbers to report beside the loss, by name: tensors of any shape. */
export type Metrics = Readonly<Record<string, Tensor>>;

/** What a loss function may use beside parameters and batch. */
export interface LossContext<D> {
  /** Data that is the same in every step; see {@link TrainDefinition.data}. */
  readonly data: MapTree<D, Tensor>;
  /** Number of the step, from 0: an int64 scalar. */
  readonly step: Tensor;
  /** A random key of this step: two uint32 numbers, different in every step and the same for the same seed. */
  readonly key: Tensor;
}

/** A loss, or a loss with further numbers to report. */
export type LossResult = Tensor | { readonly loss: Tensor; readonly metrics: Metrics };

/** Everything that one training step is made of. */
export interface TrainDefinition<P, B, D> {
  /** First parameters: a tree of tensor data. */
  readonly params: P;
  /** Scalar loss of the parameters on one batch. */
  readonly loss: (params: MapTree<P, Tensor>, batch: MapTree<B, Tensor>, context: LossContext<D>) => LossResult;
  readonly optimizer: Optimizer;
  /** Dtypes and shapes of one batch: a tree of specifications or of tensor data. Default: no batch (training on `data` alone). */
  readonly batch?: B;
  /** Data that every step sees, passed once per run: a tree of tensor data. Default: none. */
  readonly data?: D;
  /** Seed of the random keys. Default 0. */
  readonly seed?: number;
}

/** Parameters, optimizer state and step count between runs; every leaf is tensor data. */
export interface TrainState<P> {
  readonly params: DataOf<P>;
  readonly optimizer: unknown;
  readonly step: TensorData;
}
