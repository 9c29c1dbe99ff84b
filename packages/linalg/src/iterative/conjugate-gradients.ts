import { optionTable } from "@attnlab/check";
import { lpNorm } from "../norm.ts";
import { axpy, dot } from "../vector.ts";
import { applyOf, checkResult, firstIterate, ITERATIVE_RULES, type IterativeOptions, type LinearOperator } from "./linear-operator.ts";

/** What {@link conjugateGradients} returns; look at `status` first. */
export interface ConjugateGradientsResult {
  /**
   * `"converged"`: the residual is at most `tol`. `"iterationLimit"`: it is not yet. `"breakdown"`: the operator or the preconditioner is not
   * positive definite, or a product is not finite; `x` is the last good iterate.
   */
  readonly status: "converged" | "iterationLimit" | "breakdown";
  /** The approximate solution, `[n]`. */
  readonly x: Float64Array;
  /** $\lVert b - A x\rVert_2 / \lVert b\rVert_2$, computed from `x` itself. */
  readonly residual: number;
  /** Products with the operator inside the iteration. */
  readonly iterations: number;
}

const OPTIONS = optionTable("conjugateGradients", ITERATIVE_RULES);

/**
 * Solves a symmetric positive definite system by (preconditioned) conjugate gradients.
 *
 * $A x = b$, minimising $\tfrac12 x^\top A x - b^\top x$ over growing Krylov spaces
 *
 * Shapes: `operator [n, n]` or a function of `[n]`, `b [n]` → `x [n]`. Exact after n steps but for rounding. The recursive residual is checked
 * against the true one before it counts.
 *
 * @param options.tol - largest relative residual; default `1e-10`.
 * @param options.maxIter - most products with the operator; default ten times n.
 * @param options.start - first iterate; default zeros.
 * @param options.preconditioner - approximate inverse of the operator, for example {@link jacobiPreconditioner}; default none.
 * @throws ShapeError when sizes do not agree, or a function returns something else than a vector of length n.
 * @throws DataError when `b` or the matrix holds NaN or infinities.
 * @example
 * ```ts
 * import { conjugateGradients } from "@attnlab/linalg";
 * const { status, x } = conjugateGradients((v) => v.map((e, i) => (i + 1) * e), Float64Array.of(1, 4, 9));
 * status; // => "converged"
 * Array.from(x); // => [1.000, 2.000, 3.000]
 * ```
 * @see Hestenes and Stiefel 1952; Golub and Van Loan, 4th edition, algorithm 11.5.1.
 */
export function conjugateGradients(operator: LinearOperator, b: Float64Array, options?: IterativeOptions): ConjugateGradientsResult {
  const where = "conjugateGradients";
  const { tol, maxIter, start, preconditioner } = OPTIONS.parse(options);
  const apply = applyOf(where, operator, b);
  const n = b.length;
  const limit = maxIter ?? 10 * n;
  const x = firstIterate(where, start, n);
  const size = lpNorm(b, 2);
  if (size === 0) return { status: "converged", x: new Float64Array(n), residual: 0, iterations: 0 };
  const precondition =
    preconditioner === undefined ? undefined : (r: Float64Array) => checkResult(where, "preconditioner", preconditioner(r), n);
  const trueResidual = (): Float64Array => axpy(-1, apply(x), b.slice());

  let r = start === undefined ? b.slice() : trueResidual();
  let direction: Float64Array | undefined;
  let rz = 0;
  let iterations = 0;
  let checked = Number.POSITIVE_INFINITY;
  const result = (status: ConjugateGradientsResult["status"]): ConjugateGradientsResult => {
    const residual = lpNorm(trueResidual(), 2) / size;
    return { status: residual <= tol ? "converged" : status, x, residual, iterations };
  };
  for (;;) {
    if (lpNorm(r, 2) <= tol * size) {
      // Rounding lets the recursive residual run ahead of the true one: start again from x until they agree.
      r = trueResidual();
      const now = lpNorm(r, 2);
      if (now <= tol * size || now > checked / 2) return result("iterationLimit");
      checked = now;
      direction = undefined;
    }
    if (iterations >= limit) return result("iterationLimit");
    const z = precondition === undefined ? r : precondition(r);
    const next = dot(r, z);
    if (!(next > 0 && next < Number.POSITIVE_INFINITY)) return result("breakdown");
    direction = direction === undefined ? z.slice() : axpy(next / rz, direction, z.slice());
    rz = next;
    const product = apply(direction);
    iterations++;
    const curvature = dot(direction, product);
    if (!(curvature > 0 && curvature < Number.POSITIVE_INFINITY)) return result("breakdown");
    const step = rz / curvature;
    axpy(step, direction, x);
    r = axpy(-step, product, r.slice());
  }
}
