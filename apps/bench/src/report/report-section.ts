import { type Figure, type ParameterValue, type Results, showNumber, type Table, type TableSpec } from "../experiment/index.ts";
import { figureSvg } from "../plot/figure-svg.ts";
import type { StudyState } from "../verdict/study-state.ts";

/** A drawn figure; `defect` instead of a picture when its function threw. */
export interface DrawnFigure {
  readonly figure: Figure;
  /** File name of its own SVG, without folder. */
  readonly file: string;
  readonly svg: string;
  readonly defect?: string;
}

/** A built table; `defect` instead of rows when its function threw. */
export interface BuiltTable {
  readonly table: Table;
  readonly spec: TableSpec;
  readonly defect?: string;
}

/** Everything the report says about one experiment, for both formats. */
export interface ReportSection {
  readonly state: StudyState;
  /** `mirror-descent-aggregate`: a name for anchors and files. */
  readonly slug: string;
  readonly command: string;
  readonly parameters: readonly { readonly name: string; readonly value: string; readonly doc: string; readonly changed: boolean }[];
  readonly figures: readonly DrawnFigure[];
  readonly tables: readonly BuiltTable[];
}

/** Draws figures and builds tables of one experiment. */
export function reportSection(state: StudyState): ReportSection {
  const { experiment, study, results } = state;
  const slug = experiment.id.replaceAll("/", "-");
  return {
    state,
    slug,
    command: commandOf(state),
    parameters: Object.entries(study === undefined ? {} : experiment.parameters).map(([name, parameter]) => {
      const value = study?.params[name];
      const fallback = parameter[study?.scale ?? "quick"];
      return { name, value: showValue(value), doc: parameter.rule.doc, changed: JSON.stringify(value) !== JSON.stringify(fallback) };
    }),
    figures: results === undefined ? [] : experiment.figures.map((figure) => draw(figure, results, `${slug}-${figure.id}.svg`)),
    tables: results === undefined ? [] : (experiment.tables ?? []).map((table) => build(table, results)),
  };
}

function draw(figure: Figure, results: Results, file: string): DrawnFigure {
  try {
    return { figure, file, svg: figureSvg(figure.draw(results), figure) };
  } catch (error) {
    return { figure, file, svg: "", defect: textOf(error) };
  }
}

function build(table: Table, results: Results): BuiltTable {
  try {
    return { table, spec: table.build(results) };
  } catch (error) {
    return { table, spec: { columns: [], rows: [] }, defect: textOf(error) };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function showValue(value: ParameterValue | undefined): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** The command that computes exactly this study, with every setting that differs from the scale's defaults. */
function commandOf({ experiment, study }: StudyState): string {
  const scale = study?.scale ?? "quick";
  const parts = ["npm run -s attnlab -- run", experiment.id, `--scale ${scale}`];
  if (study === undefined) return parts.join(" ");
  if (study.seeds.length !== experiment.seeds[scale]) parts.push(`--seeds ${study.seeds.length}`);
  for (const [name, value] of Object.entries(study.params)) {
    const fallback = experiment.parameters[name]?.[scale];
    if (JSON.stringify(value) === JSON.stringify(fallback)) continue;
    const text = Array.isArray(value) ? value.join(",") : String(value);
    parts.push(/^[\w.,+-]+$/.test(text) ? `--set ${name}=${text}` : `--set '${name}=${text}'`);
  }
  return parts.join(" ");
}

/** A table cell as text. */
export function showCell(cell: string | number): string {
  return typeof cell === "number" ? showNumber(cell) : cell;
}

/** When and how long a study ran, in words. */
export function timesOf({ runs }: StudyState): { readonly date: string; readonly computeMs: number } {
  const last = Math.max(...runs.map((run) => run.endedMs));
  const date = `${new Date(last).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return { date, computeMs: runs.reduce((sum, run) => sum + run.endedMs - run.startedMs, 0) };
}

/** The distinct machines and versions behind all runs, each with how many runs it did. */
export function originsOf(states: readonly StudyState[]): { readonly machine: string; readonly versions: string; readonly runs: number }[] {
  const counts = new Map<string, { machine: string; versions: string; runs: number }>();
  for (const run of states.flatMap((state) => state.runs)) {
    const { cpu, cores, memoryGb, system, architecture } = run.machine;
    const machine = `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, ${architecture}`;
    const versions = Object.entries(run.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ");
    const known = counts.get(machine + versions);
    if (known === undefined) counts.set(machine + versions, { machine, versions, runs: 1 });
    else known.runs++;
  }
  return [...counts.values()];
}
