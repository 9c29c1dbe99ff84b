import { dualExponent, lpInverseMirrorMap, lpMirrorMap, lpNorm, type Matrix, matvec, matvecTransposed, normalize } from "@attnlab/linalg";
import { lowerCholesky, solveLower } from "../matrix-norm/lower-cholesky.ts";
import { type LossAtPoint, lossAt, type PathLoss } from "./margin-loss.ts";

/** What is minimised: the mean loss of the margins A w over the ball of radius R. */
export interface BallProblem {
  readonly rows: Matrix;
  readonly loss: PathLoss;
  readonly p: number;
  readonly radius: number;
}

/** A point of the sphere and how far it is from the minimum over the ball. */
export interface SpherePoint {
  readonly w: Float64Array;
  readonly at: LossAtPoint;
  /** $1 - \langle -\nabla L, w\rangle / (R \lVert\nabla L\rVert_q)$ */
  readonly gap: number;
  /** For p >= 2 $\lVert g/\lVert g\rVert_q - \varphi(w/R)\rVert_q$ with $g = -\nabla L$, for p < 2 $\lVert w/R - \varphi^{-1}(g/\lVert g\rVert_q)\rVert_p$. */
  readonly stationarity: number;
}

/** An error that rounding alone explains. */
const PERFECT = 1e-14;
const ARMIJO = 1e-4;

/** Measures the point of the sphere in a direction. */
export function spherePoint({ rows, loss, p, radius }: BallProblem, direction: Float64Array): SpherePoint {
  const unit = normalize(direction, p);
  const w = unit.map((v) => radius * v);
  const at = lossAt(rows, w, loss);
  const q = dualExponent(p);
  const length = lpNorm(at.descent, q);
  if (!(length > 0 && length < Number.POSITIVE_INFINITY)) return { w, at, gap: 1, stationarity: 1 };
  const slope = at.descent.map((v) => v / length);
  const [left, right] = p < 2 ? [unit, lpInverseMirrorMap(slope, p)] : [slope, lpMirrorMap(unit, p)];
  let along = 0;
  for (let j = 0; j < unit.length; j++) along += (slope[j] as number) * (unit[j] as number);
  const stationarity = lpNorm(
    left.map((v, j) => v - (right[j] as number)),
    p < 2 ? p : q,
  );
  return { w, at, gap: Math.abs(1 - along), stationarity };
}

/** The larger of the two errors. */
export function errorOf({ gap, stationarity }: SpherePoint): number {
  return Math.max(gap, stationarity);
}

/** Takes steps while they gain, and gives back the best point; a step may be impossible. */
export function stepWhileGaining(
  start: SpherePoint,
  step: (point: SpherePoint) => SpherePoint | undefined,
  { tol, maxIter }: { readonly tol: number; readonly maxIter: number },
): { readonly point: SpherePoint; readonly iterations: number } {
  let point = start;
  let best = point;
  let fruitless = 0;
  let iterations = 0;
  while (iterations < maxIter && errorOf(best) > PERFECT) {
    const next = step(point);
    iterations++;
    if (next === undefined) break;
    point = next;
    const done = errorOf(best) <= tol;
    fruitless = errorOf(point) < 0.5 * errorOf(best) ? 0 : fruitless + 1;
    if (errorOf(point) < errorOf(best)) best = point;
    // Once tol is met the iteration goes on while a step still gains.
    if (done && fruitless >= 2) break;
  }
  return { point: best, iterations };
}

/** Newton steps along the sphere from a direction, with a line search on log L; gives back the best point. */
export function minimizeOnSphere(
  problem: BallProblem,
  direction: Float64Array,
  limits: { readonly tol: number; readonly maxIter: number },
): { readonly point: SpherePoint; readonly iterations: number } {
  return stepWhileGaining(spherePoint(problem, direction), (point) => newtonStep(problem, point), limits);
}

