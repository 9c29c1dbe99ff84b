import { portableLog } from "./portable-log.ts";

// ln 2 in two parts: the first has 20 trailing zero bits, so its product with an exponent is exact.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

const view = new DataView(new ArrayBuffer(8));

/** 2^exponent for a normal number. */
function powerOfTwo(exponent: number): number {
  view.setUint32(0, (exponent + 1023) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

/** (e^r - 1) / r by its series, for |r| <= 0.35; the first dropped term is below 2^-60. */
function slope(r: number): number {
  let sum = 1;
  for (let n = 15; n >= 2; n--) sum = 1 + (sum * r) / n;
  return sum;
}

/**
 * Exponential from additions, products and quotients only, so that every engine gives the same bits.
 *
 * $e^x = 2^n e^r$ with $|r| \le \frac12 \ln 2$. Within two units in the last place; 0 below -745 and infinity above 709.78.
 */
export function portableExp(x: number): number {
  if (x < -745.2) return 0;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  const n = Math.floor(x / Math.LN2 + 0.5);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  const half = Math.floor(n / 2);
  // Two factors: the power alone leaves the range of normal numbers at both ends.
  return (1 + r * slope(r)) * powerOfTwo(half) * powerOfTwo(n - half);
}

/** $e^x - 1$ without cancellation near 0, with the same bits on every engine. */
export function portableExpm1(x: number): number {
  return Math.abs(x) < 0.34 ? x * slope(x) : portableExp(x) - 1;
}

/** $\ln(1 + x)$ for x > -1 without cancellation near 0, with the same bits on every engine. */
export function portableLog1p(x: number): number {
  const u = 1 + x;
  // The quotient repairs what rounding 1 + x lost (Kahan).
  return u === 1 ? x : portableLog(u) * (x / (u - 1));
}
