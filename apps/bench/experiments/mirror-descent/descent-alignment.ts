import { dualNorm, lpNorm } from "@attnlab/linalg";

/**
 * $-\langle G, W\rangle / (\lVert G\rVert_q \lVert W\rVert_p)$, from −1 to 1 by Hölder's inequality: 1 exactly when the steepest
 * descent of the $\ell_p$ norm at a gradient G goes along W.
 */
export function descentAlignment(gradient: Float64Array, W: Float64Array, p: number): number {
  let product = 0;
  for (let i = 0; i < W.length; i++) product += (gradient[i] as number) * (W[i] as number);
  return -product / (dualNorm(gradient, p) * lpNorm(W, p));
}
