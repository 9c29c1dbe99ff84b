import { existsSync } from "node:fs";
import { NotFoundError, OptionError, problem, show } from "@attnlab/check";
import { type Experiment, finalRows, groupRows, showNumber, summarize, valuesOf } from "../experiment/index.ts";
import { codeVersion } from "../registry/code-version.ts";
import { loadExperiments, openRegistry, type Registry } from "../registry/registry.ts";
import { reportStates } from "../report/report-states.ts";
import { openStore } from "../store/store.ts";
import { textStyle } from "../terminal/style.ts";
import { readStudyState, type StudyState } from "../verdict/study-state.ts";
import { EXIT } from "./exit-code.ts";

interface CompareFlags {
  readonly store: string;
  readonly json?: boolean;
  readonly experiments?: string;
}

interface ClaimPair {
  readonly experiment: string;
  readonly claim: string;
  readonly a: string;
  readonly b: string;
  readonly worse: boolean;
}

interface MetricPair {
  readonly experiment: string;
  readonly series: string;
  readonly metric: string;
  readonly a: number;
  readonly b: number;
}

/** `attnlab compare`. */
export async function compare(words: string[], flags: Record<string, unknown>): Promise<number> {
  const options = flags as Partial<CompareFlags> as CompareFlags;
  const [a = "", b = ""] = words;
  const registry = await openRegistry(options.experiments);
  const experiments = await loadExperiments(registry, []);
  const files = existsSync(a) && existsSync(b);
  const [left, right] = files
    ? [await statesIn(a, experiments, registry), await statesIn(b, experiments, registry)]
    : await twoStudies([a, b], experiments, registry, options.store);
  const pairs = left.flatMap((state) => {
    const other = right.find((one) => one.experiment.id === state.experiment.id);
    return other === undefined || state.study === undefined || other.study === undefined ? [] : [[state, other] as const];
  });
  if (pairs.length === 0) {
    const fix = "Run the same experiment for both; `attnlab list --stored` shows what a store holds.";
    throw new OptionError(
      problem({ where: "attnlab compare", expected: "both must have results of the same experiment", got: "none in common", fix }),
    );
  }
  const claims = pairs.flatMap(([one, other]) => claimPairs(one, other));
  const metrics = pairs.flatMap(([one, other]) => metricPairs(one, other));
  const code = claims.some((pair) => pair.worse) ? EXIT.claimFails : EXIT.ok;
  if (options.json === true)
    process.stdout.write(`${JSON.stringify({ command: "compare", a, b, exitCode: code, claims, metrics }, null, 2)}\n`);
  else print(claims, metrics);
  return code;
}

async function statesIn(path: string, experiments: readonly Experiment[], registry: Registry): Promise<StudyState[]> {
  await using store = await openStore(path, { write: false });
  return reportStates(experiments, registry, store);
}

async function twoStudies(
  ids: readonly [string, string],
  experiments: readonly Experiment[],
  registry: Registry,
  path: string,
): Promise<readonly [StudyState[], StudyState[]]> {
  await using store = await openStore(path, { write: false });
  const studies = await store.studies();
  const one = async (id: string): Promise<StudyState[]> => {
    const study = studies.find((stored) => id !== "" && stored.id.startsWith(id));
    const experiment = experiments.find((known) => known.id === study?.experiment);
    if (study === undefined || experiment === undefined) {
      const fix = "Name two store files, or two study ids of `attnlab list --stored`.";
      throw new NotFoundError(
        problem({ where: "attnlab compare", expected: "a store file or a stored study must be named", got: show(id), fix }),
      );
    }
    return [await readStudyState(experiment, study, { store, codeVersion: codeVersion(registry, experiment.id) })];
  };
  return [await one(ids[0]), await one(ids[1])];
}

function claimPairs(a: StudyState, b: StudyState): ClaimPair[] {
  return a.verdicts.flatMap((one) => {
    const other = b.verdicts.find(({ claim }) => claim.id === one.claim.id);
    if (other === undefined) return [];
    const text = ({ verdict, measured }: { verdict: string; measured: string }): string =>
      verdict === "not run" ? verdict : `${verdict}: ${measured}`;
    const worse = one.verdict === "holds" && other.verdict === "fails";
    return [{ experiment: a.experiment.id, claim: one.claim.id, a: text(one), b: text(other), worse }];
  });
}

/** Mean over runs and seeds of where each series and metric ended. */
function ends(state: StudyState): Map<string, number> {
  const groups = groupRows(finalRows(state.results?.rows ?? []), (row) => JSON.stringify([row.series, row.metric]));
  return new Map([...groups].map(([key, rows]) => [key, summarize(valuesOf(rows)).mean]));
}

function metricPairs(a: StudyState, b: StudyState): MetricPair[] {
  const other = ends(b);
  return [...ends(a)].flatMap(([key, value]) => {
    const match = other.get(key);
    const [series, metric] = JSON.parse(key) as [string, string];
    return match === undefined ? [] : [{ experiment: a.experiment.id, series, metric, a: value, b: match }];
  });
}

function print(claims: readonly ClaimPair[], metrics: readonly MetricPair[]): void {
  const style = textStyle(process.stdout);
  const lines = [style.bold("claims")];
  for (const { experiment, claim, a, b, worse } of claims) {
    const line = `  ${experiment} ${claim}: ${a === b ? `${a} (both)` : `${a} → ${b}`}`;
    lines.push(worse ? style.red(line) : line);
  }
  lines.push("", style.bold("where metrics ended (mean over runs and seeds)"));
  for (const { experiment, series, metric, a, b } of metrics) {
    const change = a === b ? "same" : a === 0 ? "" : `${b > a ? "+" : "−"}${showNumber((Math.abs(b - a) / Math.abs(a)) * 100)}%`;
    lines.push(
      `  ${experiment} ${metric}${series === "" ? "" : ` [${series}]`}: ${showNumber(a, 4)} → ${showNumber(b, 4)} ${style.dim(change)}`,
    );
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}
