import { optionTable } from "@attnlab/check";
import { lpNorm } from "../norm.ts";
import { axpy, dot } from "../vector.ts";
import { applyOf, checkResult, firstIterate, ITERATIVE_RULES, type IterativeOptions, type LinearOperator } from "./linear-operator.ts";

/** What {@link minres} returns; look at `status` first. */
export interface MinresResult {
  /**
   * `"converged"`: the residual is at most `tol`. `"leastSquares"`: the system has no solution, and the residual `r` is as small as it gets,
   * $\lVert A r\rVert \le$ `tol` $\lVert A\rVert\lVert r\rVert$. `"iterationLimit"`: neither yet. `"breakdown"`: the preconditioner is not
   * positive definite, or a product is not finite.
   */
  readonly status: "converged" | "leastSquares" | "iterationLimit" | "breakdown";
  /** The approximate solution, `[n]`. */
  readonly x: Float64Array;
  /** $\lVert b - A x\rVert_2 / \lVert b\rVert_2$, computed from `x` itself. */
  readonly residual: number;
  /** Products with the operator inside the iteration. */
  readonly iterations: number;
}

const OPTIONS = optionTable("minres", ITERATIVE_RULES);

/**
 * Solves a symmetric system, indefinite or singular too, by the minimal residual method.
 *
 * $\min_x \lVert b - A x\rVert$ over growing Krylov spaces
 *
 * Shapes: `operator [n, n]` or a function of `[n]`, `b [n]` → `x [n]`. With a preconditioner the norm is that of its inverse.
 *
 * @param options.tol - largest relative residual; default `1e-10`.
 * @param options.maxIter - most products with the operator; default ten times n.
 * @param options.start - first iterate; default zeros.
 * @param options.preconditioner - symmetric positive definite approximation of the inverse of |A|; default none.
 * @throws ShapeError when sizes do not agree, or a function returns something else than a vector of length n.
 * @throws DataError when `b` or the matrix holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, minres } from "@attnlab/linalg";
 * const { status, x } = minres(matrix(2, 2, [0, 1, 1, 0]), Float64Array.of(3, 5));
 * status; // => "converged"
 * Array.from(x); // => [5.000, 3.000]
 * ```
 * @see Paige and Saunders 1975; the preconditioned form in Elman, Silvester and Wathen, algorithm 4.1.
 */
export function minres(operator: LinearOperator, b: Float64Array, options?: IterativeOptions): MinresResult {
  const where = "minres";
  const { tol, maxIter, start, preconditioner } = OPTIONS.parse(options);
  const apply = applyOf(where, operator, b);
  const n = b.length;
  const x = firstIterate(where, start, n);
  const size = lpNorm(b, 2);
  if (size === 0) return { status: "converged", x: new Float64Array(n), residual: 0, iterations: 0 };
  const precondition = (r: Float64Array): Float64Array =>
    preconditioner === undefined ? r.slice() : checkResult(where, "preconditioner", preconditioner(r), n);
  const limit = maxIter ?? 10 * n;
  let iterations = 0;
  let previous = Number.POSITIVE_INFINITY;
  for (;;) {
    const r = axpy(-1, apply(x), b.slice());
    const residual = lpNorm(r, 2) / size;
    if (residual <= tol) return { status: "converged", x, residual, iterations };
    // A restart is worth its products only while it gains digits.
    if (iterations >= limit || residual > previous / 2) return { status: "iterationLimit", x, residual, iterations };
    previous = residual;
    const pass = runPass(apply, precondition, { x, r, goal: tol / residual, tol, limit: limit - iterations });
    iterations += pass.iterations;
    if (pass.status === "done") continue;
    const last = lpNorm(axpy(-1, apply(x), b.slice()), 2) / size;
    return { status: last <= tol ? "converged" : pass.status, x, residual: last, iterations };
  }
}

interface Pass {
  /** Changed in place. */
  readonly x: Float64Array;
  readonly r: Float64Array;
  /** Reduction of the residual to aim at. */
  readonly goal: number;
  readonly tol: number;
  readonly limit: number;
}

/** Lanczos vectors, Givens rotations and short recurrences until the estimated residual has fallen by `goal`. */
function runPass(
  apply: (x: Float64Array) => Float64Array,
  precondition: (r: Float64Array) => Float64Array,
  { x, r, goal, tol, limit }: Pass,
): { readonly status: "done" | "leastSquares" | "breakdown"; readonly iterations: number } {
  let [vOld, v]: [Float64Array, Float64Array] = [new Float64Array(r.length), r];
  let [wOld, w]: [Float64Array, Float64Array] = [new Float64Array(r.length), new Float64Array(r.length)];
  let z = precondition(v);
  let gammaOld = 1;
  let gamma = Math.sqrt(dot(z, v));
  if (!(gamma > 0 && gamma < Number.POSITIVE_INFINITY)) return { status: "breakdown", iterations: 0 };
  const first = gamma;
  let eta = gamma;
  let [cosOld, cos, sinOld, sin] = [1, 1, 0, 0];
  let normSquared = 0;
  for (let k = 1; ; k++) {
    const unit = z.map((e) => e / gamma);
    const next = apply(unit).slice();
    const delta = dot(next, unit);
    axpy(-delta / gamma, v, next);
    if (k > 1) axpy(-gamma / gammaOld, vOld, next);
    [vOld, v] = [v, next];
    z = precondition(v);
    const square = dot(z, v);
    if (!(square >= 0 && square < Number.POSITIVE_INFINITY)) return { status: "breakdown", iterations: k };
    [gammaOld, gamma] = [gamma, Math.sqrt(square)];
    const diagonal = cos * delta - cosOld * sin * gammaOld;
    normSquared += delta ** 2 + gammaOld ** 2 * (k > 1 ? 1 : 0) + gamma ** 2;
    // The norm of A r over that of r before this step: zero where no step can help.
    if (Math.hypot(diagonal, cos * gamma) <= tol * Math.sqrt(normSquared)) return { status: "leastSquares", iterations: k };
    const length = Math.hypot(diagonal, gamma);
    const above = sin * delta + cosOld * cos * gammaOld;
    const twoAbove = sinOld * gammaOld;
    [cosOld, cos, sinOld, sin] = [cos, diagonal / length, sin, gamma / length];
    const fresh = unit.map((e, i) => (e - twoAbove * (wOld[i] as number) - above * (w[i] as number)) / length);
    [wOld, w] = [w, fresh];
    axpy(cos * eta, w, x);
    eta *= -sin;
    if (Math.abs(eta) <= goal * first || gamma === 0 || k >= limit) return { status: "done", iterations: k };
  }
}
