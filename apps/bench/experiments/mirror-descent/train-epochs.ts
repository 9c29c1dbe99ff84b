import type { TensorData } from "@attnlab/check";
import { toNumbers } from "@attnlab/check";
import { type BatchSource, type DataOf, fit, type Trainer } from "@attnlab/train";

/** What one epoch of training gave. */
export interface EpochEnd<P> {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss of an example while training, with dropout. */
  readonly loss: number;
  /** Running training accuracy, with dropout. */
  readonly accuracy: number;
  readonly params: DataOf<P>;
}

/** Options of {@link trainEpochs}. */
export interface TrainEpochsOptions<P, B> {
  readonly batches: BatchSource<DataOf<B>>;
  readonly epochs: number;
  /** Divides each loss: the batch size for summed losses, 1 for means. */
  readonly lossScale: number;
  readonly signal: AbortSignal;
  /** Called after every epoch; `"stop"` ends training. */
  readonly afterEpoch: (end: EpochEnd<P>) => Promise<"stop" | undefined>;
  /** Called after every run of the trainer with the share of training that is done. */
  readonly onProgress: (fraction: number) => void;
}

/** Steps per run of a compiled loop: the most that divide an epoch, at most `limit`. */
export function stepsPerRun(stepsPerEpoch: number, limit: number): number {
  for (let steps = Math.min(limit, stepsPerEpoch); steps > 1; steps--) if (stepsPerEpoch % steps === 0) return steps;
  return 1;
}

/** Trains epoch by epoch and returns the last epoch. A loss that is not finite ends training: a diverged run is a result. */
export async function trainEpochs<P, B, D>(trainer: Trainer<P, B, D>, options: TrainEpochsOptions<P, B>): Promise<EpochEnd<P>> {
  const { batches, epochs, lossScale, signal, afterEpoch, onProgress } = options;
  const { stepsPerEpoch } = batches;
  const enough = new AbortController();
  let losses = 0;
  let correct = 0;
  let last: EpochEnd<P> | undefined;
  await fit(trainer, {
    steps: epochs * stepsPerEpoch,
    batches,
    signal: enough.signal,
    onProgress: async ({ step, totalSteps, loss, metrics, state }) => {
      signal.throwIfAborted();
      losses += sum(loss);
      correct += sum(toNumbers(metrics.accuracy as TensorData));
      onProgress(step / totalSteps);
      if (step % stepsPerEpoch !== 0) return;
      last = {
        epoch: step / stepsPerEpoch,
        loss: losses / stepsPerEpoch / lossScale,
        accuracy: correct / stepsPerEpoch,
        params: state.params,
      };
      losses = 0;
      correct = 0;
      if ((await afterEpoch(last)) === "stop" || !Number.isFinite(last.loss)) enough.abort();
    },
  });
  return last as EpochEnd<P>;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
