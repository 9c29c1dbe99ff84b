// ln 2 in two parts: the first has 20 trailing zero bits, so its product with an exponent is exact.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

const view = new DataView(new ArrayBuffer(8));

/**
 * Natural logarithm from additions, products and one quotient only, so that every engine gives the same bits; `Math.log` may
 * differ in the last place between engines.
 *
 * $\ln(2^e m) = e \ln 2 + 2\,\mathrm{artanh}\frac{m-1}{m+1}$ with $m \in [\sqrt{1/2}, \sqrt 2]$; the series ends below
 * $2^{-60}$. Within two units in the last place for normal positive `x`; other arguments are outside its contract.
 */
export function portableLog(x: number): number {
  view.setFloat64(0, x);
  const high = view.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  view.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let m = view.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    exponent += 1;
  }
  const s = (m - 1) / (m + 1);
  const t = s * s;
  let sum = 1 / 25;
  for (let odd = 23; odd >= 1; odd -= 2) sum = sum * t + 1 / odd;
  return exponent * LN2_HIGH + (2 * s * sum + exponent * LN2_LOW);
}
