import type { Matrix } from "@attnlab/linalg";
import { type Certificate, certify, largestSingularValue, worstOf } from "./certificate.ts";
import { type ConeNorm, type Direction, type InteriorPoint, newtonEquations, replaceOffDiagonal, withBlocks } from "./cone-form.ts";
import { type ConicProblem, combine, inner, marginsOf } from "./conic-problem.ts";
import { largestStep, nesterovTodd } from "./nesterov-todd.ts";
import { newtonOnWeights } from "./weight-form.ts";

/** When the iteration ends. */
export interface InteriorPointOptions {
  readonly norm: ConeNorm;
  readonly tol: number;
  readonly maxIter: number;
  /** An error below which no further step is tried; default: rounding. */
  readonly enough?: number;
}

/** Where the interior-point iteration ended: at the best point it saw. */
export interface InteriorPointResult {
  readonly certificate: Certificate;
  readonly iterations: number;
}

/** An error that rounding alone explains. */
const PERFECT = 1e-13;
/** Least slack at the start, in units of the largest right-hand side: constraints may be far smaller than their rows, and a start far outside them jams. */
const LEAST_SLACK = 0.1;
/** Fraction of the way to the boundary. */
const DAMPING = 0.98;

/**
 * Minimises the nuclear or the spectral norm by a primal-dual interior-point method with the scaling of Nesterov and Todd and the corrector of Mehrotra.
 * `start` is a feasible matrix of Frobenius norm 1.
 */
export function solveByInteriorPoint(
  problem: ConicProblem,
  start: Matrix,
  { norm, tol, maxIter, enough = PERFECT }: InteriorPointOptions,
): InteriorPointResult {
  let at = startPoint(norm, problem, start);
  let best = certify(problem, norm, at);
  let iterations = 0;
  let fruitless = 0;
  while (iterations < maxIter && worstOf(best) > enough) {
    const next = step(norm, problem, at);
    if (next === undefined) break;
    iterations++;
    at = next;
    const reached = certify(problem, norm, at);
    const done = worstOf(best) <= tol;
    fruitless = worstOf(reached) < (done ? 0.5 : 0.9) * worstOf(best) ? 0 : fruitless + 1;
    if (worstOf(reached) < worstOf(best)) best = reached;
    // Once tol is met the iteration goes on until steps no longer halve the error: sooner when it is well below tol.
    if (fruitless >= (done ? (worstOf(best) <= 0.1 * tol ? 2 : 5) : 12)) break;
  }
  return { certificate: best, iterations };
}

function startPoint(norm: ConeNorm, problem: ConicProblem, start: Matrix): InteriorPoint {
  const { r, c, b } = problem;
  const W: Matrix = { ...start, data: start.data.map((v) => 1.5 * v) };
  const largest = largestSingularValue(W);
  const least = LEAST_SLACK * b.reduce((most, value) => Math.max(most, value), 0);
  const v = marginsOf(problem, W).map((margin, i) => Math.max(margin - (b[i] as number), least));
  const even = new Float64Array(b.length).fill(1);
  const M = combine(problem, even);
  const size = largestSingularValue(M) || 1;
  if (norm === "nuclear") {
    const y = even.map((one) => (0.5 * one) / size);
    return {
      W,
      v,
      y,
      S: withBlocks({ r, c, diagonal: 1 }, combine(problem, y), -1),
      Z: withBlocks({ r, c, diagonal: largest }, W, 0.5),
    };
  }
  const share = 1 / (r + c);
  const y = even.map((one) => (one * share) / size);
  return {
    W,
    v,
    y,
    S: withBlocks({ r, c, diagonal: 1.5 * largest }, W, 1),
    Z: withBlocks({ r, c, diagonal: share }, combine(problem, y), -0.5),
  };
}

