import { optionTable } from "@attnlab/check";
import { PROBABILITY_RULES, probabilityRng } from "../calibration/probability-options.ts";
import { classWeightOption } from "../multiclass/class-weight-option.ts";
import {
  fitKernelClassifier,
  type KernelClassifier,
  type KernelClassifierOptions,
  MULTICLASS_RULES,
} from "../multiclass/kernel-classifier.ts";
import { type ClassLabel, codeClasses, type LabelledRows } from "../multiclass/labelled-data.ts";
import { resolveKernel } from "./kernel.ts";
import { COST_RULE, checkPrecomputed, SMO_RULES } from "./smo-options.ts";
import { trainSvc } from "./train-binary.ts";

/** Options of {@link fitSvc}. */
export interface SvcOptions extends KernelClassifierOptions {
  /** Price of the losses against the penalty, > 0; default `1`. */
  readonly C?: number;
}

const table = optionTable("fitSvc", {
  ...SMO_RULES,
  ...MULTICLASS_RULES,
  ...PROBABILITY_RULES,
  C: COST_RULE,
  classWeight: classWeightOption,
});

/**
 * Fits a kernel support vector classifier by sequential minimal optimisation.
 *
 * $\min_{w,b} \tfrac12\lVert w\rVert^2 + C\sum_i s_i \max(0, 1 - y_i(\langle w, \phi(x_i)\rangle + b))$ for every pair of classes, or each class against the rest.
 *
 * Shapes: `rows [samples, features]`, `labels [samples]` → `dualCoef [functions, support vectors]`, `intercept [functions]`.
 *
 * @param data - rows, dense or sparse, with labels and sample weights s.
 * @param options.C - price of the losses, > 0; default `1`.
 * @param options.kernel - `"rbf"` (default), `"linear"`, `"poly"`, `"sigmoid"` or `"precomputed"`, with `gamma`, `degree` and `coef0`.
 * @param options.classWeight - factors on C per class, or `"balanced"`.
 * @param options.multiClass - `"ovo"` (default) or `"ovr"`; predictions of pairs are by vote.
 * @param options.probability - calibrates probabilities with the generator `rng` over `folds` folds.
 * @param options.tol - largest violation of optimality between two multipliers; default `1e-3`.
 * @param options.maxIter - most pairs of multipliers changed per binary problem; default `10_000_000`.
 * @param options.cacheMb - memory for kernel values, in MiB; default `200`.
 * @param options.shrinking - default `true`.
 * @returns the model with its certificates; not converging is the status `"iterationLimit"`, never an exception.
 * @throws ShapeError when lengths differ or there is no row.
 * @throws DataError on NaN, a negative weight, fewer than two classes, or an asymmetric precomputed kernel.
 * @throws OptionError on an unknown option, a value out of range, or `probability` without `rng`.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { fitSvc, predict } from "@attnlab/svm";
 * const xor = { rows: matrixFromRows([[0, 0], [1, 1], [0, 1], [1, 0]]), labels: ["same", "same", "different", "different"] };
 * const model = fitSvc(xor, { C: 10, gamma: 1 });
 * model.status; // => "optimal"
 * predict(model, matrixFromRows([[0.1, 0.9], [0.9, 0.8]])); // => ["different", "same"]
 * ```
 * @see Fan, Chen and Lin 2005 for the working sets; Chang and Lin 2011, "LIBSVM", whose optima these are; scikit-learn's SVC for the names.
 */
export function fitSvc<L extends ClassLabel>(data: LabelledRows<L>, options: SvcOptions = {}): KernelClassifier<L> {
  const resolved = table.parse(options);
  const { tol, maxIter, cacheMb, shrinking, folds } = resolved;
  const rng = probabilityRng("fitSvc", resolved);
  const coded = codeClasses("fitSvc", data, resolved.classWeight);
  checkPrecomputed("fitSvc", resolved.kernel, data.rows);
  return fitKernelClassifier(data.rows, {
    type: "svc",
    kernel: resolveKernel("fitSvc", data.rows, resolved),
    coded,
    C: resolved.C,
    smo: { tol, maxIter, cacheMb, shrinking },
    multiClass: resolved.multiClass,
    decisionFunctionShape: resolved.decisionFunctionShape,
    calibration: rng && { rng, folds },
    train: trainSvc,
  });
}
