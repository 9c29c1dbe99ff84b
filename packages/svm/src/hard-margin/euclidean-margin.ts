import type { Matrix } from "@attnlab/linalg";
import { rowDot } from "../row-dot.ts";
import type { HardMarginInfeasible, HardMarginPoint, HardMarginSolution } from "./hard-margin.ts";
import { type ActiveSet, activeSetLength, emptyActiveSet, improve } from "./least-distance.ts";
import { PANEL } from "./least-distance-module.ts";
import { openLeastDistanceWorkspace, paddedRows } from "./least-distance-workspace.ts";
import { multiplyRows, type PanelRows, packPanels, panelLength, rowStart } from "./panel-rows.ts";

/** Squares of lengths beyond these overflow or vanish. */
const [SHORTEST, LONGEST] = [1e-100, 1e100];
/** Right-hand sides further apart than this are for the careful way. */
const FAR_APART = 1e-5;
/** Errors up to this are rounding. */
const ROUNDING = 1e-12;
/** More numbers than this are not copied. */
const MOST = 2 ** 22;

/**
 * The shortest w with A w >= b for everyday problems: rows of ordinary lengths, right-hand sides that are not orders of magnitude apart, and a
 * solution whose certificate is at the level of rounding, or a proof that there is none. Anything else gives `undefined`, for the caller to solve the careful way.
 *
 * Scaling, solution and certificate stay in one memory: on small problems arrays and passes over them cost more than the active-set method.
 */
export function solveEuclideanMargin(
  { rows: count, cols: dim, data }: Matrix,
  rhs: Float64Array,
  tol: number,
): HardMarginSolution | undefined {
  if (count * dim > MOST) return undefined;
  const padded = paddedRows(count);
  const workspace = openLeastDistanceWorkspace(panelLength(count, dim) + activeSetLength(count, dim) + 4 * padded + 2 * dim + 2);
  const { take, functions } = workspace;
  const rows = packPanels(workspace, data, count, dim);
  const [squares, inverses, targets, lengths] = [take(padded), take(padded), take(padded), take(padded)];
  functions.squares(rows.start, rows.end, squares.byteOffset, rows.bytes);
  const unit = scaleTargets({ count, squares, inverses, targets }, rhs);
  if (unit === undefined) return undefined;
  functions.scale(rows.start, rows.end, inverses.byteOffset, rows.bytes);
  const set = emptyActiveSet({ rows, rhs: targets, lengths: lengths.fill(1) });
  const outcome = improve(set);
  if (outcome === "pivotLimit") return undefined;
  const finish = { unit, inverses, tol, image: take(dim) };
  return outcome === "optimal" ? certified(set, finish) : contradiction(set, outcome, finish);
}

interface Scaling {
  readonly count: number;
  readonly squares: Float64Array;
  readonly inverses: Float64Array;
  readonly targets: Float64Array;
}

/** Fills in inverse lengths and right-hand sides of unit rows, the largest 1, and returns what that was. */
function scaleTargets({ count, squares, inverses, targets }: Scaling, rhs: Float64Array): number | undefined {
  let unit = 0;
  for (let i = 0; i < count; i++) {
    const length = Math.sqrt(squares[i] as number);
    if (!(length > SHORTEST && length < LONGEST)) return undefined;
    const target = (rhs[i] as number) / length;
    inverses[i] = 1 / length;
    targets[i] = target;
    if (target > unit) unit = target;
  }
  inverses.fill(0, count);
  if (!(unit > 1 / LONGEST && unit < LONGEST)) return undefined;
  let least = 1;
  for (let i = 0; i < count; i++) {
    const target = (targets[i] as number) / unit;
    targets[i] = target;
    if (target !== 0 && target < least) least = target;
  }
  return least >= FAR_APART || least < 0 ? unit : undefined;
}

interface Finish {
  readonly unit: number;
  readonly inverses: Float64Array;
  readonly tol: number;
  /** Room for A' multipliers. */
  readonly image: Float64Array;
}

