import { isLocallyOptimal, solveAttentionSvm } from "@attnlab/svm";
import type { AttentionProblem } from "./attention-problem.ts";

/** The solved attention SVM of a selection, as the experiments need it. */
export interface SvmDirection {
  /** W, `[d d]`. */
  readonly W: Float64Array;
  /** $\lVert W\rVert_p$. */
  readonly norm: number;
  /** Number of active constraints. */
  readonly support: number;
  readonly locallyOptimal: boolean;
  /** Largest of duality gap and residuals: 0 for an exact solution. */
  readonly error: number;
}

/** Solves the attention SVM of a selection; `undefined` when no W selects these tokens. */
export function svmDirection({ samples, gamma }: AttentionProblem, selected: ArrayLike<number>, p: number): SvmDirection | undefined {
  const solution = solveAttentionSvm({ ...samples, selected }, { p });
  if (solution.status === "infeasible") return undefined;
  return {
    W: solution.W.data,
    norm: solution.primalObjective,
    support: solution.numSupport,
    locallyOptimal: isLocallyOptimal(solution, gamma),
    error: Math.max(solution.gap, ...Object.values(solution.residuals)),
  };
}
