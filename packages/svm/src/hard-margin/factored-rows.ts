import { OptionError, problem, ShapeError, show } from "@attnlab/check";
import { checkFinite, checkMatrix, checkSameSize, lpNorm, type Matrix } from "@attnlab/linalg";
import { checkList } from "../check-input.ts";
import { rowDot } from "../row-dot.ts";
import type { RowOperator } from "./row-operator.ts";
import { gramOfPacked, packRows, productsOfPacked } from "./row-products.ts";

/**
 * Rows that are outer products, row r = vec(left_r right_g'), with g = rightIndex[r]: never written out, so that a thousand rows of a million numbers
 * fit where their factors do.
 */
export interface FactoredRows {
  /** `[m, a]` */
  readonly left: Matrix;
  /** `[g, b]`, one per row unless `rightIndex` says which. */
  readonly right: Matrix;
  /** Which row of `right` belongs to each row of `left`, `[m]`; default: its own. */
  readonly rightIndex?: ArrayLike<number>;
}

/** Whether rows are given as factors. */
export function isFactored(rows: Matrix | FactoredRows): rows is FactoredRows {
  return typeof rows === "object" && rows !== null && "left" in rows;
}

/**
 * Checks factors at the public edge.
 * @throws ShapeError or DataError naming the argument.
 */
export function checkFactors(where: string, { left, right, rightIndex }: FactoredRows): void {
  checkMatrix(where, "left", left);
  checkMatrix(where, "right", right);
  checkFinite(where, "left", left.data);
  checkFinite(where, "right", right.data);
  if (rightIndex === undefined) {
    checkSameSize(where, "rows of right must equal rows of left", [right.rows, left.rows]);
    return;
  }
  checkList(where, "rightIndex", rightIndex);
  checkSameSize(where, "rightIndex.length must equal rows of left", [rightIndex.length, left.rows]);
  for (let r = 0; r < left.rows; r++) {
    const index = rightIndex[r] as number;
    if (Number.isInteger(index) && index >= 0 && index < right.rows) continue;
    const fix = "Row indices count from 0.";
    throw new ShapeError(
      problem({ where, expected: `rightIndex must be whole numbers from 0 to ${right.rows - 1}`, got: `${show(index)} at ${r}`, fix }),
    );
  }
}

/** Most numbers that rows written out may have, with all copies of them: 1 GiB. */
const LARGEST = 2 ** 27;

/** The rows, scaled, equilibrated and transposed, and the tables of the simplex method: measured at the peak, 6 times the rows for p = 1 and 8 for p = Infinity. */
export const SIMPLEX_COPIES = 8;

/**
 * Writes the rows out, `[m, a b]`.
 * @param copies - how often the caller will hold them.
 * @throws OptionError when all copies would need more than a gibibyte.
 */
export function writeOut(where: string, { left, right, rightIndex }: FactoredRows, copies = 1): Matrix {
  const [a, b] = [left.cols, right.cols];
  if (copies * left.rows * a * b > LARGEST) {
    const fix = copies > 1 ? "Use 1 < p < Infinity, which works on the factors." : "Use a solver that takes the factors.";
    const rows = copies > 1 ? `the ${copies} copies of the rows that p = 1 and p = Infinity work on` : "rows written out";
    throw new OptionError(
      problem({
        where,
        expected: `${rows} must fit in 1 GiB`,
        got: `${left.rows} rows of ${a * b} numbers`,
        fix,
      }),
    );
  }
  const data = new Float64Array(left.rows * a * b);
  for (let r = 0; r < left.rows; r++) {
    const g = rightIndex === undefined ? r : (rightIndex[r] as number);
    for (let i = 0; i < a; i++) {
      const x = left.data[r * a + i] as number;
      for (let j = 0; j < b; j++) data[(r * a + i) * b + j] = x * (right.data[g * b + j] as number);
    }
  }
  return { rows: left.rows, cols: a * b, data };
}

/** The l2 norm of every row: that of an outer product is the product of the norms. */
export function factoredLengths({ left, right, rightIndex }: FactoredRows): Float64Array {
  const rightNorms = rowNorms(right);
  return rowNorms(left).map((v, r) => v * (rightNorms[rightIndex === undefined ? r : (rightIndex[r] as number)] as number));
}

function rowNorms({ rows, cols, data }: Matrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => lpNorm(data.subarray(i * cols, (i + 1) * cols), 2));
}

