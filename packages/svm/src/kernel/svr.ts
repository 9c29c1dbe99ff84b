import { numberOption, optionTable } from "@attnlab/check";
import type { SampleRows } from "../linear/sample-rows.ts";
import { certificateOf, type SvmCertificate } from "../linear/svm-certificate.ts";
import { checkTargets, type TargetRows } from "../multiclass/labelled-data.ts";
import { type Kernel, resolveKernel } from "./kernel.ts";
import { type KernelExpansion, makeExpansion } from "./kernel-expansion.ts";
import { kernelSource, pairedSource } from "./kernel-source.ts";
import { type SmoSolution, solveSmo } from "./smo.ts";
import { COST_RULE, checkPrecomputed, NU_RULE, SMO_RULES, type SmoOptions } from "./smo-options.ts";
import type { SmoSettings } from "./train-binary.ts";

/** Options of {@link fitSvr}. */
export interface SvrOptions extends SmoOptions {
  /** Price of the losses against the penalty, > 0; default `1`. */
  readonly C?: number;
  /** Errors up to this size cost nothing, >= 0; default `0.1`. */
  readonly epsilon?: number;
}

/** Options of {@link fitNuSvr}. */
export interface NuSvrOptions extends SmoOptions {
  /** Price of the losses against the penalty, > 0; default `1`. */
  readonly C?: number;
  /** Upper bound on the share of errors beyond epsilon, lower bound on the share of support vectors, 0 < nu <= 1; default `0.5`. */
  readonly nu?: number;
}

/** A fitted kernel regression; plain data, so `JSON.stringify` stores it. */
export interface KernelRegressor extends SvmCertificate, KernelExpansion {
  readonly type: "svr" | "nuSvr";
  /** Coefficient of each support vector. */
  readonly dualCoef: readonly number[];
  readonly intercept: number;
  /** The width of the tube: given for `"svr"`, found for `"nuSvr"`. */
  readonly epsilon: number;
}

const svrTable = optionTable("fitSvr", {
  ...SMO_RULES,
  C: COST_RULE,
  epsilon: numberOption({ doc: "Errors up to this size cost nothing.", min: 0, default: 0.1 }),
});
const nuSvrTable = optionTable("fitNuSvr", { ...SMO_RULES, C: COST_RULE, nu: NU_RULE });

/**
 * Fits a kernel support vector regression by sequential minimal optimisation.
 *
 * $\min_{w,b} \tfrac12\lVert w\rVert^2 + C\sum_i s_i\max(0, |z_i - \langle w, \phi(x_i)\rangle - b| - \varepsilon)$
 *
 * Shapes: `rows [samples, features]`, `targets [samples]` → `dualCoef [support vectors]`.
 *
 * @param data - rows, dense or sparse, with targets z and sample weights s.
 * @param options.C - price of the losses, > 0; default `1`.
 * @param options.epsilon - errors up to this size cost nothing; default `0.1`.
 * @param options.kernel - and `gamma`, `degree`, `coef0`, `tol`, `maxIter`, `cacheMb`, `shrinking` as for `fitSvc`.
 * @returns the model with its certificate; not converging is the status `"iterationLimit"`, never an exception.
 * @throws ShapeError when there is no row or lengths differ.
 * @throws DataError on NaN, a negative weight or an asymmetric precomputed kernel.
 * @throws OptionError on an unknown option or a value out of range.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { fitSvr, predict } from "@attnlab/svm";
 * const data = { rows: matrixFromRows([[0], [1], [2], [3]]), targets: [0, 1, 4, 9] };
 * const model = fitSvr(data, { kernel: "poly", degree: 2, gamma: 1, C: 1000, epsilon: 0, tol: 1e-9 });
 * predict(model, matrixFromRows([[5]])).map((value) => Number(value.toFixed(3))); // => [25]
 * ```
 * @see Chang and Lin 2011, "LIBSVM"; scikit-learn's SVR.
 */
export function fitSvr(data: TargetRows, options: SvrOptions = {}): KernelRegressor {
  const resolved = svrTable.parse(options);
  const { C, epsilon } = resolved;
  const { targets, weights } = checkTargets("fitSvr", data);
  checkPrecomputed("fitSvr", resolved.kernel, data.rows);
  const kernel = resolveKernel("fitSvr", data.rows, resolved);
  const solved = solveDoubled(settingsFor(kernel, data.rows, resolved), {
    costs: weights.map((weight) => weight * C),
    above: targets.map((z) => epsilon - z),
    below: targets.map((z) => -epsilon - z),
  });
  return { type: "svr", ...regressor(kernel, data.rows, solved, solved.rho[0]), epsilon };
}

