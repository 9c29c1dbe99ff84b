import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { type DelayRule, type MixedSequences, modularDelayMixture } from "@attnlab/datasets";
import { argMax, cast, equal, sliceAxis } from "@attnlab/graph";
import { initNtTransformer, type NtTransformerConfig, type NtTransformerParams, ntTransformer } from "@attnlab/models";
import { momentum } from "@attnlab/optimizers";
import { createRng, type Rng } from "@attnlab/random";
import { crossEntropy, fit } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import { compileFunction } from "../mirror-descent/compile-function.ts";

/** One training run on modular-delay tasks. */
export interface NtTraining {
  readonly model: NtTransformerConfig;
  readonly tasks: readonly DelayRule[];
  /** First position of a sequence that is predicted for the loss and the score; those before are not determined. */
  readonly firstTarget: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly evaluateEvery: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Called after every evaluation; `"stop"` ends training. */
  readonly onEvaluation: (step: number, score: NtScore) => "stop" | undefined;
}

/** Scores on held-out sequences, from 0 to 1. */
export interface NtScore {
  /** Mean training loss since the last evaluation. */
  readonly loss: number;
  /** Share of predicted tokens that are right, over all tasks. */
  readonly accuracy: number;
  /** The same at the last position alone. */
  readonly lastAccuracy: number;
  readonly perTask: readonly number[];
}

const HELD_OUT = 256;
const MOMENTUM = 0.9;

/** The longest lag: the first token that the rules determine. */
export function firstDetermined(tasks: readonly DelayRule[]): number {
  return Math.max(...tasks.flatMap(({ lags }) => lags));
}

/** Trains by gradient descent with momentum on fresh sequences in every step; kinds of attention share weights, batches and held-out sequences. */
export async function trainNt(options: NtTraining): Promise<NtTransformerParams<TensorData>> {
  const { model, tasks, firstTarget, batchSize, seed } = options;
  const length = model.contextLength + 1;
  const rng = createRng(seed);
  const draw = (count: number, source: Rng): MixedSequences =>
    modularDelayMixture({ modulus: model.vocabSize, tasks, length, count, rng: source });
  const batchOf = ({ count, tokens }: MixedSequences) => ({ tokens: tensorData("int64", [count, length], tokens) });
  const batches = { stepsPerEpoch: 1, at: (step: number) => batchOf(draw(batchSize, rng.split("batches").split(step))) };
  const params = initNtTransformer(rng.split("weights"), model);
  const targets = [firstTarget, length] as const;
  await using trainer = await compileLoop(
    {
      params,
      optimizer: momentum({ learningRate: options.learningRate, momentum: MOMENTUM }),
      batch: batches.at(0),
      loss: (weights, { tokens }) => {
        const logits = ntTransformer(weights, { tokens: sliceAxis(tokens, 1, 0, length - 1) }, model);
        return crossEntropy(sliceAxis(logits, 1, targets[0] - 1, length - 1), sliceAxis(tokens, 1, ...targets));
      },
    },
    { steps: options.evaluateEvery, session: { threads: options.threads } },
  );
  const shares = Math.ceil(HELD_OUT / tasks.length) * tasks.length;
  const heldOut = draw(shares, rng.split("held-out"));
  const inputs = batchOf(heldOut);
  await using evaluation = await compileFunction(
    (weights: Parameters<typeof ntTransformer>[0], { tokens }) => {
      const logits = ntTransformer(weights, { tokens: sliceAxis(tokens, 1, 0, length - 1) }, model);
      const best = argMax(sliceAxis(logits, 1, targets[0] - 1, length - 1), -1); // [sequences, targets]
      return cast(equal(best, sliceAxis(tokens, 1, ...targets)), "float32");
    },
    { params, inputs },
    { threads: options.threads },
  );
  const enough = new AbortController();
  const { state } = await fit(trainer, {
    steps: options.steps,
    batches,
    signal: enough.signal,
    onProgress: async ({ step, loss, state }) => {
      options.signal.throwIfAborted();
      const right = toNumbers(await evaluation.run(state.params, inputs));
      const score = scoreOf(right, heldOut.task, tasks.length);
      const mean = loss.reduce((sum, value) => sum + value, 0) / loss.length;
      if (options.onEvaluation(step, { loss: mean, ...score }) === "stop") enough.abort();
    },
  });
  return state.params;
}

/** Scores from zeros and ones `[sequences, targets]`. */
export function scoreOf(right: ArrayLike<number>, task: Int32Array, tasks: number): Omit<NtScore, "loss"> {
  const columns = right.length / task.length;
  const perTask = Array.from({ length: tasks }, () => ({ right: 0, count: 0 }));
  let all = 0;
  let last = 0;
  task.forEach((kind, row) => {
    const own = perTask[kind] as { right: number; count: number };
    for (let t = 0; t < columns; t++) {
      const value = right[row * columns + t] as number;
      own.right += value;
      own.count++;
      all += value;
      if (t === columns - 1) last += value;
    }
  });
  return { accuracy: all / right.length, lastAccuracy: last / task.length, perTask: perTask.map((one) => one.right / one.count) };
}
