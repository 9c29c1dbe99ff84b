import type { Optimizer } from "@attnlab/optimizers";
import { createRng } from "@attnlab/random";
import type { RunContext } from "../../src/experiment/index.ts";
import { type Configuration, testSet, twoLayerProblem } from "./configuration.ts";
import { openScorer } from "./score-two-layer.ts";
import { trainTwoLayer } from "./train-two-layer.ts";

const STEPS_PER_RUN = 10;

/** What {@link trainToLoss} is given beside a run's context. */
export interface TrainToLoss {
  readonly configuration: Configuration;
  readonly optimizer: Optimizer;
  /** Training ends at the first tenth step with at most this loss on all training samples. */
  readonly target: number;
  readonly cap: number;
  /** Fresh samples. */
  readonly test: number;
  /** Samples per step. Default: all. */
  readonly batchSize?: number;
}

/** Trains to a common loss, or to the cap, and records how the weights then do on fresh samples. */
export async function trainToLoss(
  context: Pick<RunContext, "seed" | "threads" | "signal" | "record" | "progress">,
  work: TrainToLoss,
): Promise<void> {
  const { seed, threads, signal, record, progress } = context;
  const { configuration, optimizer, target, cap, test, batchSize } = work;
  const problem = twoLayerProblem(configuration, seed);
  const batches = batchSize === undefined ? {} : { batches: { size: batchSize, rng: createRng(seed).split("batches") } };
  const options = { problem, optimizer, steps: cap, stepsPerRun: STEPS_PER_RUN, threads, signal, ...batches };
  const { params, history, step } = await trainTwoLayer(options, (state) => {
    if (state.step % 100 === 0) progress(state.step / cap);
    return (state.history.loss.at(-1) as number) <= target ? "stop" : undefined;
  });
  await using scorer = await openScorer(params, testSet(configuration, seed, test), { threads });
  const last = (values: readonly number[]): number => values.at(-1) as number;
  record(
    { step },
    {
      ...(await scorer.score(params)),
      steps: step,
      loss: last(history.loss),
      valueSignal: last(history.valueSignal),
      valueNoise: last(history.valueNoise),
      s11: last(history.meanSignalToSignal),
      s21: last(history.meanNoiseToSignal),
      signalToNoise: problem.drawn.signalToNoise,
    },
  );
}
