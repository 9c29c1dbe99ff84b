import { PANEL } from "./least-distance-module.ts";
import { type LeastDistanceWorkspace, paddedRows } from "./least-distance-workspace.ts";

/** Rows packed into panels of {@link PANEL}: each panel holds its rows column by column, so that products with all of them need no sums across a register. */
export interface PanelRows {
  readonly workspace: LeastDistanceWorkspace;
  readonly count: number;
  readonly dim: number;
  /** `[panels, dim, 16]`, with zeros in place of rows that the last panel lacks. */
  readonly panels: Float64Array;
  /** Products with a vector, `[16 panels]`. */
  readonly margins: Float64Array;
  /** Bytes of a panel. */
  readonly bytes: number;
  readonly start: number;
  readonly end: number;
}

/** Numbers that packed rows take from their workspace. */
export function panelLength(count: number, dim: number): number {
  return paddedRows(count) * (dim + 1) + count * dim + 1;
}

/** Packs rows `[count, dim]`. */
export function packPanels(workspace: LeastDistanceWorkspace, rows: Float64Array, count: number, dim: number): PanelRows {
  const { take, functions } = workspace;
  const panels = take(paddedRows(count) * dim);
  const margins = take(paddedRows(count));
  const given = take(count * dim);
  given.set(rows);
  const bytes = 8 * PANEL * dim;
  const [from, start] = [given.byteOffset, panels.byteOffset];
  const whole = count - (count % PANEL);
  if (whole < count) panels.fill(0, whole * dim);
  for (let i = 0; i < count; i += PANEL) {
    functions.pack(from + 8 * i * dim, from + 8 * Math.min(count, i + PANEL) * dim, start + 8 * i * dim, 8 * dim);
  }
  return { workspace, count, dim, panels, margins, bytes, start, end: start + panels.byteLength };
}

/** Where row `i` starts; its elements are {@link PANEL} apart. */
export function rowStart(i: number, dim: number): number {
  const lane = i % PANEL;
  return (i - lane) * dim + lane;
}

/** Products of all rows with `x`, a vector of the workspace. */
export function multiplyRows({ workspace, start, end, margins, bytes }: PanelRows, x: Float64Array): Float64Array {
  workspace.functions.products(start, end, x.byteOffset, margins.byteOffset, bytes);
  return margins;
}

/** Product of row `i` with `x`. */
export function panelDot({ panels, dim }: PanelRows, i: number, x: Float64Array): number {
  let sum = 0;
  for (let j = 0, at = rowStart(i, dim); j < dim; j++, at += PANEL) sum += (panels[at] as number) * (x[j] as number);
  return sum;
}
