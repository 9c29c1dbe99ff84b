import { AttnlabError } from "@attnlab/check";
import type { Claim, Experiment, Judgement, MetricRow, Results } from "../experiment/index.ts";
import { type PlannedCell, planStudy } from "../run/plan-study.ts";
import { checkParameters } from "../run/resolve-parameters.ts";
import type { StoredRun, StoredStudy } from "../store/run-record.ts";
import type { Store } from "../store/store.ts";

/** A claim and what the stored rows say about it. */
export interface ClaimVerdict extends Judgement {
  readonly claim: Claim;
  /** The judge itself threw: a defect of the experiment, not a failed claim. */
  readonly defect?: string;
}

/** An experiment and everything the store knows about its study. */
export interface StudyState {
  readonly experiment: Experiment;
  /** Undefined when nothing was asked for yet, or when the stored parameters no longer fit the experiment. */
  readonly study: StoredStudy | undefined;
  /** The runs whose rows are used, in the order of the cells. */
  readonly runs: readonly StoredRun[];
  /** Cells without a finished run. */
  readonly missing: number;
  /** The latest error of each cell that failed and was not finished since. */
  readonly failures: readonly { readonly label: string; readonly error: string }[];
  /** Runs measured with another version of the experiment's code. */
  readonly outdated: number;
  /** Present when no run is missing. */
  readonly results: Results | undefined;
  readonly verdicts: readonly ClaimVerdict[];
}

/** Reads a study from the store and judges its claims; `study` undefined gives "not run" throughout. */
export async function readStudyState(
  experiment: Experiment,
  study: StoredStudy | undefined,
  source: { readonly store: Store; readonly codeVersion: string },
): Promise<StudyState> {
  const nothing = (note: string): StudyState => ({
    experiment,
    study: undefined,
    runs: [],
    missing: 0,
    failures: [],
    outdated: 0,
    results: undefined,
    verdicts: experiment.claims.map((claim) => ({ claim, verdict: "not run", measured: "–", note })),
  });
  if (study === undefined) return nothing(whyNotRun(experiment));
  let cells: readonly PlannedCell[];
  try {
    cells = planStudy(experiment, { ...study, params: checkParameters(experiment, study.params) }).cells;
  } catch (error) {
    if (error instanceof AttnlabError) return nothing("stored with parameters that the experiment no longer has; run it again");
    throw error;
  }
  const stored = await source.store.runs(experiment.id);
  const chosen = cells.map((cell) =>
    choose(
      stored.filter((run) => run.cell === cell.key),
      source.codeVersion,
    ),
  );
  const runs = chosen.map((choice) => choice.used).filter((run) => run !== undefined);
  const missing = cells.length - runs.length;
  const failures = chosen.flatMap(({ failed }, i) =>
    failed === undefined ? [] : [{ label: (cells[i] as PlannedCell).label, error: failed.error }],
  );
  const outdated = runs.filter((run) => run.codeVersion !== source.codeVersion).length;
  const found = { experiment, study, runs, missing, failures, outdated };
  if (missing > 0) {
    const failed = failures.length === 0 ? "" : `, ${failures.length} of them failed`;
    const note = `${missing} of ${cells.length} runs are missing${failed}`;
    const verdicts = experiment.claims.map((claim) => ({ claim, verdict: "not run", measured: "–", note }) as const);
    return { ...found, results: undefined, verdicts };
  }
  const rows: MetricRow[] = [];
  for (const [index, run] of runs.entries()) await appendRows(rows, index, run, source.store);
  const results: Results = { params: study.params, scale: study.scale, seeds: study.seeds, rows };
  return { ...found, results, verdicts: experiment.claims.map((claim) => judge(claim, results)) };
}

function whyNotRun({ byNameOnly, data = [] }: Experiment): string {
  const needs = data.length === 0 ? "" : `; needs ${data.length === 1 ? "the data set" : "the data sets"} ${data.join(", ")}`;
  return `not run yet${needs}${byNameOnly === true ? "; only run when it is named" : ""}`;
}

/** The finished run to use, of this code version if there is one, and the failed run that hides nothing newer. */
function choose(runs: readonly StoredRun[], codeVersion: string): { used: StoredRun | undefined; failed: StoredRun | undefined } {
  const finished = runs.filter((run) => run.status === "ok");
  const used = finished.findLast((run) => run.codeVersion === codeVersion) ?? finished.at(-1);
  return { used, failed: used === undefined ? runs.at(-1) : undefined };
}

async function appendRows(rows: MetricRow[], index: number, run: StoredRun, store: Store): Promise<void> {
  const columns = await store.rows(run.id);
  for (let i = 0; i < columns.value.length; i++) {
    rows.push({
      run: index,
      params: run.params,
      seed: columns.seed[i] as number,
      series: columns.series[i] as string,
      step: columns.step[i] as number,
      metric: columns.metric[i] as string,
      value: columns.value[i] as number,
    });
  }
}

function judge(claim: Claim, results: Results): ClaimVerdict {
  try {
    return { claim, ...claim.judge(results) };
  } catch (error) {
    const defect = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { claim, verdict: "not run", measured: "–", note: "its judge failed; see the internal error", defect };
  }
}
