import { OptionError, problem } from "@attnlab/check";
import type { Cell, Experiment, ParameterValues, Scale } from "../experiment/index.ts";
import type { Study } from "../store/run-record.ts";
import { shortHash } from "./stable-json.ts";

/** A cell with its key in the store. */
export interface PlannedCell extends Cell {
  /** Hash of experiment, parameters and seeds. */
  readonly key: string;
  /** The parameters that tell this cell from the others, for progress lines. */
  readonly label: string;
}

/** A study and the runs it consists of. */
export interface StudyPlan {
  readonly study: Study;
  readonly cells: readonly PlannedCell[];
}

/** The runs of an experiment with these parameters and seeds. */
export function planStudy(
  experiment: Experiment,
  request: { readonly scale: Scale; readonly params: ParameterValues; readonly seeds: readonly number[] },
): StudyPlan {
  const { scale, params, seeds } = request;
  const id = shortHash([experiment.id, scale, params, seeds]);
  const cells = experiment.cells(params, seeds);
  if (cells.length === 0) {
    const fix = "Use at least one seed and one value of every list.";
    throw new OptionError(problem({ where: experiment.id, expected: "there must be at least one run", got: "none", fix }));
  }
  const varying = Object.keys(cells[0]?.params ?? {}).filter(
    (name) => new Set(cells.map((cell) => JSON.stringify(cell.params[name]))).size > 1,
  );
  return {
    study: { id, experiment: experiment.id, scale, params, seeds },
    cells: cells.map((cell) => ({ ...cell, key: shortHash([experiment.id, cell.params, cell.seeds]), label: labelOf(cell, varying) })),
  };
}

function labelOf(cell: Cell, varying: readonly string[]): string {
  const first = cell.seeds[0];
  const seeds = cell.seeds.length > 1 ? `seeds ${first}–${cell.seeds.at(-1)}` : `seed ${first}`;
  return [...varying.map((name) => `${name} = ${String(cell.params[name])}`), seeds].join(", ");
}

/** Seeds 1, 2, … n. */
export function seedList(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
