import { lpNorm, type Matrix, matvec, matvecTransposed, svd } from "@attnlab/linalg";

/** The norms of the experiments of this folder: exponents of entrywise norms, and norms of singular values. */
export const NORMS = ["1", "1.1", "1.5", "1.75", "2", "3", "10", "Infinity", "frobenius", "nuclear", "spectral"] as const;

/** One of {@link NORMS}. */
export type NormName = (typeof NORMS)[number];

const SINGULAR_EXPONENT: Readonly<Partial<Record<NormName, number>>> = { frobenius: 2, nuclear: 1, spectral: Number.POSITIVE_INFINITY };

/** Whether a norm is one of singular values. */
export function isMatrixNorm(norm: NormName): norm is "frobenius" | "nuclear" | "spectral" {
  return SINGULAR_EXPONENT[norm] !== undefined;
}

/** Constraints A w >= b; each row of A is a matrix of `shape` written out. */
export interface MarginConstraints {
  readonly rows: Matrix;
  readonly rhs: Float64Array;
  readonly shape: readonly [number, number];
}

/** What any solver claims: weights, and multipliers up to their scale. */
export interface ClaimedSolution {
  readonly w: ArrayLike<number>;
  readonly dual: ArrayLike<number>;
}

/** The optimal norm lies between the two; `upper` is infinite when the weights satisfy the constraints at no scale. */
export interface Bracket {
  readonly lower: number;
  readonly upper: number;
}

function measure(values: Float64Array, norm: NormName, [rows, cols]: readonly [number, number], dual: boolean): number {
  const exponent = SINGULAR_EXPONENT[norm] ?? Number(norm);
  const used = !dual
    ? exponent
    : exponent === 1
      ? Number.POSITIVE_INFINITY
      : exponent === Number.POSITIVE_INFINITY
        ? 1
        : exponent / (exponent - 1);
  return lpNorm(isMatrixNorm(norm) ? svd({ rows, cols, data: values }).singularValues : values, used);
}

/**
 * Brackets the least norm from a claimed solution alone, whoever found it.
 *
 * Any multipliers y >= 0 give the lower bound $b^\top y/\lVert A^\top y\rVert_*$; weights, scaled until they satisfy every constraint, give the upper one.
 */
export function marginBracket({ rows, rhs, shape }: MarginConstraints, norm: NormName, { w, dual }: ClaimedSolution): Bracket {
  const weights = Float64Array.from(w);
  const y = Float64Array.from(dual, (v) => Math.max(0, v));
  const values = matvec(rows, weights);
  let scale = Number.POSITIVE_INFINITY;
  rhs.forEach((b, i) => {
    const value = values[i] as number;
    scale = Math.min(scale, b > 0 ? value / b : value < 0 ? 0 : scale);
  });
  const bound = y.reduce((sum, v, i) => sum + v * (rhs[i] as number), 0);
  return {
    lower: bound / measure(matvecTransposed(rows, y), norm, shape, true),
    upper: scale > 0 ? measure(weights, norm, shape, false) / scale : Number.POSITIVE_INFINITY,
  };
}

/** Width of a bracket against its upper end: a certified bound on the relative error of the norm. */
export function relativeGap({ lower, upper }: Bracket): number {
  return Number.isFinite(upper) ? (upper - lower) / upper : 1;
}

/** How far two brackets of one number are apart, relative to it: anything above rounding proves one of them wrong. */
export function bracketDistance(a: Bracket, b: Bracket): number {
  return Math.max(0, a.lower - b.upper, b.lower - a.upper) / Math.min(a.upper, b.upper);
}
