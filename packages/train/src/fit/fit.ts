import { customOption, integerOption, type OptionRule, optionTable, problem, type TensorData, toNumbers, UsageError } from "@attnlab/check";
import type { DataOf, TrainState } from "../compile/definition.ts";
import type { Trainer } from "../compile/trainer.ts";
import type { BatchSource } from "./epoch-batches.ts";
import { stackBatches } from "./stack-batches.ts";

/** What `fit` tells after each run. */
export interface FitProgress<P> {
  /** Steps taken since step 0 of the state, after this run. */
  readonly step: number;
  readonly totalSteps: number;
  /** Loss of each step of this run. */
  readonly loss: Float64Array;
  /** Metrics of this run; each has a leading axis of the steps of the run. */
  readonly metrics: Readonly<Record<string, TensorData>>;
  /** The state after this run, for checkpoints and evaluation. */
  readonly state: TrainState<P>;
}

/** Options of {@link fit}. */
export interface FitOptions<P, B> {
  /** Train until the state has this many steps; a state that has them already is returned as it is. */
  readonly steps: number;
  /** Batches by step number. Default: none, for trainers on fixed data. */
  readonly batches?: BatchSource<DataOf<B>>;
  /** Start here. Default: the trainer's first state. */
  readonly state?: TrainState<P>;
  /** Called after each run; training waits for it. */
  readonly onProgress?: (progress: FitProgress<P>) => void | Promise<void>;
  /** Ends training after the run in progress, for example from `onProgress`. */
  readonly signal?: AbortSignal;
}

/** What {@link fit} returns. */
export interface FitResult<P> {
  readonly state: TrainState<P>;
  /** Loss of each step taken, before its update. */
  readonly loss: Float64Array;
  /** `"aborted"` when the signal ended training early. */
  readonly status: "done" | "aborted";
}

const table = optionTable("fit", {
  steps: integerOption({ doc: "Steps in all.", min: 0, required: true }),
  batches: customOption<unknown>({
    doc: "epochBatches(...), or { stepsPerEpoch, at(step) }.",
    expected: "a batch source",
    accepts: (v) => typeof v === "object" && v !== null && "at" in v,
    invalid: [null, []],
  }),
  state: customOption<unknown>({
    doc: "A train state.",
    expected: "a train state",
    accepts: (v) => typeof v === "object" && v !== null && "params" in v,
  }),
  onProgress: customOption<unknown>({ doc: "Called after each run.", expected: "a function", accepts: (v) => typeof v === "function" }),
  signal: customOption<AbortSignal | undefined>({
    doc: "Ends training.",
    expected: "an AbortSignal",
    accepts: (v) => v instanceof AbortSignal,
  }) as OptionRule<AbortSignal | undefined>,
});

/**
 * Trains until the state has taken `steps` steps.
 *
 * The result depends on the state and the batches alone: stopping, saving the state and going on later gives the same
 * numbers, to the bit, as training in one go with runs of the same length.
 *
 * @throws {@link UsageError} when the steps that are left are no multiple of the trainer's steps per run.
 * @throws {@link NumericalError} when training stops being finite.
 */
export async function fit<P, B, D>(trainer: Trainer<P, B, D>, options: FitOptions<P, B>): Promise<FitResult<P>> {
  table.parse({ ...options });
  const { steps, batches, onProgress, signal } = options;
  let state = options.state ?? trainer.initialState;
  let step = stepOf(state);
  const { stepsPerRun } = trainer;
  if (step < steps && (steps - step) % stepsPerRun !== 0) {
    const fix = "Choose a number of steps that the runs divide, or compile a loop of another length.";
    const expected = `the steps that are left must be a multiple of the trainer's ${stepsPerRun} steps per run`;
    throw new UsageError(problem({ where: "fit", expected, got: `${steps - step}`, fix }));
  }
  const losses = new Float64Array(Math.max(0, steps - step));
  let taken = 0;
  while (step < steps) {
    if (signal?.aborted) return { state, loss: losses.subarray(0, taken), status: "aborted" };
    const result = await trainer.run(state, batches === undefined ? undefined : batchFor(trainer, batches, step));
    state = result.state;
    losses.set(result.loss, taken);
    taken += stepsPerRun;
    step += stepsPerRun;
    await onProgress?.({ step, totalSteps: steps, loss: result.loss, metrics: result.metrics, state });
  }
  return { state, loss: losses, status: "done" };
}

/** The number of steps that a state has taken. */
export function stepOf(state: { readonly step: TensorData }): number {
  return toNumbers(state.step)[0] as number;
}

function batchFor<P, B, D>(trainer: Trainer<P, B, D>, batches: BatchSource<DataOf<B>>, step: number): DataOf<B> {
  if (!trainer.looped) return batches.at(step);
  const [first, ...rest] = Array.from({ length: trainer.stepsPerRun }, (_, i) => batches.at(step + i));
  return stackBatches([first as DataOf<B>, ...rest]);
}
