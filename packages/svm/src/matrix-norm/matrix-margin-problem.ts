import { problem as message, ShapeError, show } from "@attnlab/check";
import { checkFinite, checkMatrix, checkSameSize, lpNorm, type Matrix, matmul, svd } from "@attnlab/linalg";
import { checkFields, checkKnown, checkList } from "../check-input.ts";
import { checkFactors, type FactoredRows, isFactored } from "../hard-margin/factored-rows.ts";

/** Linear constraints $\langle A_i, W\rangle \ge b_i$ on a matrix W `[r, c]`; what `attentionMarginProblem` returns is one. */
export interface MatrixMarginProblem {
  /** $\operatorname{vec}(A_i)$ row by row, `[m, r c]`; or factors `left [m, r]` and `right [g, c]` of $A_i = x_i z_i^\top$, whose m by r c matrix is then never formed. */
  readonly rows: Matrix | FactoredRows;
  /** b, `[m]`; default: ones. */
  readonly rhs?: Float64Array;
  /** `[r, c]`, the sizes of W, for dense rows; default: square. */
  readonly shape?: readonly [number, number];
}

/** Fields of a problem; the last two say which token a row of `attentionMarginProblem` compares. */
const KNOWN = ["rows", "rhs", "shape", "sample", "token"] as const;

/** Constraints of unit Frobenius norm on W in the basis of the rows and columns that any constraint touches. */
export interface ReducedProblem {
  /** `[m, r c]` with the reduced sizes; a zero row stays zero. */
  readonly rows: Matrix;
  readonly r: number;
  readonly c: number;
  /** Frobenius norm of each row in the caller's units. */
  readonly rowNorms: Float64Array;
  readonly rhs: Float64Array;
  /** The caller's sizes of W. */
  readonly shape: readonly [number, number];
  /** W in the caller's basis. */
  readonly lift: (W: Matrix) => Matrix;
}

/**
 * Checks a problem at the public edge and reduces it.
 * @throws ShapeError or DataError naming the argument.
 */
export function reduceProblem(where: string, problem: MatrixMarginProblem): ReducedProblem {
  checkFields(where, "problem", problem, ["rows"]);
  checkKnown(where, "problem", problem, KNOWN);
  const { rows, rhs, shape } = problem;
  checkWeightShape(where, shape);
  return isFactored(rows) ? reduceFactors(where, rows, rhs, shape) : reduceDense(where, rows, rhs, shape);
}

function checkWeightShape(where: string, shape: unknown): void {
  if (shape === undefined) return;
  const fits = Array.isArray(shape) && shape.length === 2 && shape.every((n: unknown) => Number.isSafeInteger(n) && Number(n) > 0);
  if (fits) return;
  const fix = "Pass shape: [rows, columns] of W.";
  throw new ShapeError(message({ where, expected: "shape must be two whole numbers > 0", got: show(shape), fix }));
}

type Rhs = Float64Array | undefined;
type WeightShape = readonly [number, number] | undefined;

function reduceDense(where: string, rows: Matrix, rhs: Rhs, shape: WeightShape): ReducedProblem {
  checkConstraints(where, "rows", rows);
  const [r, c] = shape ?? squareShape(where, rows.cols);
  checkSameSize(where, "columns of rows must equal shape[0] x shape[1]", [rows.cols, r * c]);
  const { unit, norms } = unitRows(rows);
  return { rows: unit, r, c, rowNorms: norms, rhs: checkedRhs(where, rows.rows, rhs), shape: [r, c], lift: (W) => W };
}

/** Any W may be projected on the spans of the x_i and of the z_i: no margin changes and no norm of singular values grows. */
function reduceFactors(where: string, rows: FactoredRows, rhs: Rhs, shape: WeightShape): ReducedProblem {
  const { left, right, rightIndex } = rows;
  checkConstraints(where, "left", left);
  checkConstraints(where, "right", right);
  checkFactors(where, rows);
  if (shape !== undefined) {
    checkSameSize(where, "columns of left must equal shape[0]", [left.cols, shape[0]]);
    checkSameSize(where, "columns of right must equal shape[1]", [right.cols, shape[1]]);
  }
  const b = checkedRhs(where, left.rows, rhs);
  const partner = (i: number): number => (rightIndex === undefined ? i : (rightIndex[i] as number));
  const x = unitRows(left);
  const z = unitRows(right);
  const X = inOwnSpan(x.unit);
  const Z = inOwnSpan(z.unit);
  const [r, c] = [X.coordinates.cols, Z.coordinates.cols];
  const data = new Float64Array(left.rows * r * c);
  for (let i = 0; i < left.rows; i++) {
    for (let a = 0; a < r; a++) {
      const xa = X.coordinates.data[i * r + a] as number;
      for (let k = 0; k < c; k++) data[(i * r + a) * c + k] = xa * (Z.coordinates.data[partner(i) * c + k] as number);
    }
  }
  return {
    rows: { rows: left.rows, cols: r * c, data },
    r,
    c,
    rowNorms: x.norms.map((norm, i) => norm * (z.norms[partner(i)] as number)),
    rhs: b,
    shape: [left.cols, right.cols],
    lift: (W) => X.lift(matmul(W, Z.basis, { transposeB: true })),
  };
}

function checkConstraints(where: string, name: string, a: Matrix): void {
  checkMatrix(where, name, a);
  if (a.rows === 0 || a.cols === 0) {
    const fix = "Pass at least one constraint on at least one entry of W.";
    throw new ShapeError(message({ where, expected: `${name} must not be empty`, got: `${a.rows} x ${a.cols}`, fix }));
  }
  checkFinite(where, name, a.data);
}

function checkedRhs(where: string, count: number, rhs: Float64Array | undefined): Float64Array {
  if (rhs === undefined) return new Float64Array(count).fill(1);
  checkList(where, "rhs", rhs);
  checkSameSize(where, "rhs.length must equal the number of constraints", [rhs.length, count]);
  checkFinite(where, "rhs", rhs);
  return rhs;
}

function squareShape(where: string, entries: number): readonly [number, number] {
  const d = Math.round(Math.sqrt(entries));
  if (d * d === entries) return [d, d];
  const fix = "Pass shape: [rows, columns] of a matrix W that is not square.";
  throw new ShapeError(message({ where, expected: "columns of rows must be a square number", got: String(entries), fix }));
}

function unitRows(a: Matrix): { readonly unit: Matrix; readonly norms: Float64Array } {
  const norms = Float64Array.from({ length: a.rows }, (_, i) => lpNorm(a.data.subarray(i * a.cols, (i + 1) * a.cols), 2));
  const data = a.data.map((v, at) => v / (norms[Math.floor(at / a.cols)] || 1));
  return { unit: { ...a, data }, norms };
}

/** The coordinates of the rows in an orthonormal basis of their span, and the way back. */
function inOwnSpan(a: Matrix): { readonly coordinates: Matrix; readonly basis: Matrix; readonly lift: (W: Matrix) => Matrix } {
  const { right, rank } = svd(a);
  const k = Math.max(1, rank);
  const basis: Matrix = {
    rows: a.cols,
    cols: k,
    data: Float64Array.from({ length: a.cols * k }, (_, at) => right.data[Math.floor(at / k) * right.cols + (at % k)] as number),
  };
  return { coordinates: matmul(a, basis), basis, lift: (W) => matmul(basis, W) };
}
