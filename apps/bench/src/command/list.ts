import { dataDirectory } from "../data/data-set.ts";
import { missingData } from "../data/require-data.ts";
import { type Experiment, SCALES } from "../experiment/index.ts";
import { loadExperiments, openRegistry } from "../registry/registry.ts";
import { planStudy, seedList } from "../run/plan-study.ts";
import { resolveParameters } from "../run/resolve-parameters.ts";
import { openStore } from "../store/store.ts";
import { textStyle } from "../terminal/style.ts";
import { EXIT } from "./exit-code.ts";

interface ListFlags {
  readonly store: string;
  readonly stored?: boolean;
  readonly json?: boolean;
  readonly experiments?: string;
}

/** `attnlab list`. */
export async function list(ids: string[], flags: Record<string, unknown>): Promise<number> {
  const options = flags as Partial<ListFlags> as ListFlags;
  const experiments = await loadExperiments(await openRegistry(options.experiments), ids);
  if (options.stored === true) return listStored(experiments, options);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ command: "list", experiments: experiments.map(experimentJson) }, null, 2)}\n`);
    return EXIT.ok;
  }
  const style = textStyle(process.stdout);
  const lines = experiments.flatMap((experiment) => {
    const { id, title, claims, data = [], byNameOnly } = experiment;
    const absent = missingData(experiment, dataDirectory()).map(({ set }) => set.name);
    const needs = data.length === 0 ? "" : ` data: ${data.map((name) => (absent.includes(name) ? `${name} (absent)` : name)).join(", ")}`;
    const runs = SCALES.map((scale) => `${scale} ${runCount(experiment, scale)} runs`).join(", ");
    return [
      `${style.bold(id)}  ${title}`,
      style.dim(`  ${runs}${byNameOnly === true ? "; only when named" : ""}${needs}`),
      ...claims.map((claim) => `  ${style.cyan(claim.id.padEnd(4))} ${claim.statement}`),
      "",
    ];
  });
  process.stdout.write(`${lines.join("\n")}${experiments.length} experiments, ${experiments.flatMap((e) => e.claims).length} claims\n`);
  return EXIT.ok;
}

function runCount(experiment: Experiment, scale: "quick" | "full"): number {
  return planStudy(experiment, { scale, params: resolveParameters(experiment, scale, []), seeds: seedList(experiment.seeds[scale]) }).cells
    .length;
}

function experimentJson(experiment: Experiment): Record<string, unknown> {
  const { id, title, paper, summary, seeds, data = [], exclusive = false, byNameOnly = false } = experiment;
  const missing = missingData(experiment, dataDirectory()).map(({ set }) => set.name);
  return {
    id,
    title,
    paper,
    summary,
    seeds,
    runs: Object.fromEntries(SCALES.map((scale) => [scale, runCount(experiment, scale)])),
    data: data.map((name) => ({ name, present: !missing.includes(name) })),
    exclusive,
    byNameOnly,
    parameters: Object.fromEntries(
      Object.entries(experiment.parameters).map(([name, { rule, quick, full }]) => [
        name,
        { doc: rule.doc, expected: rule.expected, quick, full },
      ]),
    ),
    claims: experiment.claims.map(({ id: claim, statement, where, provenance, expected, measure, rule }) => ({
      id: claim,
      statement,
      where,
      provenance,
      expected,
      measure,
      rule,
    })),
    figures: experiment.figures.map(({ id: figure, title: name, source }) => ({
      id: figure,
      title: name,
      ...(source === undefined ? {} : { source }),
    })),
  };
}

async function listStored(experiments: readonly Experiment[], options: ListFlags): Promise<number> {
  await using store = await openStore(options.store, { write: false });
  const known = new Set(experiments.map((experiment) => experiment.id));
  const studies = (await store.studies()).filter((study) => known.has(study.experiment));
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ command: "list", store: options.store, studies }, null, 2)}\n`);
    return EXIT.ok;
  }
  const lines = studies.map(({ id, experiment, scale, seeds, requestedMs }) => {
    const when = new Date(requestedMs).toISOString().slice(0, 16).replace("T", " ");
    return `${id}  ${when}  ${scale.padEnd(5)}  ${experiment}  ${seeds.length} seed${seeds.length === 1 ? "" : "s"}`;
  });
  process.stdout.write(lines.length === 0 ? "The store is empty.\n" : `${lines.join("\n")}\n`);
  return EXIT.ok;
}
