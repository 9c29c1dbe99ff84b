import {
  customOption,
  DataError,
  integerOption,
  problem as message,
  numberOption,
  type OptionRule,
  oneOfOption,
  optionTable,
  ShapeError,
} from "@attnlab/check";
import { checkFinite, checkMatrix, dualExponent, lpInverseMirrorMap, lpNorm, type Matrix, matvecTransposed } from "@attnlab/linalg";
import { checkFields, checkKnown, checkMagnitude } from "../check-input.ts";
import { solveHardMargin } from "../hard-margin/hard-margin.ts";
import { rowDot } from "../row-dot.ts";
import { minimizeOnFaces } from "./face-newton.ts";
import { type FreeMinimum, freeMinimum } from "./free-minimum.ts";
import { logExcess, PATH_LOSSES, type PathLoss } from "./margin-loss.ts";
import { errorOf, minimizeOnSphere, type SpherePoint } from "./sphere-newton.ts";

/** Samples of two classes, ready for a linear classifier without intercept. */
export interface MarginSamples {
  /** $a_i = y_i x_i$, `[m, N]`: each row is a sample times its label, as in {@link HardMarginProblem}. */
  readonly rows: Matrix;
}

/** Options of {@link regularizationPath}. */
export interface RegularizationPathOptions {
  /** Exponent of the norm, 1 <= p <= Infinity. */
  readonly p: number;
  /** Radii R of the balls, > 0 and ascending. */
  readonly radii: readonly number[];
  /** `"logistic"` (default) or `"exponential"`. */
  readonly loss?: PathLoss;
  /** Largest error of a point that counts as optimal; default `1e-8`. */
  readonly tol?: number;
  /** Most Newton steps per radius; default `200`. */
  readonly maxIter?: number;
}

const RULES = {
  p: numberOption({ doc: "Exponent of the norm that bounds the weights.", min: 1, max: Number.POSITIVE_INFINITY, required: true }),
  radii: customOption<readonly number[]>({
    doc: "Radii of the balls, from small to large.",
    expected: "a list of finite numbers > 0 in ascending order",
    accepts: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((r, i) => Number.isFinite(r) && r > (i === 0 ? 0 : (value[i - 1] as number))),
    invalid: [null, [], [0], [2, 1], [1, 1], [1, Number.POSITIVE_INFINITY], ["1"]],
    required: true,
  }),
  loss: oneOfOption(PATH_LOSSES, { doc: "Loss of a margin.", default: "logistic" }),
  tol: numberOption({ doc: "Largest error of an optimal point.", min: 1e-14, max: 1e-2, default: 1e-8 }),
  maxIter: integerOption({ doc: "Most Newton steps per radius.", min: 1, default: 200 }),
} as const satisfies Record<string, OptionRule<unknown>>;

/** The minimiser over one ball. */
export interface RegularizationPathPoint {
  /** R */
  readonly radius: number;
  /** `"optimal"`: gap and stationarity are at most `tol`. `"iterationLimit"`: they are not. */
  readonly status: "optimal" | "iterationLimit";
  /** w(R), `[N]`. */
  readonly w: Float64Array;
  /** Whether $\lVert w\rVert_p = R$; false once the ball holds a minimiser of the loss itself. */
  readonly onSphere: boolean;
  /** $\log L(w)$; exact where L itself is below the smallest number. */
  readonly logLoss: number;
  /** $\log(L(w) - L^*)$ with $L^* = \inf L$; equal to `logLoss` for separable samples, -Infinity at a minimiser; undefined when L* > 0 is approached but not attained. */
  readonly logExcess: number | undefined;
  /** $\lVert\nabla\log L\rVert_q = -\mathrm d\log L/\mathrm dR$ on the sphere. */
  readonly multiplier: number;
  /** $(R\lVert g\rVert_q - \langle g, w\rangle)/\max(1, R\lVert g\rVert_q)$, $g = -\nabla\log L$. By convexity $L(w) - \min L$ is at most L(w) times the numerator. */
  readonly gap: number;
  /**
   * On the sphere the distance of g and w/R from a dual pair of unit vectors, measured where the pairing is smooth; for p = 1 and p = Infinity the distance of
   * $g/\lVert g\rVert_q$ from the subgradients of the norm at w; inside $\lVert g\rVert$ relative to its terms.
   */
  readonly stationarity: number;
  /** Newton steps, those from radii in between included. */
  readonly iterations: number;
}