/** Measures the point as any other, each condition from its definition, and brings it back to the caller's units. */
function certified(
  { problem, active, multipliers, x, pivots }: ActiveSet,
  { unit, inverses, tol, image }: Finish,
): HardMarginPoint | undefined {
  const { rows, rhs: targets } = problem;
  const { count, dim } = rows;
  const length = Math.sqrt(rowDot(x, 0, x));
  image.fill(0);
  let dualSum = 0;
  for (let k = 0; k < active.length; k++) {
    const row = active[k] as number;
    const share = Math.max(0, multipliers[k] as number) / length;
    multipliers[k] = share;
    dualSum += share * (targets[row] as number);
    addRow(rows, row, share, image);
  }
  const margins = stretch(rows, targets, x);
  const primalObjective = Math.sqrt(rowDot(x, 0, x));
  const dualNorm = Math.sqrt(rowDot(image, 0, image));
  const dualObjective = dualSum / Math.max(1, dualNorm);
  const gap = Math.abs(primalObjective - dualObjective) / primalObjective;
  let distance = 0;
  for (let j = 0; j < dim; j++) distance += ((image[j] as number) - (x[j] as number) / primalObjective) ** 2;
  const stationarity = Math.sqrt(distance);
  let complementarity = 0;
  const dual = new Float64Array(count);
  for (let k = 0; k < active.length; k++) {
    const row = active[k] as number;
    const share = multipliers[k] as number;
    complementarity = Math.max(complementarity, (share * Math.abs((margins[row] as number) - (targets[row] as number))) / primalObjective);
    dual[row] = share * (inverses[row] as number);
  }
  const primal = largestViolation(rows, targets, x);
  if (!(Math.max(gap, primal, stationarity, complementarity) <= Math.min(ROUNDING, tol))) return undefined;
  const w = new Float64Array(dim);
  for (let j = 0; j < dim; j++) w[j] = (x[j] as number) * unit;
  return {
    status: "optimal",
    w,
    dual,
    primalObjective: primalObjective * unit,
    dualObjective: dualObjective * unit,
    gap,
    residuals: { primal, stationarity, complementarity },
    iterations: 1,
    pivots,
  };
}

function addRow({ dim, panels }: PanelRows, row: number, share: number, sum: Float64Array): void {
  for (let j = 0, at = rowStart(row, dim); j < dim; j++, at += PANEL) sum[j] = (sum[j] as number) + share * (panels[at] as number);
}

/** Farkas vector: 1 at the row that could not enter, and minus its coefficients at the active rows, which combine to it. */
function contradiction(set: ActiveSet, entering: number, { unit, inverses, image }: Finish): HardMarginInfeasible {
  const { problem, active, direction, pivots } = set;
  const { rows, rhs: targets } = problem;
  const farkas = new Float64Array(rows.count);
  image.fill(0);
  let gain = 0;
  let weight = 0;
  [...active, entering].forEach((row, k) => {
    const share = row === entering ? 1 : Math.max(0, -(direction[k] as number));
    addRow(rows, row, share, image);
    gain += share * (targets[row] as number) * unit;
    weight += share;
    farkas[row] = share * (inverses[row] as number);
  });
  const farkasResidual = Math.sqrt(rowDot(image, 0, image)) / weight;
  return { status: "infeasible", farkas: farkas.map((y) => y / gain), farkasResidual, iterations: 0, pivots };
}

/** Stretches x until all rows hold, where all right-hand sides and margins are positive; returns its margins. */
function stretch(rows: PanelRows, targets: Float64Array, x: Float64Array): Float64Array {
  const margins = multiplyRows(rows, x);
  let most = 1;
  for (let i = 0; i < rows.count; i++) {
    const target = targets[i] as number;
    const margin = margins[i] as number;
    if (target <= 0 || margin <= 0) return margins;
    if (target > most * margin) most = target / margin;
  }
  if (most <= 1) return margins;
  // A little more, for the rounding of the products with the stretched weights.
  const factor = most * (1 + 2 * Number.EPSILON);
  for (let j = 0; j < x.length; j++) x[j] = (x[j] as number) * factor;
  return multiplyRows(rows, x);
}

/** The largest violation, each relative to the size of what was added up; `rows` hold the products with x. */
function largestViolation({ count, dim, panels, margins }: PanelRows, targets: Float64Array, x: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const target = targets[i] as number;
    const violation = target - (margins[i] as number);
    if (violation <= 0) continue;
    let size = Math.abs(target);
    for (let j = 0, at = rowStart(i, dim); j < dim; j++, at += PANEL) size += Math.abs((panels[at] as number) * (x[j] as number));
    largest = Math.max(largest, violation / size);
  }
  return largest;
}
