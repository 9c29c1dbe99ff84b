import { problem as message, ShapeError } from "@attnlab/check";
import { checkFinite, checkMatrix, checkSameSize, type Matrix } from "@attnlab/linalg";
import { checkFields, checkKnown, checkList } from "../check-input.ts";
import { checkFactors, type FactoredRows, factoredLengths, factoredOperator, isFactored } from "./factored-rows.ts";
import { rowLength } from "./row-length.ts";
import { denseOperator, type RowOperator } from "./row-operator.ts";

/** Linear constraints A w >= b, one per row. */
export interface HardMarginProblem {
  /** A, `[m, N]`; each row is one constraint. Rows that are outer products may be given as their factors, with N = a b. */
  readonly rows: Matrix | FactoredRows;
  /** b, `[m]`; default: ones, the margin of a support vector machine. */
  readonly rhs?: Float64Array;
}

/** The constraints with every row at unit length (the l2 norm, whatever p: it costs no powers) and the largest right-hand side at 1: then |b_i| is a distance and the units cancel. */
export interface ScaledProblem {
  /** Constraints kept: rows that are not zero. */
  readonly count: number;
  readonly dim: number;
  readonly p: number;
  readonly operator: RowOperator;
  /** The rows one after the other, `[count, dim]`; absent when they are given as factors. */
  readonly rows: Float64Array | undefined;
  readonly rhs: Float64Array;
  /** Index of each kept row in the caller's problem. */
  readonly origin: readonly number[];
  /** Length of each kept row in the caller's units. */
  readonly rowNorms: Float64Array;
  /** What w must be multiplied with to come back to the caller's units. */
  readonly unit: number;
}

/** A scaled problem whose rows are written out. */
export interface DenseProblem extends ScaledProblem {
  readonly rows: Float64Array;
}

/** Fields of a problem; the last three describe the rows to other functions of this package, whose problems may be passed on as they are. */
const KNOWN = ["rows", "rhs", "shape", "sample", "token"] as const;

/**
 * Checks the problem at the public edge.
 * @throws ShapeError, DataError or OptionError naming the argument.
 */
export function checkHardMarginProblem(where: string, problem: HardMarginProblem): Float64Array {
  checkFields(where, "problem", problem, ["rows"]);
  checkKnown(where, "problem", problem, KNOWN);
  const { rows, rhs } = problem;
  if (isFactored(rows)) checkFactors(where, rows);
  else checkMatrix(where, "rows", rows);
  const [count, dim] = rowSizes(rows);
  if (count === 0 || dim === 0) {
    const fix = "Pass at least one constraint on at least one weight.";
    throw new ShapeError(message({ where, expected: "rows must not be empty", got: `${count} x ${dim}`, fix }));
  }
  if (!isFactored(rows) && !areFinite(rows.data)) checkFinite(where, "rows", rows.data);
  if (rhs === undefined) return new Float64Array(count).fill(1);
  checkList(where, "rhs", rhs);
  checkSameSize(where, "rhs.length must equal the number of rows", [rhs.length, count]);
  checkFinite(where, "rhs", rhs);
  return rhs;
}

/** Whether no number is NaN or infinite, in four lanes: only where one is, the search for it is worth its time. */
function areFinite(values: Float64Array): boolean {
  const whole = values.length - (values.length % 4);
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let k = 0; k < whole; k += 4) {
    // 0 times a finite number is 0, and NaN otherwise.
    s0 += 0 * (values[k] as number);
    s1 += 0 * (values[k + 1] as number);
    s2 += 0 * (values[k + 2] as number);
    s3 += 0 * (values[k + 3] as number);
  }
  for (let k = whole; k < values.length; k++) s0 += 0 * (values[k] as number);
  return s0 + s1 + (s2 + s3) === 0;
}

/** The number of rows and their length. */
export function rowSizes(rows: Matrix | FactoredRows): readonly [count: number, dim: number] {
  return isFactored(rows) ? [rows.left.rows, rows.left.cols * rows.right.cols] : [rows.rows, rows.cols];
}

/** Scales the constraints, or names a zero row that asks for more than zero, or says that w = 0 is feasible. */
export function scaleProblem(
  rows: Matrix | FactoredRows,
  rhs: Float64Array,
  p: number,
): ScaledProblem | { readonly zeroRow: number } | { readonly zeroIsFeasible: true } {
  const [count, dim] = rowSizes(rows);
  const norms = isFactored(rows) ? factoredLengths(rows) : rowLengths(rows.data, count, dim);
  const kept: number[] = [];
  let unit = 0;
  for (let i = 0; i < count; i++) {
    const norm = norms[i] as number;
    const target = rhs[i] as number;
    if (norm === 0 && target > 0) return { zeroRow: i };
    if (norm === 0) continue;
    kept.push(i);
    unit = Math.max(unit, target / norm);
  }
  if (unit === 0) return { zeroIsFeasible: true };
  const size = isFactored(rows) ? 0 : kept.length * dim;
  // One block: on small problems asking for memory costs more than the numbers in it.
  const block = new Float64Array(size + 2 * kept.length);
  const scaledRhs = block.subarray(size, size + kept.length);
  const rowNorms = block.subarray(size + kept.length);
  for (let i = 0; i < kept.length; i++) {
    const norm = norms[kept[i] as number] as number;
    rowNorms[i] = norm;
    scaledRhs[i] = (rhs[kept[i] as number] as number) / norm / unit;
  }
  const common = { count: kept.length, dim, p, rhs: scaledRhs, origin: kept, rowNorms, unit };
  if (isFactored(rows)) return { ...common, operator: factoredOperator(rows, kept), rows: undefined };
  const scaled = block.subarray(0, size);
  const { data } = rows;
  for (let i = 0; i < kept.length; i++) {
    const from = (kept[i] as number) * dim;
    const norm = rowNorms[i] as number;
    // Products are several times as fast as quotients; the inverse of a tiny length would overflow.
    if (norm > 1e-300) {
      const inverse = 1 / norm;
      for (let j = 0, at = i * dim; j < dim; j++, at++) scaled[at] = (data[from + j] as number) * inverse;
    } else {
      for (let j = 0, at = i * dim; j < dim; j++, at++) scaled[at] = (data[from + j] as number) / norm;
    }
  }
  return { ...common, operator: denseOperator(scaled, kept.length, dim), rows: scaled };
}

function rowLengths(data: Float64Array, count: number, dim: number): Float64Array {
  const norms = new Float64Array(count);
  for (let i = 0; i < count; i++) norms[i] = rowLength(data, i * dim, dim);
  return norms;
}