/** What {@link regularizationPath} returns. */
export interface RegularizationPath {
  /** One per radius. */
  readonly points: readonly RegularizationPathPoint[];
  /** Whether some w has all margins positive; then w(R)/R tends to the hard-margin direction. */
  readonly separable: boolean;
}

/** Radii grow at most this much from one minimisation to the next: less where the norm has no curvature that would hold a step back. */
const GROWTH = 10;
const FACE_GROWTH = 2;

/**
 * The regularization path of a linear classifier: the minimiser of the mean loss over lp balls of growing radius.
 *
 * $w(R) = \arg\min L(w)$ subject to $\lVert w\rVert_p \le R$, $L(w) = \tfrac1m\sum_i \ell(a_i w)$ with $\ell(m) = \log(1 + e^{-m})$ or $e^{-m}$.
 *
 * Shapes: `samples.rows [m, N]` → `points[k].w [N]`.
 *
 * Each radius is minimised by Newton steps on the logarithm of L along the sphere, for p = 1 and p = Infinity within its faces, from the direction of the radius before. L itself falls like
 * $e^{-R/\lVert w_{svm}\rVert_p}$ and is flat in float64 long before the direction has settled.
 *
 * @param samples - rows $y_i x_i$.
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.radii - radii, > 0 and ascending.
 * @param options.loss - `"logistic"` or `"exponential"`; default `"logistic"`.
 * @param options.tol - largest gap and stationarity of an optimal point; default `1e-8`.
 * @param options.maxIter - most Newton steps per radius; default `200`.
 * @returns a point with status and residuals per radius; not converging is a status, never an exception.
 * @throws ShapeError when `rows` is empty or its size is wrong.
 * @throws DataError when a number is NaN or infinite, or the rows add up to zero and single out no first direction.
 * @throws OptionError when an option is unknown or out of its range.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { regularizationPath } from "@attnlab/svm";
 * const rows = matrixFromRows([[2, 0], [0, 4], [3, 3]]);
 * const { points } = regularizationPath({ rows }, { p: 2, radii: [1, 100, 10000] });
 * points.map(({ w }) => (w[0] ?? 0) / (w[1] ?? 1)).map((ratio) => Number(ratio.toFixed(3))); // => [1.201, 1.985, 2]
 * ```
 * @see Rosset, Zhu and Hastie, "Boosting as a regularized path to a maximum margin classifier", Journal of Machine Learning Research 5, 2004.
 */
export function regularizationPath(samples: MarginSamples, options: RegularizationPathOptions): RegularizationPath {
  const { p, radii, loss, tol, maxIter } = optionTable("regularizationPath", RULES).parse(options);
  checkFields("regularizationPath", "samples", samples, ["rows"]);
  checkKnown("regularizationPath", "samples", samples, ["rows"]);
  const { rows } = samples;
  const start = checkedStart(rows, p);
  const separable = solveHardMargin({ rows }, { p: 2 }).status !== "infeasible";
  const free = separable ? undefined : freeMinimum(rows, loss, Math.min(tol, 1e-10));
  const reach = free === undefined ? Number.POSITIVE_INFINITY : lpNorm(free.w, p);
  const polyhedral = p === 1 || p === Number.POSITIVE_INFINITY;
  const [minimize, growth] = polyhedral ? ([minimizeOnFaces, FACE_GROWTH] as const) : ([minimizeOnSphere, GROWTH] as const);
  let direction = start.direction;
  let reached = start.radius;
  const points = radii.map((radius): RegularizationPathPoint => {
    if (free !== undefined && radius >= reach) return insidePoint(free, { radius, p, tol });
    let iterations = 0;
    for (reached = Math.min(reached, radius); reached * growth < radius; ) {
      reached *= growth;
      const between = minimize({ rows, loss, p, radius: reached }, direction, { tol: 1e-3, maxIter });
      direction = between.point.w;
      iterations += between.iterations;
    }
    const found = minimize({ rows, loss, p, radius }, direction, { tol, maxIter });
    direction = found.point.w;
    reached = radius;
    const { at } = found.point;
    const excess = separable ? at.logLoss : free === undefined ? undefined : logExcess(at.margins, free.at.margins, loss);
    return spherePathPoint(found.point, { radius, p, tol, excess, iterations: iterations + found.iterations });
  });
  return { points, separable };
}

