import { numberOption, optionTable } from "@attnlab/check";
import { checkTargets, type TargetRows } from "../multiclass/labelled-data.ts";
import { LINEAR_RULES, type LinearOptions, REGRESSION_LOSS } from "./linear-options.ts";
import { solveLinearSvrDual } from "./linear-svr-dual.ts";
import { rowOperations } from "./sample-rows.ts";
import { certificateOf, type SvmCertificate } from "./svm-certificate.ts";
import { weightedRows } from "./weighted-rows.ts";

/** Options of {@link fitLinearSvr}. */
export interface LinearSvrOptions extends LinearOptions {
  /** Errors up to this size cost nothing, >= 0; default `0`. */
  readonly epsilon?: number;
  /** The excess over epsilon, or its square; default `"epsilonInsensitive"`. */
  readonly loss?: "epsilonInsensitive" | "squaredEpsilonInsensitive";
}

/** A fitted linear regression; plain data, so `JSON.stringify` stores it. */
export interface LinearSvrModel extends SvmCertificate {
  readonly type: "linearSvr";
  readonly numFeatures: number;
  /** w, `[features]`. */
  readonly coef: readonly number[];
  readonly intercept: number;
}

const table = optionTable("fitLinearSvr", {
  ...LINEAR_RULES,
  epsilon: numberOption({ doc: "Errors up to this size cost nothing.", min: 0, default: 0 }),
  loss: REGRESSION_LOSS,
});

/**
 * Fits a linear support vector regression by dual coordinate descent.
 *
 * $\min_w \tfrac12\lVert w\rVert^2 + C\sum_i s_i\,\ell(z_i - \langle w, x_i\rangle - b)$ with $\ell(e) = \max(0, |e| - \varepsilon)$ or its square;
 * b is the weight of a constant feature, times its value, and is penalised with the others (see `interceptScaling`).
 *
 * Shapes: `rows [samples, features]`, `targets [samples]` → `coef [features]`.
 *
 * @param data - rows, dense or sparse, with targets z and sample weights s.
 * @param options.C - price of the losses, > 0; default `1`.
 * @param options.epsilon - errors up to this size cost nothing; default `0`.
 * @param options.loss - `"epsilonInsensitive"` (default) or `"squaredEpsilonInsensitive"`.
 * @param options.tol - largest sum of optimality violations, relative to that at w = 0; default `1e-4`.
 * @param options.maxIter - most passes over the data; default `1000`.
 * @param options.fitIntercept - default `true`.
 * @param options.interceptScaling - value of the constant feature; default `1`.
 * @returns the model with its certificate; not converging is the status `"iterationLimit"`, never an exception.
 * @throws ShapeError when lengths differ or there is no row.
 * @throws DataError on NaN or a negative weight.
 * @throws OptionError on an unknown option or a value out of range.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { fitLinearSvr, predict } from "@attnlab/svm";
 * const model = fitLinearSvr({ rows: matrixFromRows([[0], [1], [2], [3]]), targets: [1, 3, 5, 7] }, { C: 100, tol: 1e-8 });
 * model.status; // => "optimal"
 * predict(model, matrixFromRows([[10]])); // => [21.000]
 * ```
 * @see Ho and Lin 2012, "Large-scale linear support vector regression"; scikit-learn's LinearSVR in its dual form.
 */
export function fitLinearSvr(data: TargetRows, options: LinearSvrOptions = {}): LinearSvrModel {
  const { C, epsilon, loss, tol, maxIter, fitIntercept, interceptScaling } = table.parse(options);
  const { targets, weights } = checkTargets("fitLinearSvr", data);
  const problem = {
    rows: weightedRows(data.rows),
    squaredNorms: rowOperations(data.rows).squaredNorms(),
    targets,
    costs: weights.map((weight) => weight * C),
    squared: loss === "squaredEpsilonInsensitive",
    interceptScaling: fitIntercept ? interceptScaling : 0,
    tol,
    maxIter,
  };
  const solved = solveLinearSvrDual(problem, epsilon);
  return {
    type: "linearSvr",
    numFeatures: data.rows.cols,
    coef: Array.from(solved.coef),
    intercept: solved.intercept,
    ...certificateOf(solved),
  };
}
