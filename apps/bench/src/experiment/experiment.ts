import type { Claim } from "./claim.ts";
import type { Figure, Table } from "./figure.ts";
import type { Parameter, ParameterValues, Scale } from "./parameter.ts";

/** The data sets an experiment can ask for; `attnlab data list` says where each comes from. */
export type DataName = "spam-assassin" | "moby-dick" | "mnist" | "fashion-mnist" | "imdb" | "cifar10" | "cifar100" | "tiny-shakespeare";

/** One run to do: its parameters and its seeds. Usually one seed; several when they are batched into one program. */
export interface Cell<C extends ParameterValues = ParameterValues> {
  readonly params: C;
  readonly seeds: readonly number[];
}

/** Where a row belongs inside its run. */
export interface RecordPlace {
  /** Default `""`. */
  readonly series?: string;
  /** Default 0. */
  readonly step?: number;
  /** Default: the run's only seed; required when the run has several. */
  readonly seed?: number;
}

/** What a run is given, and what it reports to. */
export interface RunContext<C extends ParameterValues = ParameterValues> {
  readonly params: C;
  readonly seeds: readonly number[];
  /** The first of `seeds`; the only one unless the experiment batches seeds. */
  readonly seed: number;
  readonly scale: Scale;
  /** Threads this run may use: 1 in a pool, every core in an exclusive run. */
  readonly threads: number;
  /** Folder of data sets (`ATTNLAB_DATA`, or the default cache). */
  readonly dataDirectory: string;
  /** Aborted when the user stops the program; long loops should call `signal.throwIfAborted()`. */
  readonly signal: AbortSignal;
  /** Stores one row per metric. NaN and infinities are stored as they are: a diverged run is a result. */
  record(place: RecordPlace, metrics: Readonly<Record<string, number>>): void;
  /** Says how far the run is, from 0 to 1, and optionally what it does. Cheap: call it as often as you like. */
  progress(fraction: number, message?: string): void;
}

/** What {@link defineExperiment} takes: an experiment of a paper, what to run, what to measure, and which claims the stored rows decide. */
export interface ExperimentDefinition<P extends ParameterValues = ParameterValues, C extends ParameterValues = ParameterValues> {
  /** `paper/name`, equal to its file name under `experiments/`. */
  readonly id: string;
  readonly title: string;
  /** The paper as it is cited: authors, title, identifier. */
  readonly paper: string;
  /** Two or three sentences: what is run, on what data, what to look at. */
  readonly summary: string;
  readonly parameters: { readonly [K in keyof P]: Parameter<P[K]> };
  /** How many seeds (1, 2, 3, …) each scale uses; `--seeds N` overrides it. */
  readonly seeds: Readonly<Record<Scale, number>>;
  /** Data sets that must be present; without them the experiment is "not run". */
  readonly data?: readonly DataName[];
  /** Measures time: it runs with nothing beside it. */
  readonly exclusive?: boolean;
  /** Too long for "run everything": only done when its id is given on the command line. */
  readonly byNameOnly?: boolean;
  /** The list of runs, as with {@link grid}; default: one run per seed with all parameters. */
  cells?(params: P, seeds: readonly number[]): readonly Cell<C>[];
  /** Does one run. Same cell, same rows: all chance comes from the seeds (times are the exception). */
  run(context: RunContext<C>): void | Promise<void>;
  readonly claims: readonly Claim<NoInfer<P>, NoInfer<C>>[];
  readonly figures: readonly Figure<NoInfer<P>, NoInfer<C>>[];
  readonly tables?: readonly Table<NoInfer<P>, NoInfer<C>>[];
}

/** An experiment as the list and the program take it. */
export interface Experiment<P extends ParameterValues = ParameterValues, C extends ParameterValues = ParameterValues>
  extends ExperimentDefinition<P, C> {
  cells(params: P, seeds: readonly number[]): readonly Cell<C>[];
}

/**
 * Declares an experiment; TypeScript infers its parameter types from the `parameters` table and those of its runs from `cells`.
 *
 * Write `cells` as an arrow function, above `run`: a function passed by name hides its types.
 */
export function defineExperiment<P extends ParameterValues, C extends ParameterValues = P>(
  definition: ExperimentDefinition<P, C>,
): Experiment {
  const named = definition as ExperimentDefinition;
  return { ...named, cells: named.cells ?? eachSeed };
}

/** One run per seed, with the experiment's parameters as they are. */
export function eachSeed<P extends ParameterValues>(params: P, seeds: readonly number[]): Cell<P>[] {
  return seeds.map((seed) => ({ params, seeds: [seed] }));
}

/** One run per value and seed: `grid(params, seeds, "p", params.p)` gives cells whose `p` is a single number. */
export function grid<P extends ParameterValues, K extends keyof P & string, V extends number | string>(
  params: P,
  seeds: readonly number[],
  name: K,
  values: readonly V[],
): Cell<Omit<P, K> & Readonly<Record<K, V>>>[] {
  return values.flatMap((value) =>
    seeds.map((seed) => ({ params: { ...params, [name]: value } as Omit<P, K> & Readonly<Record<K, V>>, seeds: [seed] })),
  );
}
