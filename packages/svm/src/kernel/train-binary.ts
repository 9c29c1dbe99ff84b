import type { SvmCertificate } from "../linear/svm-certificate.ts";
import type { KernelSource } from "./kernel-source.ts";
import { solveSmo } from "./smo.ts";

/** How to solve, whatever the problem. */
export interface SmoSettings {
  readonly source: KernelSource;
  readonly tol: number;
  readonly maxIter: number;
  readonly cacheMb: number;
  readonly shrinking: boolean;
}

/** $f(x) = \sum_s c_s K(x_s, x) + b$ over the rows it was fitted on. */
export interface KernelFunction extends SvmCertificate {
  /** c, one per fitted row. */
  readonly coef: Float64Array;
  readonly intercept: number;
}

/** A binary classification problem on some rows of the source. */
export interface BinaryProblem {
  readonly rows: Int32Array;
  /** +1 or -1 per entry of `rows`. */
  readonly signs: Float64Array;
  /** C times weights for C-SVC, weights alone for nu-SVC, per entry of `rows`. */
  readonly costs: Float64Array;
}

/** C-SVC: $\min_\alpha \tfrac12\alpha^\top Q\alpha - \sum\alpha$, $0 \le \alpha_i \le C_i$, $y^\top\alpha = 0$. */
export function trainSvc(settings: SmoSettings, { rows, signs, costs }: BinaryProblem): KernelFunction {
  const solved = solveSmo({
    ...settings,
    rowOf: rows,
    linear: signs.map((y) => -y),
    lower: costs.map((C, t) => ((signs[t] as number) > 0 ? 0 : -C)),
    upper: costs.map((C, t) => ((signs[t] as number) > 0 ? C : 0)),
    start: new Float64Array(rows.length),
  });
  return { ...solved, coef: solved.beta, intercept: -solved.rho[0] };
}

/** The largest feasible nu of a binary problem: each class must be able to carry half of the multipliers. */
export function largestNu({ signs, costs }: BinaryProblem): number {
  let positive = 0;
  let total = 0;
  costs.forEach((C, t) => {
    total += C;
    if ((signs[t] as number) > 0) positive += C;
  });
  return (2 * Math.min(positive, total - positive)) / total;
}

/** nu-SVC: $\min_\alpha \tfrac12\alpha^\top Q\alpha$, $0 \le \alpha_i \le s_i$, $\sum_{y_i = \pm 1}\alpha_i = \nu\sum s/2$, scaled to margin 1 at the end. */
export function trainNuSvc(settings: SmoSettings, { rows, signs, costs }: BinaryProblem, nu: number): KernelFunction {
  const start = new Float64Array(rows.length);
  const half = (nu * costs.reduce((sum, C) => sum + C, 0)) / 2;
  for (const sign of [1, -1]) {
    let left = half;
    costs.forEach((C, t) => {
      if (signs[t] !== sign) return;
      const share = Math.min(C, left);
      start[t] = sign * share;
      left -= share;
    });
  }
  const { beta, rho, ...certificate } = solveSmo({
    ...settings,
    rowOf: rows,
    linear: new Float64Array(rows.length),
    lower: costs.map((C, t) => ((signs[t] as number) > 0 ? 0 : -C)),
    upper: costs.map((C, t) => ((signs[t] as number) > 0 ? C : 0)),
    start,
    group: Uint8Array.from(signs, (y) => (y > 0 ? 0 : 1)),
  });
  const margin = (rho[0] - rho[1]) / 2;
  // Classes that nothing separates have margin 0: their function stays unscaled.
  const scale = margin > 0 ? 1 / margin : 1;
  return { ...certificate, coef: beta.map((b) => b * scale), intercept: (-scale * (rho[0] + rho[1])) / 2 };
}