/** The Newton step of the Lagrangian on the tangent plane and a search along it; undefined when no length is accepted. */
function newtonStep(problem: BallProblem, from: SpherePoint): SpherePoint | undefined {
  const { p, radius, rows } = problem;
  const { descent, slopes, curvatures } = from.at;
  const n = descent.length;
  const unit = from.w.map((v) => v / radius);
  const normal = lpMirrorMap(unit, p);
  const multiplier = lpNorm(descent, dualExponent(p));
  // The norm's second derivative on the tangent plane, times the multiplier. It is infinite at 0 for p < 2: there its inverse root scales the unknowns.
  const bend = unit.map((v) => ((multiplier * (p - 1)) / radius) * Math.abs(v) ** (p - 2));
  const scale = p < 2 ? bend.map((v) => 1 / Math.sqrt(v)) : new Float64Array(n).fill(1);
  const K = hessianOfLogLoss(rows, slopes, curvatures, descent, scale);
  let trace = 0;
  for (let j = 0; j < n; j++) trace += K.data[j * n + j] as number;
  for (let j = 0; j < n; j++) K.data[j * n + j] = (K.data[j * n + j] as number) + (p < 2 ? 1 : (bend[j] as number) + (1e-14 * trace) / n);
  let factor = lowerCholesky(K);
  for (let shift = 1e-13 * trace; factor === undefined && shift > 0 && shift <= Math.min(trace, Number.MAX_VALUE); shift *= 100) {
    for (let j = 0; j < n; j++) K.data[j * n + j] = (K.data[j * n + j] as number) + shift;
    factor = lowerCholesky(K);
  }
  if (factor === undefined) return undefined;
  const L = factor;
  const solve = (r: Float64Array): Float64Array =>
    solveLower(
      L,
      solveLower(
        L,
        r.map((v, j) => v * (scale[j] as number)),
        false,
      ),
      true,
    ).map((v, j) => v * (scale[j] as number));
  const toward = solve(descent);
  const outward = solve(normal);
  const beta = product(normal, toward) / product(normal, outward);
  const step = toward.map((v, j) => v - beta * (outward[j] as number));
  const slope = product(descent, step);
  // For p < 2 the search runs along the gradient that the model expects, whose image under phi^{-1} is smooth where a weight passes 0.
  const change = applyHessian(rows, slopes, curvatures, step);
  const along = (t: number): Float64Array => {
    if (p >= 2) return from.w.map((v, j) => v + t * (step[j] as number));
    const gradient = normal.map((v, j) => (1 - t) * v * multiplier + t * ((descent[j] as number) - (change[j] as number)));
    return gradient.every(Number.isFinite) ? lpInverseMirrorMap(gradient, p) : gradient;
  };
  const noise = 4e-15 * (1 + Math.abs(from.at.logLoss) + radius * multiplier);
  // Near a solution phi^{-1} magnifies the rounding of the gradient; the plain step does not.
  const plain =
    p < 2 && errorOf(from) < 1e-2 && step.every(Number.isFinite)
      ? spherePoint(
          problem,
          from.w.map((v, j) => v + (step[j] as number)),
        )
      : undefined;
  if (plain !== undefined && from.at.logLoss - plain.at.logLoss >= -noise && errorOf(plain) < 0.1 * errorOf(from)) return plain;
  for (let t = 1; t > 1e-9; t /= 2) {
    const direction = along(t);
    if (!direction.every(Number.isFinite) || direction.every((v) => v === 0)) continue;
    const next = spherePoint(problem, direction);
    const gain = from.at.logLoss - next.at.logLoss;
    if (gain >= ARMIJO * t * slope && gain > noise) return next;
    if (gain >= -noise && errorOf(next) < errorOf(from)) return next;
  }
  return undefined;
}

/** $A^\top(\operatorname{diag}(\eta) - c\,\lambda\lambda^\top)A$ scaled on both sides; c <= 1 keeps it positive semidefinite, and its term vanishes on the tangent plane of a solution. */
function hessianOfLogLoss(
  rows: Matrix,
  slopes: Float64Array,
  curvatures: Float64Array,
  descent: Float64Array,
  scale: Float64Array,
): Matrix {
  const n = rows.cols;
  const data = new Float64Array(n * n);
  const c = coupling(slopes, curvatures);
  const row = new Float64Array(n);
  for (let i = 0; i < rows.rows; i++) {
    const weight = curvatures[i] as number;
    if (weight === 0) continue;
    for (let j = 0; j < n; j++) row[j] = (rows.data[i * n + j] as number) * (scale[j] as number);
    for (let j = 0; j < n; j++) {
      const left = weight * (row[j] as number);
      if (left === 0) continue;
      for (let k = 0; k <= j; k++) data[j * n + k] = (data[j * n + k] as number) + left * (row[k] as number);
    }
  }
  for (let j = 0; j < n; j++) {
    const left = c * (descent[j] as number) * (scale[j] as number);
    for (let k = 0; k <= j; k++) {
      const value = (data[j * n + k] as number) - left * (descent[k] as number) * (scale[k] as number);
      data[j * n + k] = value;
      data[k * n + j] = value;
    }
  }
  return { rows: n, cols: n, data };
}

function applyHessian(rows: Matrix, slopes: Float64Array, curvatures: Float64Array, step: Float64Array): Float64Array {
  const moved = matvec(rows, step);
  const c = coupling(slopes, curvatures) * product(slopes, moved);
  return matvecTransposed(
    rows,
    moved.map((v, i) => (curvatures[i] as number) * v - c * (slopes[i] as number)),
  );
}

/** The share of the outer product of the slopes that may be taken off the curvatures without losing definiteness. */
export function coupling(slopes: Float64Array, curvatures: Float64Array): number {
  let ratio = 0;
  for (let i = 0; i < slopes.length; i++) {
    const curvature = curvatures[i] as number;
    if (curvature > 0) ratio += (slopes[i] as number) ** 2 / curvature;
    else if ((slopes[i] as number) > 0) return 0;
  }
  return Math.min(1, 1 / ratio);
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] as number) * (b[j] as number);
  return sum;
}
