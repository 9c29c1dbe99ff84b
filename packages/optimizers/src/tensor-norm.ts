import {
  abs,
  add,
  div,
  greater,
  max,
  maximum,
  mul,
  type Operand,
  pow,
  powAbs,
  sqrt,
  square,
  sum,
  type Tensor,
  where,
} from "@attnlab/graph";
import { times } from "./learning-rate.ts";

/** A tensor split into its largest magnitude, a remainder of magnitude at most 1, and the norm of the remainder. */
export interface ScaledNorm {
  /** $\max|x|$, or 1 where all of $x$ is 0; reduced axes are kept with size 1. */
  readonly largest: Tensor;
  /** $x / \max|x|$. */
  readonly scaled: Tensor;
  /** Norm of `scaled`: between 1 and a power of the size, or 0 where all of $x$ is 0. */
  readonly norm: Tensor;
}

/**
 * The $\ell_r$ norm over some axes as `largest * norm`.
 *
 * Dividing by the largest magnitude first keeps $|x|^r$ in range: for $r = 11$, the dual of $p = 1.1$, float32 would lose
 * every entry below 1e-4 and overflow above 3e3.
 */
export function scaledNorm(x: Tensor, exponent: number, axes: readonly number[]): ScaledNorm {
  const options = { keepDims: true };
  const magnitude = abs(x);
  const peak = axes.length === 0 ? magnitude : max(magnitude, axes, options);
  const largest = where(greater(peak, 0), peak, 1);
  const scaled = div(x, largest);
  if (exponent === Number.POSITIVE_INFINITY) return { largest, scaled, norm: div(peak, largest) };
  const powers = magnitudePower(scaled, exponent);
  const total = axes.length === 0 ? powers : sum(powers, axes, options);
  return { largest, scaled, norm: exponent === 1 ? total : exponent === 2 ? sqrt(total) : pow(total, 1 / exponent) };
}

function magnitudePower(x: Tensor, exponent: number): Tensor {
  if (exponent === 1) return abs(x);
  if (exponent === 2) return square(x);
  // The dual exponent of p = 3: a root and a product take a fifth of the time of a general power.
  if (exponent === 1.5) return mul(abs(x), sqrt(abs(x)));
  return powAbs(x, exponent);
}

/**
 * $c\,x / (\lVert x\rVert_r + \varepsilon)$ over some axes; with $\varepsilon = 0$ a zero tensor stays zero.
 *
 * @param factor - $c$: a number or a float64 scalar.
 */
export function divideByNorm(x: Tensor, exponent: number, axes: readonly number[], eps: number, factor: Operand = 1): Tensor {
  const { largest, scaled, norm } = scaledNorm(x, exponent, axes);
  // The factor joins the norms, which are few, and not the entries, which are many.
  if (eps > 0) return mul(x, times(div(1, add(mul(norm, largest), eps)), factor));
  // The remainder has an entry of magnitude 1, so its norm is at least 1 unless all is zero.
  return mul(scaled, times(div(1, maximum(norm, 1)), factor));
}
