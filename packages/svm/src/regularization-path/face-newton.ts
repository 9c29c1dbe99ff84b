import { lpNorm, type Matrix } from "@attnlab/linalg";
import { type PositiveSystem, positiveSystem } from "../matrix-norm/positive-system.ts";
import { rowDot } from "../row-dot.ts";
import { lossAt } from "./margin-loss.ts";
import { type BallProblem, coupling, errorOf, type SpherePoint, stepWhileGaining } from "./sphere-newton.ts";

const ARMIJO = 1e-4;
/** Coordinates are set free together when their violation is at least this share of the largest. */
const RELEASE = 0.3;

/**
 * Measures a point of the sphere of p = 1 or p = Infinity. Stationarity is the distance of $g/\lVert g\rVert_q$ from the nearest subgradient of the norm at w:
 * for p = 1 $\max_{w_j\ne0}|g_j/\lVert g\rVert_\infty - \operatorname{sign} w_j|$, for p = Infinity the share of $\lVert g\rVert_1$ in coordinates inside their bounds or at the wrong one.
 */
export function facePoint({ rows, loss, p, radius }: BallProblem, w: Float64Array): SpherePoint {
  const at = lossAt(rows, w, loss);
  const length = lpNorm(at.descent, p === 1 ? Number.POSITIVE_INFINITY : 1);
  if (length === 0) return { w, at, gap: 1, stationarity: 1 };
  const gap = Math.abs(1 - rowDot(at.descent, 0, w) / (radius * length));
  let stationarity = 0;
  at.descent.forEach((g, j) => {
    const own = w[j] as number;
    if (p === 1) stationarity = Math.max(stationarity, own === 0 ? 0 : Math.abs(g / length - Math.sign(own)));
    else if (Math.abs(own) < radius || own * g < 0) stationarity += Math.abs(g) / length;
  });
  return { w, at, gap, stationarity };
}

/**
 * Minimises the mean loss over the sphere of p = 1 or p = Infinity by Newton steps within its faces: coordinates at 0, or at a bound, stay there until the
 * gradient asks for more than the face can give.
 */
export function minimizeOnFaces(
  problem: BallProblem,
  start: Float64Array,
  limits: { readonly tol: number; readonly maxIter: number },
): { readonly point: SpherePoint; readonly iterations: number } {
  return stepWhileGaining(facePoint(problem, ontoSphere(problem, start)), (point) => faceStep(problem, point), limits);
}

/** The point of the sphere along w, in the same face. */
function ontoSphere({ p, radius }: BallProblem, w: Float64Array): Float64Array {
  const size = lpNorm(w, p);
  return w.map((v) => (p !== 1 && Math.abs(v) === size ? Math.sign(v) * radius : (v / size) * radius));
}

/** One Newton step within the face, or within a larger one; undefined when no length is accepted. */
function faceStep(problem: BallProblem, from: SpherePoint): SpherePoint | undefined {
  const face = workingFace(problem, from);
  // The Hessian of log L is singular where few samples are left that matter: then a multiple of the identity limits the step.
  for (const damping of [1e-14, 1e-9, 1e-6, 1e-3, 1]) {
    let { members } = face;
    for (;;) {
      const direction = newtonDirection(problem, from, { ...face, members }, damping);
      if (direction === undefined) break;
      const blocked = members.filter((j) => face.released.has(j) && room(problem, from, face, j, direction) === 0);
      if (blocked.length === 0) {
        const next = search(problem, from, { ...face, members }, direction);
        if (next !== undefined) return next;
        break;
      }
      members = members.filter((j) => !blocked.includes(j));
      if (members.length === 0) break;
    }
  }
  return undefined;
}

/** Coordinates that move in a step. */
interface Face {
  readonly members: readonly number[];
  /** Those of them that leave 0, or a bound, in this step. */
  readonly released: ReadonlySet<number>;
  /** Sign of every coordinate, for one that leaves 0 the one it gets. */
  readonly signs: Float64Array;
}

/** The face of a point, larger by the coordinates that violate the optimality conditions more than those within it. */
function workingFace({ p, radius }: BallProblem, { w, at: { descent } }: SpherePoint): Face {
  const level = p === 1 ? rowDot(descent, 0, w) / radius : 0;
  const signs = w.map((v, j) => Math.sign(v === 0 ? (descent[j] as number) : v));
  const free = w.map((v) => ((p === 1 ? v !== 0 : Math.abs(v) < radius) ? 1 : 0));
  // How much a coordinate gains per unit by leaving 0, or its bound.
  const violation = descent.map((g, j) => (free[j] === 1 ? 0 : p === 1 ? Math.abs(g) - level : -(signs[j] as number) * g));
  const residual = descent.reduce(
    (most, g, j) => (free[j] === 1 ? Math.max(most, Math.abs(p === 1 ? (signs[j] as number) * g - level : g)) : most),
    0,
  );
  const most = violation.reduce((a, b) => Math.max(a, b), 0);
  const released = new Set<number>();
  if (most > 0 && most >= residual) {
    violation.forEach((v, j) => {
      if (v >= RELEASE * most) released.add(j);
    });
  }
  const members = Array.from(w.keys()).filter((j) => free[j] === 1 || released.has(j));
  return { members, released, signs };
}