/**
 * Fits a kernel regression whose tube is as wide as nu asks: at most a share nu of the rows lie outside.
 *
 * $\min_{w,b,\varepsilon\ge0} \tfrac12\lVert w\rVert^2 + C\sum_i s_i\bigl(\nu\varepsilon + \max(0, |z_i - \langle w, \phi(x_i)\rangle - b| - \varepsilon)\bigr)$
 *
 * Shapes: `rows [samples, features]`, `targets [samples]` → `dualCoef [support vectors]`.
 *
 * @param data - rows, dense or sparse, with targets z and sample weights s.
 * @param options.nu - 0 < nu <= 1; default `0.5`.
 * @param options.C - and the other options as for `fitSvr`, without epsilon.
 * @returns the model with its certificate and the tube's half width `epsilon`.
 * @throws ShapeError when there is no row or lengths differ.
 * @throws DataError on NaN, a negative weight or an asymmetric precomputed kernel.
 * @throws OptionError on an unknown option or a value out of range.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { fitNuSvr, predict } from "@attnlab/svm";
 * const data = { rows: matrixFromRows([[0], [1], [2], [3]]), targets: [1, 3, 5, 7] };
 * const model = fitNuSvr(data, { kernel: "linear", C: 100, nu: 0.5, tol: 1e-9 });
 * predict(model, matrixFromRows([[10]])).map((value) => Number(value.toFixed(3))); // => [21]
 * ```
 * @see Schölkopf et al. 2000; scikit-learn's NuSVR.
 */
export function fitNuSvr(data: TargetRows, options: NuSvrOptions = {}): KernelRegressor {
  const resolved = nuSvrTable.parse(options);
  const { C, nu } = resolved;
  const { targets, weights } = checkTargets("fitNuSvr", data);
  checkPrecomputed("fitNuSvr", resolved.kernel, data.rows);
  const kernel = resolveKernel("fitNuSvr", data.rows, resolved);
  const costs = weights.map((weight) => weight * C);
  let left = (nu * costs.reduce((sum, cost) => sum + cost, 0)) / 2;
  const start = costs.map((cost) => {
    const share = Math.min(cost, left);
    left -= share;
    return share;
  });
  const slope = targets.map((z) => -z);
  const solved = solveDoubled(settingsFor(kernel, data.rows, resolved), { costs, above: slope, below: slope, start });
  const [above, below] = solved.rho;
  const made = regressor(kernel, data.rows, solved, (above + below) / 2);
  return { type: "nuSvr", ...made, epsilon: Math.max(0, (below - above) / 2) };
}

function settingsFor(kernel: Kernel, rows: SampleRows, { tol, maxIter, cacheMb, shrinking }: Omit<SmoSettings, "source">): SmoSettings {
  return { source: pairedSource(kernelSource(kernel, rows)), tol, maxIter, cacheMb, shrinking };
}

interface DoubledProblem {
  readonly costs: Float64Array;
  /** Linear terms of the multipliers of values above and below the tube. */
  readonly above: Float64Array;
  readonly below: Float64Array;
  /** Both halves start at plus and minus this, as two groups; without it at zero, as one. */
  readonly start?: Float64Array;
}

/** Two variables per row: β >= 0 for a target above the tube, β <= 0 for one below. */
function solveDoubled(settings: SmoSettings, { costs, above, below, start }: DoubledProblem): SmoSolution {
  const n = costs.length;
  const zeros = new Float64Array(n);
  const negative = (values: Float64Array): Float64Array => values.map((v) => -v);
  return solveSmo({
    ...settings,
    rowOf: Int32Array.from({ length: 2 * n }, (_, t) => t % n),
    linear: concat(above, below),
    lower: concat(zeros, negative(costs)),
    upper: concat(costs, zeros),
    start: start === undefined ? new Float64Array(2 * n) : concat(start, negative(start)),
    ...(start === undefined ? {} : { group: Uint8Array.from({ length: 2 * n }, (_, t) => (t < n ? 0 : 1)) }),
  });
}

function concat(first: Float64Array, second: Float64Array): Float64Array {
  const joined = new Float64Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

function regressor(kernel: Kernel, rows: SampleRows, solved: SmoSolution, rho: number): Omit<KernelRegressor, "type" | "epsilon"> {
  const n = rows.rows;
  const coef = solved.beta.slice(0, n).map((b, i) => b + (solved.beta[n + i] as number));
  const supportIndices = Array.from(coef.keys()).filter((i) => coef[i] !== 0);
  return {
    ...makeExpansion(kernel, rows, supportIndices),
    dualCoef: supportIndices.map((i) => coef[i] as number),
    intercept: -rho,
    ...certificateOf(solved),
  };
}