/** One predictor-corrector step; undefined when rounding leaves none. */
function step(norm: ConeNorm, problem: ConicProblem, at: InteriorPoint): InteriorPoint | undefined {
  const scaling = nesterovTodd(at.S, at.Z);
  if (scaling === undefined) return undefined;
  const { transposed } = problem;
  const solve =
    transposed === undefined ? newtonEquations(norm, problem, at, scaling) : newtonOnWeights(norm, { ...problem, transposed }, at, scaling);
  if (solve === undefined) return undefined;
  const { d } = scaling;
  const n = d.length;
  const products = at.y.map((y, i) => y * (at.v[i] as number));
  const degree = n + products.length;
  const mu = (inner(d, d) + products.reduce((sum, x) => sum + x, 0)) / degree;

  const affine = solve(
    diagonalMatrix(d.map((x) => -x)),
    products.map((x) => -x),
  );
  const lengths = stepLengths(norm, at, d, affine, 1);
  const center = (1 - Math.min(lengths.S, lengths.Z)) ** 3;
  const corrected = products.map((x, i) => center * mu - x - (affine.y[i] as number) * (affine.v[i] as number));
  const direction = solve(correctorMatrix(d, affine, center * mu), corrected);
  const { S, Z } = stepLengths(norm, at, d, direction, DAMPING);
  if (!(S > 1e-12 && Z > 1e-12)) return undefined;
  return move(norm, problem, at, direction, { S, Z });
}

/** Solves $d \circ R = \sigma\mu I - d^2 - \tfrac12(dS\,dZ + dZ\,dS)$ entry by entry, in scaled coordinates. */
function correctorMatrix(d: Float64Array, affine: Direction, target: number): Matrix {
  const n = d.length;
  const s = affine.scaledS.data;
  const z = affine.scaledZ.data;
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let k = 0; k < n; k++) {
        product += (s[i * n + k] as number) * (z[k * n + j] as number) + (z[i * n + k] as number) * (s[k * n + j] as number);
      }
      let value = -product / ((d[i] as number) + (d[j] as number));
      if (i === j) value += target / (d[i] as number) - (d[i] as number);
      data[i * n + j] = value;
      data[j * n + i] = value;
    }
  }
  return { rows: n, cols: n, data };
}

function diagonalMatrix(d: Float64Array): Matrix {
  const n = d.length;
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) data[i * n + i] = d[i] as number;
  return { rows: n, cols: n, data };
}

/** How far the matrices S and Z, each with the vector that belongs to its side, may go. */
function stepLengths(
  norm: ConeNorm,
  at: InteriorPoint,
  d: Float64Array,
  direction: Direction,
  damping: number,
): { readonly S: number; readonly Z: number } {
  const y = toBoundary(at.y, direction.y);
  const v = toBoundary(at.v, direction.v);
  const S = Math.min(largestStep(d, direction.scaledS), norm === "nuclear" ? y : v);
  const Z = Math.min(largestStep(d, direction.scaledZ), norm === "nuclear" ? v : y);
  return { S: Math.min(1, damping * S), Z: Math.min(1, damping * Z) };
}

function toBoundary(x: Float64Array, dx: Float64Array): number {
  let step = Number.POSITIVE_INFINITY;
  for (let i = 0; i < x.length; i++) if ((dx[i] as number) < 0) step = Math.min(step, -(x[i] as number) / (dx[i] as number));
  return step;
}

/** Moves, and rebuilds the block of S where dS was computed from the same W or y: that equation then holds to the last bit. */
function move(
  norm: ConeNorm,
  problem: ConicProblem,
  at: InteriorPoint,
  direction: Direction,
  length: { readonly S: number; readonly Z: number },
): InteriorPoint {
  const along = (x: Float64Array, dx: Float64Array, by: number): Float64Array => x.map((value, i) => value + by * (dx[i] as number));
  const [ofW, ofY] = norm === "nuclear" ? [length.Z, length.S] : [length.S, length.Z];
  const W: Matrix = { ...at.W, data: along(at.W.data, direction.W.data, ofW) };
  const v = along(at.v, direction.v, ofW);
  const y = along(at.y, direction.y, ofY);
  const S = symmetric(at.S, along(at.S.data, direction.S.data, length.S));
  const Z = symmetric(at.Z, along(at.Z.data, direction.Z.data, length.Z));
  if (norm === "spectral") replaceOffDiagonal(S, W, 1);
  else if (problem.transposed === undefined) replaceOffDiagonal(S, combine(problem, y), -1);
  return { W, v, y, S, Z };
}

function symmetric({ rows: n }: Matrix, data: Float64Array): Matrix {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j] = ((data[i * n + j] as number) + (data[j * n + i] as number)) / 2;
  return { rows: n, cols: n, data: out };
}