/** Solves the Newton equations of log L on the members; for p = 1 along the plane on which the sum of sizes stays. */
function newtonDirection(
  { rows, p }: BallProblem,
  { at: { slopes, curvatures, descent } }: SpherePoint,
  { members, signs }: Face,
  damping: number,
): Float64Array | undefined {
  const n = members.length;
  if (n === 0) return undefined;
  const system = hessianWithin(rows, slopes, curvatures, descent, members);
  let trace = 0;
  for (let k = 0; k < n; k++) trace += system[k * n + k] as number;
  if (!(trace > 0)) return undefined;
  for (let k = 0; k < n; k++) system[k * n + k] = (system[k * n + k] as number) + damping * trace;
  const factor = positiveSystem(system, n);
  if (factor === undefined) return undefined;
  const within = withinPlane(
    factor,
    Float64Array.from(members, (j) => descent[j] as number),
    p === 1 ? Float64Array.from(members, (j) => signs[j] as number) : undefined,
  );
  const direction = new Float64Array(descent.length);
  members.forEach((j, k) => {
    direction[j] = within[k] as number;
  });
  return direction;
}

function withinPlane(factor: PositiveSystem, gradient: Float64Array, normal: Float64Array | undefined): Float64Array {
  const toward = factor.solve(gradient);
  if (normal === undefined) return toward;
  const outward = factor.solve(normal);
  const beta = rowDot(normal, 0, toward) / rowDot(normal, 0, outward);
  return toward.map((v, k) => v - beta * (outward[k] as number));
}

/** $A_F^\top(\operatorname{diag}(\eta) - c\,\lambda\lambda^\top)A_F$ over the columns F, lower triangle. */
function hessianWithin(
  rows: Matrix,
  slopes: Float64Array,
  curvatures: Float64Array,
  descent: Float64Array,
  members: readonly number[],
): Float64Array {
  const n = members.length;
  const data = new Float64Array(n * n);
  const row = new Float64Array(n);
  for (let i = 0; i < rows.rows; i++) {
    const weight = curvatures[i] as number;
    if (weight === 0) continue;
    members.forEach((j, k) => {
      row[k] = rows.data[i * rows.cols + j] as number;
    });
    for (let k = 0; k < n; k++) {
      const left = weight * (row[k] as number);
      if (left === 0) continue;
      for (let l = 0; l <= k; l++) data[k * n + l] = (data[k * n + l] as number) + left * (row[l] as number);
    }
  }
  const c = coupling(slopes, curvatures);
  members.forEach((j, k) => {
    const left = c * (descent[j] as number);
    for (let l = 0; l <= k; l++) data[k * n + l] = (data[k * n + l] as number) - left * (descent[members[l] as number] as number);
  });
  return data;
}

/** How far a coordinate may go along a direction before it reaches 0, or a bound. */
function room({ p, radius }: BallProblem, { w }: SpherePoint, { signs }: Face, j: number, direction: Float64Array): number {
  const own = w[j] as number;
  const change = direction[j] as number;
  if (change === 0) return Number.POSITIVE_INFINITY;
  if (p === 1) return change * (signs[j] as number) > 0 ? Number.POSITIVE_INFINITY : Math.abs(own / change);
  return (radius - Math.sign(change) * own) / Math.abs(change);
}

/** The longest step that is accepted, at most to the end of the face. */
function search(problem: BallProblem, from: SpherePoint, face: Face, direction: Float64Array): SpherePoint | undefined {
  const { p, radius } = problem;
  const rooms = Float64Array.from(face.members, (j) => room(problem, from, face, j, direction));
  const most = rooms.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const slope = rowDot(from.at.descent, 0, direction);
  const noise = 4e-15 * (1 + Math.abs(from.at.logLoss) + radius * lpNorm(from.at.descent, p === 1 ? Number.POSITIVE_INFINITY : 1));
  for (let t = Math.min(1, most); t > 1e-9 * Math.min(1, most); t /= 2) {
    const w = from.w.map((v, j) => v + t * (direction[j] as number));
    face.members.forEach((j, k) => {
      if ((rooms[k] as number) > t) return;
      w[j] = p === 1 ? 0 : Math.sign(direction[j] as number) * radius;
    });
    const next = facePoint(problem, p === 1 ? ontoSphere(problem, w) : w);
    const gain = from.at.logLoss - next.at.logLoss;
    if (gain >= ARMIJO * t * slope && gain > noise) return next;
    if (gain >= -noise && errorOf(next) < errorOf(from)) return next;
  }
  return undefined;
}