/** The operator of the rows `kept`, each divided by its l2 norm. */
export function factoredOperator(rows: FactoredRows, kept: readonly number[]): RowOperator {
  const { left, right } = rows;
  const [a, b, groups] = [left.cols, right.cols, right.rows];
  const group = Int32Array.from(kept, (r) => (rows.rightIndex === undefined ? r : (rows.rightIndex[r] as number)));
  const x = unitRows(left, kept);
  const z = unitRows(
    right,
    Array.from({ length: groups }, (_, g) => g),
  );
  const members: number[][] = Array.from({ length: groups }, () => []);
  group.forEach((g, r) => {
    members[g]?.push(r);
  });
  return {
    count: kept.length,
    dim: a * b,
    apply: (w, out = new Float64Array(kept.length)) => {
      out.fill(0);
      const key = new Float64Array(a);
      members.forEach((own, g) => {
        if (own.length === 0) return;
        const query = z.subarray(g * b, (g + 1) * b);
        for (let i = 0; i < a; i++) key[i] = rowDot(w, i * b, query);
        for (const r of own) out[r] = rowDot(x, r * a, key);
      });
      return out;
    },
    combine: (multipliers, u = new Float64Array(a * b)) => {
      u.fill(0);
      const sum = new Float64Array(a);
      members.forEach((own, g) => {
        sum.fill(0);
        for (const r of own) {
          const scale = multipliers[r] as number;
          if (scale !== 0) for (let i = 0; i < a; i++) sum[i] = (sum[i] as number) + scale * (x[r * a + i] as number);
        }
        for (let i = 0; i < a; i++) {
          const scale = sum[i] as number;
          if (scale !== 0) for (let j = 0; j < b; j++) u[i * b + j] = (u[i * b + j] as number) + scale * (z[g * b + j] as number);
        }
      });
      return u;
    },
    draft: () => undefined,
    gram: (weights) => (weights === undefined ? plainGram(x, z, a, b, group) : weightedGram(x, z, a, b, members, weights)),
  };
}

function unitRows({ cols, data }: Matrix, kept: readonly number[]): Float64Array {
  const out = new Float64Array(kept.length * cols);
  kept.forEach((row, i) => {
    const own = data.subarray(row * cols, (row + 1) * cols);
    const norm = lpNorm(own, 2);
    if (norm > 0) for (let j = 0; j < cols; j++) out[i * cols + j] = (own[j] as number) / norm;
  });
  return out;
}

/** Inner products of outer products are products of inner products. */
function plainGram(x: Float64Array, z: Float64Array, a: number, b: number, group: Int32Array): Float64Array {
  const count = group.length;
  const groups = z.length / b;
  const gram = gramOfPacked(packRows(x, count, a));
  const between = gramOfPacked(packRows(z, groups, b));
  for (let r = 0; r < count; r++) {
    const from = (group[r] as number) * groups;
    for (let s = 0; s < count; s++)
      gram[r * count + s] = (gram[r * count + s] as number) * (between[from + (group[s] as number)] as number);
  }
  return gram;
}

/** sum_ij x_ri x_si D_ij z_gj z_hj: the inner sum over j once per pair of groups, then one weighted product per pair of rows. */
function weightedGram(
  x: Float64Array,
  z: Float64Array,
  a: number,
  b: number,
  members: readonly (readonly number[])[],
  weights: Float64Array,
): Float64Array {
  const count = x.length / a;
  const groups = members.length;
  const gram = new Float64Array(count * count);
  const queries = packRows(z, groups, b);
  const weighted = new Float64Array(a);
  members.forEach((own, g) => {
    if (own.length === 0) return;
    // [a, groups]: row i holds sum_j D_ij z_gj z_hj for every h.
    const inner = productsOfPacked(packRows(weights, a, b, z.subarray(g * b, (g + 1) * b)), queries);
    for (let h = 0; h <= g; h++) {
      const others = members[h] as readonly number[];
      for (const r of own) {
        for (let i = 0; i < a; i++) weighted[i] = (x[r * a + i] as number) * (inner[i * groups + h] as number);
        for (const s of others) {
          const v = rowDot(x, s * a, weighted);
          gram[r * count + s] = v;
          gram[s * count + r] = v;
        }
      }
    }
  });
  return gram;
}
