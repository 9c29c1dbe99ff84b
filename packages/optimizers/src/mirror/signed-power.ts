import { abs, mul, powAbs, sign, sqrt, square, type Tensor } from "@attnlab/graph";

/**
 * $\operatorname{sign}(x)\,|x|^e$ for $e > 0$, with 0 at 0.
 *
 * Small whole exponents are products: the inverse map at p = 1.1 is a tenth power, for which `pow` would take several
 * times as long on every weight. $1/(p-1)$ rounds to a neighbour of the whole number; the difference is below the rounding of the power.
 */
export function signedPower(x: Tensor, exponent: number): Tensor {
  if (exponent === 1) return x;
  if (exponent === 0.5) return mul(sign(x), sqrt(abs(x)));
  const whole = Math.round(exponent);
  if (whole < 2 || whole > 16 || Math.abs(exponent - whole) > 1e-14 * whole) return mul(sign(x), powAbs(x, exponent));
  // An odd power keeps the sign by itself; an even one is the odd power below it, times |x|.
  return whole % 2 === 1 ? wholePower(x, whole) : mul(wholePower(x, whole - 1), abs(x));
}

function wholePower(x: Tensor, exponent: number): Tensor {
  if (exponent === 1) return x;
  const root = square(wholePower(x, Math.floor(exponent / 2)));
  return exponent % 2 === 0 ? root : mul(root, x);
}
