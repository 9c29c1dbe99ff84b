/** A differentiable function: its value at x, and its gradient written into `gradient`. */
export type ValueAndGradient = (x: Float64Array, gradient: Float64Array) => number;

/** Options of {@link minimizeBfgs}. */
export interface BfgsOptions {
  /** Most iterations. Default 2000. */
  readonly maxIter?: number;
  /** Ends when the greatest entry of the gradient is at most this. Default 1e-10. */
  readonly tol?: number;
}

/** Where {@link minimizeBfgs} ended. */
export interface BfgsSolution {
  readonly x: Float64Array;
  readonly value: number;
  /** Greatest entry of the gradient. */
  readonly gradientSize: number;
  readonly iterations: number;
  /** `"stalled"`: no step lowers the value any more, which is what rounding, a kink or a saddle does. */
  readonly status: "converged" | "stalled" | "iterationLimit";
}

const DESCENT = 1e-4;
const CURVATURE = 0.9;
const MOST_TRIALS = 60;

/**
 * Minimises a smooth function of a few hundred variables by BFGS with a dense inverse Hessian.
 *
 * The step length satisfies the weak Wolfe conditions, found by doubling and bisection: that needs no second derivative, so
 * functions like $|w|^{1.75}$, whose curvature is infinite at 0, do no harm. An infinite or undefined value counts as too far.
 *
 * Shape: `start [n]`; it is not changed.
 */
export function minimizeBfgs(evaluate: ValueAndGradient, start: Float64Array, options: BfgsOptions = {}): BfgsSolution {
  const { maxIter = 2000, tol = 1e-10 } = options;
  const n = start.length;
  let x: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(n);
  let value = evaluate(x, gradient);
  const inverse = new Float64Array(n * n);
  const direction = new Float64Array(n);
  const moved = new Float64Array(n);
  const turned = new Float64Array(n);
  let fresh = true;
  const result = (iterations: number, status: BfgsSolution["status"]): BfgsSolution => ({
    x,
    value,
    gradientSize: largest(gradient),
    iterations,
    status,
  });
  for (let iteration = 0; iteration < maxIter; iteration++) {
    if (largest(gradient) <= tol) return result(iteration, "converged");
    if (fresh) setIdentity(inverse, n, 1 / Math.max(largest(gradient), 1e-300));
    applySymmetric(inverse, gradient, direction);
    for (let i = 0; i < n; i++) direction[i] = -(direction[i] as number);
    const step = wolfeStep(evaluate, { x, value, gradient, direction });
    if (step === undefined) {
      // With steepest descent there is nothing left to try.
      if (fresh) return result(iteration, "stalled");
      fresh = true;
      continue;
    }
    for (let i = 0; i < n; i++) {
      moved[i] = (step.x[i] as number) - (x[i] as number);
      turned[i] = (step.gradient[i] as number) - (gradient[i] as number);
    }
    ({ x, value, gradient } = step);
    const curvature = inner(moved, turned);
    if (fresh && curvature > 0) setIdentity(inverse, n, curvature / inner(turned, turned));
    fresh = false;
    if (curvature > 0) updateInverse(inverse, moved, turned, curvature);
  }
  return result(maxIter, largest(gradient) <= tol ? "converged" : "iterationLimit");
}

interface Point {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A point along the direction with enough descent and a flatter slope; the best one found when rounding hides the slope. */
function wolfeStep(evaluate: ValueAndGradient, from: Point & { readonly direction: Float64Array }): Point | undefined {
  const { direction } = from;
  const slope = inner(from.gradient, direction);
  if (!(slope < 0)) return undefined;
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let length = 1;
  let best: Point | undefined;
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    const x = from.x.map((value, i) => value + length * (direction[i] as number));
    const gradient = new Float64Array(x.length);
    const value = evaluate(x, gradient);
    if (!(value <= from.value + DESCENT * length * slope)) high = length;
    else {
      if (value < from.value) best = { x, value, gradient };
      if (inner(gradient, direction) >= CURVATURE * slope) break;
      low = length;
    }
    length = high === Number.POSITIVE_INFINITY ? 2 * length : (low + high) / 2;
  }
  return best;
}

function largest(values: Float64Array): number {
  let size = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i] as number);
    if (!(magnitude <= size)) size = magnitude;
  }
  return size;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function setIdentity(matrix: Float64Array, n: number, scale: number): void {
  matrix.fill(0);
  for (let i = 0; i < n; i++) matrix[i * n + i] = scale;
}

function applySymmetric(matrix: Float64Array, x: Float64Array, into: Float64Array): void {
  const n = x.length;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (matrix[i * n + j] as number) * (x[j] as number);
    into[i] = sum;
  }
}

/** $H \leftarrow (I - \rho s y^\top) H (I - \rho y s^\top) + \rho s s^\top$, $\rho = 1/s^\top y$. */
function updateInverse(inverse: Float64Array, s: Float64Array, y: Float64Array, curvature: number): void {
  const n = s.length;
  const product = new Float64Array(n);
  applySymmetric(inverse, y, product);
  const weight = (1 + inner(y, product) / curvature) / curvature;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const at = i * n + j;
      const cross = (product[i] as number) * (s[j] as number) + (s[i] as number) * (product[j] as number);
      inverse[at] = (inverse[at] as number) + weight * (s[i] as number) * (s[j] as number) - cross / curvature;
    }
  }
}
