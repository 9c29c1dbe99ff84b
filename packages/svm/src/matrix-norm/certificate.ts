import { type Matrix, svd } from "@attnlab/linalg";
import { type ConicPair, type ConicProblem, combine, inner, marginsOf } from "./conic-problem.ts";
import { dualOf, type MatrixNorm, normOf } from "./unitary-norm.ts";

/** A pair scaled to be feasible, with what it proves; every error is relative and 0 at a solution. */
export interface Certificate {
  readonly W: Matrix;
  /** Multipliers with $\lVert\sum_i y_i A_i\rVert_* = 1$ in the dual norm. */
  readonly y: Float64Array;
  readonly primalObjective: number;
  readonly dualObjective: number;
  /** |primal - dual| / primal */
  readonly gap: number;
  /** $\max_i (b_i - \langle A_i, W\rangle)_+ / (|b_i| + \lVert A_i\rVert_F \lVert W\rVert_F)$ */
  readonly primal: number;
  /** $1 - \langle\sum_i y_i A_i, W\rangle/\lVert W\rVert$: 0 exactly when $\sum_i y_i A_i$ is a subgradient of the norm at W. */
  readonly stationarity: number;
  /** $\max_i y_i |\langle A_i, W\rangle - b_i| / \lVert W\rVert$ */
  readonly complementarity: number;
}

/** The largest error of a certificate. */
export function worstOf({ gap, primal, stationarity, complementarity }: Certificate): number {
  return Math.max(gap, primal, stationarity, complementarity);
}

/** Scales y to the dual unit sphere, stretches W to feasibility where that helps, and measures both. */
export function certify(problem: ConicProblem, norm: MatrixNorm, { W, y }: ConicPair): Certificate {
  const M = combine(problem, y);
  const length = normOf(M, dualOf(norm)) || 1;
  const multipliers = y.map((v) => v / length);
  const margins = marginsOf(problem, W);
  const size = normOf(W, norm);
  const plain = measure(problem, { W, y: multipliers, margins, size }, M, length);
  const stretch = factorToFeasible(problem, margins);
  if (stretch === 1) return plain;
  const stretched = measure(
    problem,
    {
      W: { ...W, data: W.data.map((v) => v * stretch) },
      y: multipliers,
      margins: margins.map((v) => v * stretch),
      size: size * stretch,
    },
    M,
    length,
  );
  return worstOf(stretched) <= Math.max(1e-12, worstOf(plain)) ? stretched : plain;
}

function measure(
  { b }: ConicProblem,
  at: { readonly W: Matrix; readonly y: Float64Array; readonly margins: Float64Array; readonly size: number },
  M: Matrix,
  length: number,
): Certificate {
  const { W, y, margins, size } = at;
  const frobenius = Math.sqrt(inner(W.data, W.data));
  let primal = 0;
  let complementarity = 0;
  margins.forEach((margin, i) => {
    const target = b[i] as number;
    primal = Math.max(primal, (target - margin) / (Math.abs(target) + frobenius || 1));
    complementarity = Math.max(complementarity, ((y[i] as number) * Math.abs(margin - target)) / size);
  });
  const dualObjective = inner(b, y);
  const along = inner(M.data, W.data) / length / size;
  return {
    W,
    y,
    primalObjective: size,
    dualObjective,
    gap: Math.abs(size - dualObjective) / size,
    primal,
    stationarity: Math.abs(1 - along),
    complementarity,
  };
}

/** The least factor >= 1 that satisfies every constraint with a positive right-hand side, or 1 when some margin there is not positive. */
function factorToFeasible({ b }: ConicProblem, margins: Float64Array): number {
  let factor = 1;
  for (let i = 0; i < b.length; i++) {
    const target = b[i] as number;
    const margin = margins[i] as number;
    if (target <= 0 || margin >= target) continue;
    if (margin <= 0) return 1;
    factor = Math.max(factor, target / margin);
  }
  // One rounding unit more, so that the products computed from the stretched matrix reach b as well.
  return factor === 1 ? 1 : factor * (1 + Number.EPSILON);
}

/** The largest singular value. */
export function largestSingularValue(W: Matrix): number {
  return svd(W).singularValues[0] as number;
}
