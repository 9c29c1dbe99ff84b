import { type Matrix, matvec, matvecTransposed } from "@attnlab/linalg";

/** Losses of a margin: $\log(1 + e^{-m})$ and $e^{-m}$. */
export const PATH_LOSSES = ["logistic", "exponential"] as const;

/** One of the {@link PATH_LOSSES}. */
export type PathLoss = (typeof PATH_LOSSES)[number];

/** The mean loss at a point, in logarithms: it stays exact where the loss itself is below the smallest number. */
export interface LossAtPoint {
  /** $m_i = a_i w$ */
  readonly margins: Float64Array;
  /** $\log L$ */
  readonly logLoss: number;
  /** $-\ell'(m_i) / \sum_k \ell(m_k)$ */
  readonly slopes: Float64Array;
  /** $\ell''(m_i) / \sum_k \ell(m_k)$ */
  readonly curvatures: Float64Array;
  /** $-\nabla\log L = A^\top \text{slopes}$ */
  readonly descent: Float64Array;
}

/** Evaluates the mean loss of the margins A w. */
export function lossAt(rows: Matrix, w: Float64Array, loss: PathLoss): LossAtPoint {
  const margins = matvec(rows, w);
  const logs = margins.map((m) => logOf(m, loss));
  const most = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const logSum = most + Math.log(logs.reduce((sum, l) => sum + Math.exp(l - most), 0));
  const slopes = margins.map((m) => Math.exp((loss === "logistic" ? -softplus(m) : -m) - logSum));
  const curvatures = loss === "logistic" ? slopes.map((s, i) => s * sigmoid(margins[i] as number)) : slopes;
  return { margins, logLoss: logSum - Math.log(rows.rows), slopes, curvatures, descent: matvecTransposed(rows, slopes) };
}

/** $\log\ell(m)$; for the logistic loss by its series where $e^{-m}$ is below rounding. */
function logOf(m: number, loss: PathLoss): number {
  if (loss === "exponential") return -m;
  return m > 36 ? -m : Math.log(softplus(-m));
}

function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

function sigmoid(x: number): number {
  return x > 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/**
 * $\log(L(w) - L^*)$ against a minimiser: as a sum of $\ell(m) - \ell(m^*) - \ell'(m^*)(m - m^*) \ge 0$ over the samples. At a minimiser the linear terms add up to
 * nothing, and without the cancellation between samples the difference keeps its digits far below the rounding of L.
 */
export function logExcess(margins: Float64Array, minimal: Float64Array, loss: PathLoss): number {
  let sum = 0;
  for (let i = 0; i < margins.length; i++) {
    const from = minimal[i] as number;
    const delta = (margins[i] as number) - from;
    if (loss === "exponential") sum += Math.exp(-from) * (Math.expm1(-delta) + delta);
    else sum += Math.log1p(sigmoid(-from) * Math.expm1(-delta)) + sigmoid(-from) * delta;
  }
  return Math.log(Math.max(sum, 0) / margins.length);
}
