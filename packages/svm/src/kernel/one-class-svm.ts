import { optionTable } from "@attnlab/check";
import { checkFields, checkKnown } from "../check-input.ts";
import { checkRows, type SampleRows } from "../linear/sample-rows.ts";
import { certificateOf, type SvmCertificate } from "../linear/svm-certificate.ts";
import { checkedWeights, DATA_FIELDS } from "../multiclass/labelled-data.ts";
import { resolveKernel } from "./kernel.ts";
import { type KernelExpansion, makeExpansion } from "./kernel-expansion.ts";
import { kernelSource } from "./kernel-source.ts";
import { solveSmo } from "./smo.ts";
import { checkPrecomputed, NU_RULE, SMO_RULES, type SmoOptions } from "./smo-options.ts";

/** Samples without labels. */
export interface UnlabelledRows {
  /** `[samples, features]`, dense or sparse. */
  readonly rows: SampleRows;
  /** Weight of each row, >= 0; default 1 everywhere. */
  readonly sampleWeight?: ArrayLike<number>;
}

/** Options of {@link fitOneClassSvm}. */
export interface OneClassSvmOptions extends SmoOptions {
  /** Upper bound on the share of outliers among the fitted rows, 0 < nu <= 1; default `0.5`. */
  readonly nu?: number;
}

/** A fitted one-class machine; plain data, so `JSON.stringify` stores it. */
export interface OneClassSvmModel extends SvmCertificate, KernelExpansion {
  readonly type: "oneClassSvm";
  /** Multiplier of each support vector. */
  readonly dualCoef: readonly number[];
  readonly intercept: number;
}

const table = optionTable("fitOneClassSvm", { ...SMO_RULES, nu: NU_RULE });

/**
 * Fits a one-class machine: a function that is positive where the data are dense.
 *
 * $\min_\alpha \tfrac12\alpha^\top K\alpha$, $0 \le \alpha_i \le s_i$, $\sum_i\alpha_i = \nu\sum_i s_i$; $f(x) = \sum_i\alpha_i K(x_i, x) - \rho$.
 *
 * Shapes: `rows [samples, features]` → `dualCoef [support vectors]`.
 *
 * @param data - rows, dense or sparse, with sample weights s.
 * @param options.nu - upper bound on the share of outliers, 0 < nu <= 1; default `0.5`.
 * @param options.kernel - and `gamma`, `degree`, `coef0`, `tol`, `maxIter`, `cacheMb`, `shrinking` as for `fitSvc`.
 * @returns the model with its certificate; not converging is the status `"iterationLimit"`, never an exception.
 * @throws ShapeError when there is no row or lengths differ.
 * @throws DataError on NaN, a negative weight or an asymmetric precomputed kernel.
 * @throws OptionError on an unknown option or a value out of range.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { fitOneClassSvm, predict } from "@attnlab/svm";
 * const rows = matrixFromRows([[-0.2], [-0.1], [0], [0.1], [0.2]]);
 * const model = fitOneClassSvm({ rows }, { nu: 0.2, gamma: 1, tol: 1e-6 });
 * predict(model, matrixFromRows([[0.05], [4]])); // => [1, -1]
 * ```
 * @see Schölkopf et al. 2001; scikit-learn's OneClassSVM.
 */
export function fitOneClassSvm(data: UnlabelledRows, options: OneClassSvmOptions = {}): OneClassSvmModel {
  const resolved = table.parse(options);
  const { nu, tol, maxIter, cacheMb, shrinking } = resolved;
  checkFields("fitOneClassSvm", "data", data, ["rows"]);
  checkKnown("fitOneClassSvm", "data", data, DATA_FIELDS);
  checkRows("fitOneClassSvm", data.rows);
  const weights = checkedWeights("fitOneClassSvm", data.sampleWeight, data.rows.rows);
  checkPrecomputed("fitOneClassSvm", resolved.kernel, data.rows);
  const kernel = resolveKernel("fitOneClassSvm", data.rows, resolved);
  let left = nu * weights.reduce((sum, weight) => sum + weight, 0);
  const start = weights.map((weight) => {
    const share = Math.min(weight, left);
    left -= share;
    return share;
  });
  const { beta, rho, ...certificate } = solveSmo({
    source: kernelSource(kernel, data.rows),
    rowOf: Int32Array.from(weights.keys()),
    linear: new Float64Array(weights.length),
    lower: new Float64Array(weights.length),
    upper: weights,
    start,
    tol,
    maxIter,
    cacheMb,
    shrinking,
  });
  const supportIndices = Array.from(beta.keys()).filter((i) => beta[i] !== 0);
  return {
    type: "oneClassSvm",
    ...makeExpansion(kernel, data.rows, supportIndices),
    dualCoef: supportIndices.map((i) => beta[i] as number),
    intercept: -rho[0],
    ...certificateOf(certificate),
  };
}
