import { optionTable } from "@attnlab/check";
import { PROBABILITY_RULES, probabilityRng } from "../calibration/probability-options.ts";
import { classWeightOption } from "../multiclass/class-weight-option.ts";
import {
  checkNu,
  fitKernelClassifier,
  type KernelClassifier,
  type KernelClassifierOptions,
  MULTICLASS_RULES,
} from "../multiclass/kernel-classifier.ts";
import { type ClassLabel, codeClasses, type LabelledRows } from "../multiclass/labelled-data.ts";
import { resolveKernel } from "./kernel.ts";
import { checkPrecomputed, NU_RULE, SMO_RULES } from "./smo-options.ts";
import { largestNu, trainNuSvc } from "./train-binary.ts";

/** Options of {@link fitNuSvc}. */
export interface NuSvcOptions extends KernelClassifierOptions {
  /** Upper bound on the share of margin errors, lower bound on the share of support vectors, 0 < nu <= 1; default `0.5`. */
  readonly nu?: number;
}

const table = optionTable("fitNuSvc", {
  ...SMO_RULES,
  ...MULTICLASS_RULES,
  ...PROBABILITY_RULES,
  nu: NU_RULE,
  classWeight: classWeightOption,
});

/**
 * Fits a kernel classifier whose share of margin errors is bounded by nu instead of priced by C.
 *
 * $\min_{w,b,\rho} \tfrac12\lVert w\rVert^2 + \sum_i s_i\bigl(\max(0, \rho - y_i(\langle w, \phi(x_i)\rangle + b)) - \nu\rho\bigr)$, the function divided by ρ at the end.
 *
 * Shapes: `rows [samples, features]`, `labels [samples]` → `dualCoef [functions, support vectors]`, `intercept [functions]`.
 *
 * @param data - rows, dense or sparse, with labels and sample weights s.
 * @param options.nu - 0 < nu <= 1, at most twice the smaller class's share; default `0.5`.
 * @param options.kernel - and all other options but C as for `fitSvc`.
 * @returns the model; objectives in its certificates are those of the problem above, before the division.
 * @throws ShapeError when lengths differ or there is no row.
 * @throws DataError on NaN, a negative weight, fewer than two classes, an asymmetric precomputed kernel, or a nu that the class sizes make infeasible.
 * @throws OptionError on an unknown option, a value out of range, or `probability` without `rng`.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { fitNuSvc, predict } from "@attnlab/svm";
 * const data = { rows: matrixFromRows([[0], [1], [3], [4]]), labels: [-1, -1, 1, 1] };
 * const model = fitNuSvc(data, { nu: 0.5, kernel: "linear" });
 * predict(model, matrixFromRows([[-2], [5]])); // => [-1, 1]
 * ```
 * @see Schölkopf, Smola, Williamson and Bartlett 2000; scikit-learn's NuSVC.
 */
export function fitNuSvc<L extends ClassLabel>(data: LabelledRows<L>, options: NuSvcOptions = {}): KernelClassifier<L> {
  const resolved = table.parse(options);
  const { nu, tol, maxIter, cacheMb, shrinking, folds } = resolved;
  const rng = probabilityRng("fitNuSvc", resolved);
  const coded = codeClasses("fitNuSvc", data, resolved.classWeight);
  checkPrecomputed("fitNuSvc", resolved.kernel, data.rows);
  return fitKernelClassifier(data.rows, {
    type: "nuSvc",
    kernel: resolveKernel("fitNuSvc", data.rows, resolved),
    coded,
    C: 1,
    smo: { tol, maxIter, cacheMb, shrinking },
    multiClass: resolved.multiClass,
    decisionFunctionShape: resolved.decisionFunctionShape,
    calibration: rng && { rng, folds },
    // A fold can be less balanced than the whole: there nu is what its classes allow.
    train: (settings, task) => trainNuSvc(settings, task, Math.min(nu, largestNu(task))),
    check: (task, name) => checkNu("fitNuSvc", nu, largestNu(task), name),
  });
}
