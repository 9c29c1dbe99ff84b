import { availableParallelism } from "node:os";
import { OptionError, problem, show } from "@attnlab/check";
import { dataDirectory } from "../data/data-set.ts";
import { missingData, missingDataError } from "../data/require-data.ts";
import type { Experiment, Scale } from "../experiment/index.ts";
import { codeVersion } from "../registry/code-version.ts";
import { loadExperiments, openRegistry, type Registry } from "../registry/registry.ts";
import { planStudy, seedList } from "../run/plan-study.ts";
import { hasParameter, parseSetting, resolveParameters, type Setting } from "../run/resolve-parameters.ts";
import { type PlannedStudy, runStudies, type StudyOutcome } from "../run/run-studies.ts";
import type { Store } from "../store/store.ts";
import { openStore } from "../store/store.ts";
import { showDuration } from "../terminal/duration.ts";
import { openProgress, type Progress } from "../terminal/progress.ts";
import { textStyle } from "../terminal/style.ts";
import { defectsOf } from "../verdict/count-verdicts.ts";
import { readStudyState, type StudyState } from "../verdict/study-state.ts";
import { stateJson } from "../verdict/verdict-json.ts";
import { EXIT } from "./exit-code.ts";
import { verdictLines } from "./print-verdicts.ts";

interface RunFlags {
  readonly store: string;
  readonly scale: Scale;
  readonly seeds?: number;
  readonly set?: readonly string[];
  readonly workers?: number;
  readonly force?: boolean;
  readonly report?: string;
  readonly json?: boolean;
  readonly experiments?: string;
}

/** `attnlab run`. */
export async function run(ids: string[], flags: Record<string, unknown>): Promise<number> {
  const options = flags as Partial<RunFlags> as RunFlags;
  const began = performance.now();
  const registry = await openRegistry(options.experiments);
  const progress = openProgress(process.stderr);
  const experiments = runnable(await loadExperiments(registry, ids), ids, progress);
  const settings = (options.set ?? []).map(parseSetting);
  const planned = planAll(experiments, settings, registry, options);

  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    progress.note("Stopping. Finished runs are stored; press Ctrl-C again to leave at once.");
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  let outcomes: StudyOutcome[];
  let states: StudyState[];
  const defects: string[] = [];
  try {
    await using store = await openStore(options.store, { write: true });
    outcomes = await runStudies(planned, {
      store,
      workers: options.workers ?? availableParallelism(),
      force: options.force === true,
      progress,
      signal: stop.signal,
      dataDirectory: dataDirectory(),
      experiments: options.experiments,
    });
    states = await statesOf(planned, store);
    if (options.report !== undefined && !stop.signal.aborted) {
      const { writeReport } = await import("../report/write-report.ts");
      const { reportStates } = await import("../report/report-states.ts");
      const all = await loadExperiments(registry, []);
      const written = writeReport(await reportStates(all, registry, store), { directory: options.report, formats: ["html", "md"] });
      defects.push(...written.defects);
      progress.note(`Report: ${written.files[0]}`);
    }
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }

  if (stop.signal.aborted) {
    const left = outcomes.reduce((sum, outcome) => sum + outcome.left, 0);
    process.stderr.write(`Stopped with ${left} runs left. The same command resumes where it stopped.\n`);
    return EXIT.interrupted;
  }
  defects.push(...defectsOf(states));
  const code = defects.length > 0 ? EXIT.internal : exitCode(outcomes, states);
  if (options.json === true) {
    const found = states.map((state, i) => ({ ...stateJson(state), outcome: outcomes[i] }));
    process.stdout.write(
      `${JSON.stringify({ command: "run", store: options.store, scale: options.scale, exitCode: code, experiments: found }, null, 2)}\n`,
    );
  } else {
    printOutcome(states, outcomes, performance.now() - began);
  }
  for (const defect of defects) process.stderr.write(`internal error: ${defect}\n`);
  return code;
}

/** Leaves out what cannot or should not run, with a note; an experiment named by its full id must be able to run. */
function runnable(experiments: readonly Experiment[], ids: readonly string[], progress: Progress): Experiment[] {
  return experiments.filter((experiment) => {
    const named = ids.includes(experiment.id);
    if (experiment.byNameOnly === true && !named) return false;
    const missing = missingData(experiment, dataDirectory())[0];
    if (missing === undefined) return true;
    if (named) throw missingDataError(experiment, missing);
    progress.note(`${experiment.id}: left out, its data set ${missing.set.name} is absent (see \`attnlab data list\`).`);
    return false;
  });
}

function planAll(experiments: readonly Experiment[], settings: readonly Setting[], registry: Registry, options: RunFlags): PlannedStudy[] {
  for (const { name } of settings) {
    if (experiments.some((experiment) => hasParameter(experiment, name))) continue;
    const known = [...new Set(experiments.flatMap((experiment) => Object.keys(experiment.parameters)))];
    const fix = `Known parameters: ${known.join(", ")}.`;
    throw new OptionError(problem({ where: "--set", expected: "the parameter must belong to a chosen experiment", got: show(name), fix }));
  }
  return experiments.map((experiment) => {
    const params = resolveParameters(experiment, options.scale, settings);
    const seeds = seedList(options.seeds ?? experiment.seeds[options.scale]);
    return {
      ...planStudy(experiment, { scale: options.scale, params, seeds }),
      experiment,
      codeVersion: codeVersion(registry, experiment.id),
    };
  });
}

async function statesOf(planned: readonly PlannedStudy[], store: Store): Promise<StudyState[]> {
  const states: StudyState[] = [];
  for (const { experiment, study, codeVersion: version } of planned) {
    states.push(await readStudyState(experiment, { ...study, requestedMs: Date.now() }, { store, codeVersion: version }));
  }
  return states;
}

function exitCode(outcomes: readonly StudyOutcome[], states: readonly StudyState[]): number {
  if (outcomes.some((outcome) => outcome.failures.length > 0)) return EXIT.internal;
  return states.some((state) => state.verdicts.some(({ verdict }) => verdict === "fails")) ? EXIT.claimFails : EXIT.ok;
}

function printOutcome(states: readonly StudyState[], outcomes: readonly StudyOutcome[], milliseconds: number): void {
  const style = textStyle(process.stdout);
  const sum = (count: (outcome: StudyOutcome) => number): number => outcomes.reduce((total, outcome) => total + count(outcome), 0);
  const failed = sum((outcome) => outcome.failures.length);
  const lines = verdictLines(states, style);
  const runs = `${sum((o) => o.done)} runs done, ${sum((o) => o.skipped)} already stored${failed === 0 ? "" : `, ${failed} failed`}`;
  lines.push(style.dim(`${runs}, ${showDuration(milliseconds)}`));
  for (const outcome of outcomes) {
    for (const { label, error } of outcome.failures) lines.push(`${style.red("failed run")} ${label}: ${error}`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}
