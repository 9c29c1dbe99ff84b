import { lpMirrorMap, normalize } from "@attnlab/linalg";
import type { AttentionProblem } from "./attention-problem.ts";
import { lossAt } from "./closed-form-loss.ts";
import type { ValueAndGradient } from "./quasi-newton.ts";

/** $W = R\,U/\lVert U\rVert_p$: the point of the sphere that a direction names. */
export function onSphere(U: Float64Array, { radius, p }: { readonly radius: number; readonly p: number }): Float64Array {
  return normalize(U, p).map((u) => radius * u);
}

/**
 * $f(U) = \log\bigl(L(R\,U/\lVert U\rVert_p) - L^*\bigr)$ with the $L^*$ of the optimal tokens, below which no W gets.
 *
 * The logarithm keeps the problem of order one where $L - L^*$ is of the order $e^{-R/\lVert W_{svm}\rVert_p}$ and L itself is flat in
 * float64. With $\hat U = U/\lVert U\rVert_p$ and $g = \nabla L/(L - L^*)$ its gradient is $\tfrac{R}{\lVert U\rVert_p}\bigl(g - \langle g,\hat U\rangle\,\varphi(\hat U)\bigr)$.
 */
export function pathObjective(problem: AttentionProblem, { radius, p }: { readonly radius: number; readonly p: number }): ValueAndGradient {
  return (U, gradient) => {
    if (!U.every(Number.isFinite) || U.every((u) => u === 0)) return Number.NaN;
    const unit = normalize(U, p);
    const { excess, gradient: slope } = lossAt(
      problem,
      unit.map((u) => radius * u),
      problem.optimal,
    );
    const normal = lpMirrorMap(unit, p);
    let length = 0;
    let outward = 0;
    for (let i = 0; i < U.length; i++) {
      length += (U[i] as number) * (normal[i] as number);
      outward += (slope[i] as number) * (unit[i] as number);
    }
    const scale = radius / length / excess;
    for (let i = 0; i < U.length; i++) gradient[i] = scale * ((slope[i] as number) - outward * (normal[i] as number));
    return Math.log(excess);
  };
}