/** The minimiser for R near 0 goes along the dual vector of the summed rows; the radius is one where margins are at most 1. */
function checkedStart(rows: Matrix, p: number): { readonly direction: Float64Array; readonly radius: number } {
  const where = "regularizationPath";
  checkMatrix(where, "rows", rows);
  if (rows.rows === 0 || rows.cols === 0) {
    const fix = "Pass at least one sample with at least one feature.";
    throw new ShapeError(message({ where, expected: "rows must not be empty", got: `${rows.rows} x ${rows.cols}`, fix }));
  }
  checkFinite(where, "rows", rows.data);
  checkMagnitude(where, "rows", rows.data);
  const sum = matvecTransposed(rows, new Float64Array(rows.rows).fill(1 / rows.rows));
  const q = dualExponent(p);
  let most = 0;
  for (let i = 0; i < rows.rows; i++) most = Math.max(most, lpNorm(rows.data.subarray(i * rows.cols, (i + 1) * rows.cols), q));
  const length = lpNorm(sum, q);
  if (!(length > 1e-14 * most)) {
    const fix = "Zero is then the minimiser for every radius; check the labels.";
    throw new DataError(message({ where, expected: "rows must not add up to zero", got: `a sum of size ${length}`, fix }));
  }
  return {
    direction: dualVector(
      sum.map((v) => v / length),
      p,
    ),
    radius: 1 / most,
  };
}

/** The unit vector that a unit vector of the dual norm picks out; for p = 1 the first of them. */
function dualVector(unit: Float64Array, p: number): Float64Array {
  if (p === Number.POSITIVE_INFINITY) return unit.map(Math.sign);
  if (p !== 1) return lpInverseMirrorMap(unit, p);
  const largest = unit.reduce((at, v, j) => (Math.abs(v) > Math.abs(unit[at] as number) ? j : at), 0);
  return unit.map((v, j) => (j === largest ? Math.sign(v) : 0));
}

function spherePathPoint(
  point: SpherePoint,
  {
    radius,
    p,
    tol,
    excess,
    iterations,
  }: {
    readonly radius: number;
    readonly p: number;
    readonly tol: number;
    readonly excess: number | undefined;
    readonly iterations: number;
  },
): RegularizationPathPoint {
  const multiplier = lpNorm(point.at.descent, dualExponent(p));
  return {
    radius,
    status: errorOf(point) <= tol ? "optimal" : "iterationLimit",
    w: point.w,
    onSphere: true,
    logLoss: point.at.logLoss,
    logExcess: excess,
    multiplier,
    gap: point.gap * Math.min(1, radius * multiplier),
    stationarity: point.stationarity,
    iterations,
  };
}

function insidePoint(
  { w, at, stationarity }: FreeMinimum,
  { radius, p, tol }: { readonly radius: number; readonly p: number; readonly tol: number },
): RegularizationPathPoint {
  const multiplier = lpNorm(at.descent, dualExponent(p));
  const gap = Math.abs(radius * multiplier - rowDot(at.descent, 0, w)) / Math.max(1, radius * multiplier);
  return {
    radius,
    status: Math.max(gap, stationarity) <= tol ? "optimal" : "iterationLimit",
    w: w.slice(),
    onSphere: false,
    logLoss: at.logLoss,
    logExcess: Number.NEGATIVE_INFINITY,
    multiplier,
    gap,
    stationarity,
    iterations: 0,
  };
}
