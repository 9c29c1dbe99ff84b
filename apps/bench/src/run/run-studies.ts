import { availableParallelism } from "node:os";
import type { Experiment } from "../experiment/index.ts";
import { describeMachine, describeVersions } from "../machine/machine.ts";
import type { RowColumns, RunRecord } from "../store/run-record.ts";
import type { Store } from "../store/store.ts";
import type { Progress } from "../terminal/progress.ts";
import type { PlannedCell, StudyPlan } from "./plan-study.ts";
import { workerPool } from "./worker-pool.ts";

/** A study to run: its plan, its experiment and the version of its code. */
export interface PlannedStudy extends StudyPlan {
  readonly experiment: Experiment;
  readonly codeVersion: string;
}

/** What became of the runs of one study. */
export interface StudyOutcome {
  readonly total: number;
  readonly done: number;
  /** Already stored with the same parameters, seeds and code version. */
  readonly skipped: number;
  /** Texts of the errors, one per failed run. */
  readonly failures: readonly { readonly label: string; readonly error: string }[];
  /** Left undone because the user stopped the program. */
  readonly left: number;
}

/** Options of {@link runStudies}. */
export interface RunStudiesOptions {
  readonly store: Store;
  readonly workers: number;
  /** Runs again what is stored. */
  readonly force: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly dataDirectory: string;
  /** Module of experiments; undefined for the built-in list. */
  readonly experiments: string | undefined;
}

interface Job {
  readonly planned: PlannedStudy;
  readonly cell: PlannedCell;
  readonly weight: number;
}

const NO_ROWS: RowColumns = {
  words: [],
  seed: new Int32Array(),
  series: new Int32Array(),
  step: new Float64Array(),
  metric: new Int32Array(),
  value: new Float64Array(),
};

/** Runs what is not stored yet, commits every run as it ends, and returns the outcome of each study in order. */
export async function runStudies(planned: readonly PlannedStudy[], options: RunStudiesOptions): Promise<StudyOutcome[]> {
  const { store, progress, signal } = options;
  const tallies = new Map(planned.map((one) => [one, { done: 0, skipped: 0, failures: [] as { label: string; error: string }[] }]));
  const jobs: Job[] = [];
  const seconds = await store.meanSeconds();
  const typical = seconds.size === 0 ? 1 : [...seconds.values()].reduce((a, b) => a + b, 0) / seconds.size;
  for (const one of planned) {
    await store.saveStudy(one.study, Date.now());
    const stored = await store.runs(one.study.experiment);
    const finished = new Set(stored.filter((run) => run.status === "ok" && run.codeVersion === one.codeVersion).map((run) => run.cell));
    const weight = Math.max(0.01, seconds.get(`${one.study.experiment} ${one.study.scale}`) ?? typical);
    for (const cell of one.cells) {
      if (!options.force && finished.has(cell.key)) (tallies.get(one) as { skipped: number }).skipped++;
      else jobs.push({ planned: one, cell, weight });
    }
  }

  const machine = describeMachine();
  const versions = describeVersions();
  await using pool = workerPool({ experiments: options.experiments });
  signal.addEventListener("abort", pool.abort, { once: true });
  const cores = availableParallelism();

  // Commits wait for each other: DuckDB has one writer, and a transaction must not hold the rows of two runs.
  let lastCommit: Promise<void> = Promise.resolve();
  const commit = (run: RunRecord, rows: RowColumns): Promise<void> => {
    lastCommit = lastCommit.then(() => store.commitRun(run, rows));
    return lastCommit;
  };

  const doJob = async (job: Job): Promise<void> => {
    const { planned: one, cell } = job;
    const name = one.study.experiment;
    const watch = progress.start({ experiment: name, label: cell.label, weight: job.weight });
    const startedMs = Date.now();
    const request = {
      kind: "run",
      experiment: name,
      params: cell.params,
      seeds: cell.seeds,
      scale: one.study.scale,
      threads: one.experiment.exclusive === true ? cores : 1,
      dataDirectory: options.dataDirectory,
    } as const;
    const outcome = await pool.run(request, watch.update);
    if (outcome.status === "aborted") {
      watch.end("stopped");
      return;
    }
    const failed = outcome.status === "failed";
    const tally = tallies.get(one) as { done: number; failures: { label: string; error: string }[] };
    await commit(
      {
        experiment: name,
        cell: cell.key,
        params: cell.params,
        seeds: cell.seeds,
        scale: one.study.scale,
        codeVersion: one.codeVersion,
        machine,
        versions,
        startedMs,
        endedMs: Date.now(),
        status: outcome.status,
        error: failed ? outcome.error : "",
      },
      failed ? NO_ROWS : outcome.rows,
    );
    if (failed) tally.failures.push({ label: cell.label, error: outcome.error });
    else tally.done++;
    watch.end(failed ? "failed" : "done", failed ? outcome.error.split("\n")[0] : undefined);
  };

  progress.begin({ runs: jobs.length, weight: jobs.reduce((sum, job) => sum + job.weight, 0) });
  try {
    // Longest first, so that no core idles at the end; timed experiments run last, alone.
    const shared = jobs.filter((job) => job.planned.experiment.exclusive !== true).sort((a, b) => b.weight - a.weight);
    await drain(shared, options.workers, doJob, signal);
    const alone = jobs.filter((job) => job.planned.experiment.exclusive === true);
    await drain(alone, 1, doJob, signal);
  } finally {
    progress.finish();
    signal.removeEventListener("abort", pool.abort);
  }
  return planned.map((one) => {
    const { done, skipped, failures } = tallies.get(one) as { done: number; skipped: number; failures: StudyOutcome["failures"] };
    const total = one.cells.length;
    return { total, done, skipped, failures, left: total - done - skipped - failures.length };
  });
}

/** Does jobs from the front of the queue, so many at a time, until it is empty or the signal is aborted. */
async function drain(queue: readonly Job[], lanes: number, work: (job: Job) => Promise<void>, signal: AbortSignal): Promise<void> {
  const rest = [...queue];
  const lane = async (): Promise<void> => {
    for (let job = rest.shift(); job !== undefined && !signal.aborted; job = rest.shift()) await work(job);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, rest.length) }, lane));
}
