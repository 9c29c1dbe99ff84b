import { type TensorData, tensorData } from "@attnlab/check";
import type { Tensor } from "@attnlab/graph";
import { type MirrorMode, mirrorDescent } from "@attnlab/optimizers";
import type { TrainDefinition, TrainState } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import type { AttentionProblem } from "./attention-problem.ts";
import { type BatchedData, batchedData, batchedLoss } from "./batched-loss.ts";

/** Independent runs of mirror descent on W with one exponent, as one program. */
export interface AttentionRuns {
  /** One per run, all of one size. */
  readonly problems: readonly AttentionProblem[];
  /** $W_0$ of each run, `[d d]`. */
  readonly starts: readonly Float64Array[];
  readonly p: number;
  readonly learningRate: number;
  /** Divide each run's gradient by its dual norm. */
  readonly normalized: boolean;
  /** `"authors"`: dual variable recomputed from W, softmax gradient as usual, 2.2e-16 added to the norm; `"stable"`: none of these. */
  readonly mode: MirrorMode;
  readonly steps: number;
  /** Steps per call of ONNX Runtime; `steps` should be a multiple. */
  readonly stepsPerRun: number;
  /** Report W at every step, not only after each call. Default `false`. */
  readonly everyStep?: boolean;
  readonly signal: AbortSignal;
}

/** Receives $W_k$ of all runs, `[runs, d d]`; the array must not be kept. */
export type OnWeights = (step: number, weights: Float64Array) => void;

/** How long training took, and where it ended. */
export interface AttentionTraining {
  /** Time inside ONNX Runtime and its bindings, without compilation. */
  readonly trainingSeconds: number;
  /** Processor time of the same: what a core of its own would have taken, whatever else the machine does. */
  readonly coreSeconds: number;
  readonly compileSeconds: number;
  /** Last weights, `[runs, d d]`. */
  readonly weights: Float64Array;
}

interface Params<T> {
  readonly weights: T;
}

/** The weights of one run out of those of all. */
export function weightsOfRun(weights: Float64Array, run: number, runs: number): Float64Array {
  const size = weights.length / runs;
  return weights.subarray(run * size, (run + 1) * size);
}

/** Trains all runs and reports weights from step 0 to the last. */
export async function trainAttention(options: AttentionRuns, onWeights: OnWeights): Promise<AttentionTraining> {
  const { problems, starts, p, learningRate, normalized, mode, steps, stepsPerRun, everyStep = false, signal } = options;
  const { dim } = (problems[0] as AttentionProblem).sizes;
  const start = new Float64Array(starts.length * dim * dim);
  starts.forEach((W, run) => {
    start.set(W, run * dim * dim);
  });
  const definition: TrainDefinition<Params<TensorData>, readonly [], BatchedData> = {
    params: { weights: tensorData("float64", [starts.length, dim, dim], start) },
    data: batchedData(problems),
    optimizer: mirrorDescent({ p, learningRate, normalized, mode, batchAxes: 1 }),
    loss: ({ weights }: Params<Tensor>, _batch, { data }) => {
      const loss = batchedLoss(weights, data as BatchedData<Tensor>, mode === "stable" ? "stable" : "standard");
      return everyStep ? { loss, metrics: { weights } } : loss;
    },
  };
  const compileStart = performance.now();
  await using loop = await compileLoop(definition, { steps: Math.min(stepsPerRun, steps) });
  const compileSeconds = (performance.now() - compileStart) / 1000;
  let trainingSeconds = 0;
  let coreSeconds = 0;
  let state: TrainState<Params<TensorData>> = loop.initialState;
  if (!everyStep) onWeights(0, start);
  for (let step = 0; step < steps; step += loop.stepsPerRun) {
    const runStart = performance.now();
    const coreStart = process.cpuUsage();
    const { state: next, metrics } = await loop.run(state);
    const { user, system } = process.cpuUsage(coreStart);
    coreSeconds += (user + system) / 1e6;
    trainingSeconds += (performance.now() - runStart) / 1000;
    state = next;
    if (everyStep) {
      const all = metrics.weights?.data as Float64Array;
      for (let j = 0; j < loop.stepsPerRun; j++) onWeights(step + j, all.subarray(j * start.length, (j + 1) * start.length));
    }
    const isLast = step + loop.stepsPerRun >= steps;
    if (!everyStep || isLast) onWeights(step + loop.stepsPerRun, state.params.weights.data as Float64Array);
    signal.throwIfAborted();
  }
  return { trainingSeconds, coreSeconds, compileSeconds, weights: state.params.weights.data as Float64Array };
}
