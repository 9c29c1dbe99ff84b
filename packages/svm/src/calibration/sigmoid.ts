/** A sigmoid $1 / (1 + e^{a f + b})$ of a decision value f. */
export interface Sigmoid {
  readonly a: number;
  readonly b: number;
}

const MAX_NEWTON = 100;
const MIN_STEP = 1e-10;
const RIDGE = 1e-12;
const GRADIENT_TOL = 1e-9;

/**
 * Platt's sigmoid: the a and b of greatest regularised likelihood, by Newton's method with backtracking.
 *
 * Targets are $(N_+ + 1)/(N_+ + 2)$ and $1/(N_- + 2)$ instead of 1 and 0. Lin, Lin and Weng 2007, "A note on Platt's probabilistic outputs", algorithm 1,
 * with a tighter end.
 */
export function fitSigmoid(decisions: ArrayLike<number>, positive: ArrayLike<boolean>): Sigmoid {
  const n = decisions.length;
  let numPositive = 0;
  for (let i = 0; i < n; i++) if (positive[i]) numPositive++;
  const high = (numPositive + 1) / (numPositive + 2);
  const low = 1 / (n - numPositive + 2);
  const target = (i: number): number => (positive[i] ? high : low);
  const loss = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const z = (decisions[i] as number) * a + b;
      // Both forms are t z + log(1 + exp(-z)); each keeps the exponent negative.
      sum += z >= 0 ? target(i) * z + Math.log1p(Math.exp(-z)) : (target(i) - 1) * z + Math.log1p(Math.exp(z));
    }
    return sum;
  };
  let a = 0;
  let b = Math.log((n - numPositive + 1) / (numPositive + 1));
  let value = loss(a, b);
  for (let iteration = 0; iteration < MAX_NEWTON; iteration++) {
    let haa = RIDGE;
    let hbb = RIDGE;
    let hab = 0;
    let ga = 0;
    let gb = 0;
    for (let i = 0; i < n; i++) {
      const f = decisions[i] as number;
      const p = evaluateSigmoid({ a, b }, f);
      const curvature = p * (1 - p);
      haa += f * f * curvature;
      hbb += curvature;
      hab += f * curvature;
      const slope = target(i) - p;
      ga += f * slope;
      gb += slope;
    }
    if (Math.abs(ga) < GRADIENT_TOL && Math.abs(gb) < GRADIENT_TOL) break;
    const determinant = haa * hbb - hab * hab;
    const da = -(hbb * ga - hab * gb) / determinant;
    const db = -(haa * gb - hab * ga) / determinant;
    const slope = ga * da + gb * db;
    let step = 1;
    while (step >= MIN_STEP) {
      const next = loss(a + step * da, b + step * db);
      if (next < value + 1e-4 * step * slope) {
        a += step * da;
        b += step * db;
        value = next;
        break;
      }
      step /= 2;
    }
    if (step < MIN_STEP) break;
  }
  return { a, b };
}

/** The probability that goes with a decision value, without overflow at either end. */
export function evaluateSigmoid({ a, b }: Sigmoid, decision: number): number {
  const z = a * decision + b;
  if (z >= 0) {
    const e = Math.exp(-z);
    return e / (1 + e);
  }
  return 1 / (1 + Math.exp(z));
}
