import { OptionError, optionTable, problem } from "@attnlab/check";
import { crossValidatedSigmoid } from "../calibration/cross-validated-sigmoid.ts";
import { PROBABILITY_RULES, type ProbabilityOptions, probabilityRng } from "../calibration/probability-options.ts";
import { classWeightOption } from "../multiclass/class-weight-option.ts";
import { type ClassLabel, type ClassWeight, codeClasses, type LabelledRows } from "../multiclass/labelled-data.ts";
import type { LinearSolution } from "./dual-coordinate-descent.ts";
import { solveLinearSvcL1 } from "./l1-coordinate-descent.ts";
import { CLASSIFICATION_LOSS, LINEAR_RULES, type LinearOptions, PENALTY } from "./linear-options.ts";
import { solveLinearSvcDual } from "./linear-svc-dual.ts";
import { rowOperations, type SampleRows } from "./sample-rows.ts";
import { certificateOf, combineCertificates, type SvmCertificate } from "./svm-certificate.ts";
import { columnsAsRows } from "./transpose-csr.ts";
import { weightedRows } from "./weighted-rows.ts";

/** Options of {@link fitLinearSvc}. */
export interface LinearSvcOptions extends LinearOptions, ProbabilityOptions {
  /** Loss of a margin below 1, or its square; default `"squaredHinge"`. */
  readonly loss?: "hinge" | "squaredHinge";
  /** Half the squared l2 norm, or the l1 norm, which leaves few features; default `"l2"`. `"l1"` goes with the squared hinge. */
  readonly penalty?: "l1" | "l2";
  /** Factors on C per class; default 1 each. */
  readonly classWeight?: ClassWeight;
}

/** A fitted linear classifier; plain data, so `JSON.stringify` stores it. Its certificate sums over `problems`. */
export interface LinearSvcModel<L extends ClassLabel = ClassLabel> extends SvmCertificate {
  readonly type: "linearSvc";
  readonly numFeatures: number;
  /** Ascending. */
  readonly classes: readonly L[];
  /** Weights, one row per function: one for two classes (positive means `classes[1]`), else one for each class against the rest. */
  readonly coef: readonly (readonly number[])[];
  /** One per row of `coef`. */
  readonly intercept: readonly number[];
  /** Certificate of each binary problem, in the order of `coef`. */
  readonly problems: readonly SvmCertificate[];
  /** With `probability: true`: the sigmoid $1/(1 + e^{a f + b})$ of each function, its a. */
  readonly probA?: readonly number[];
  /** And its b. */
  readonly probB?: readonly number[];
}

const table = optionTable("fitLinearSvc", {
  ...LINEAR_RULES,
  ...PROBABILITY_RULES,
  loss: CLASSIFICATION_LOSS,
  penalty: PENALTY,
  classWeight: classWeightOption,
});

/**
 * Fits a linear support vector classifier by coordinate descent, one class against the rest when there are more than two.
 *
 * $\min_w \Omega(w) + C\sum_i s_i\,\ell(1 - y_i(\langle w, x_i\rangle + b))$ with $\Omega = \tfrac12\lVert\cdot\rVert_2^2$ or $\lVert\cdot\rVert_1$ and
 * $\ell(m) = \max(0, m)$ or its square; b is the weight of a constant feature, times its value, and is penalised with the others (see
 * `interceptScaling`), as in liblinear.
 *
 * Shapes: `rows [samples, features]`, `labels [samples]` → `coef [1 or classes, features]`.
 *
 * @param data - rows, dense or sparse, with labels and sample weights s.
 * @param options.C - price of the losses, > 0; default `1`.
 * @param options.loss - `"squaredHinge"` (default) or `"hinge"`.
 * @param options.penalty - `"l2"` (default) or `"l1"`.
 * @param options.classWeight - factors on C per class, or `"balanced"`.
 * @param options.tol - l2: largest spread of the projected dual gradient; l1: largest sum of optimality violations, relative to
 *   that at w = 0 times the rarer class's share of the rows; default `1e-4`.
 * @param options.maxIter - most passes over the data for each binary problem; default `1000`.
 * @param options.fitIntercept - default `true`.
 * @param options.interceptScaling - value of the constant feature; default `1`.
 * @param options.probability - calibrates probabilities with the generator `rng` over `folds` folds.
 * @returns the model with its certificates; not converging is the status `"iterationLimit"`, never an exception.
 * @throws ShapeError when lengths differ or there is no row.
 * @throws DataError on NaN, a negative weight, or fewer than two classes.
 * @throws OptionError on an unknown option, a value out of range, the l1 penalty with the hinge, or `probability` without `rng`.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { fitLinearSvc, predict } from "@attnlab/svm";
 * const data = { rows: matrixFromRows([[0, 1], [1, 0], [4, 5], [5, 4]]), labels: ["ham", "ham", "spam", "spam"] };
 * const model = fitLinearSvc(data);
 * model.status; // => "optimal"
 * predict(model, matrixFromRows([[6, 6], [0, 0]])); // => ["spam", "ham"]
 * ```
 * @see Hsieh et al. 2008 (l2 penalty), Yuan et al. 2010 (l1 penalty); scikit-learn's LinearSVC, which minimises the same function.
 */
export function fitLinearSvc<L extends ClassLabel>(data: LabelledRows<L>, options: LinearSvcOptions = {}): LinearSvcModel<L> {
  const resolved = table.parse(options);
  const { C, tol, maxIter, loss, penalty, folds } = resolved;
  if (penalty === "l1" && loss === "hinge") {
    const fix = 'Use loss: "squaredHinge" with penalty: "l1".';
    throw new OptionError(
      problem({ where: "fitLinearSvc", expected: 'penalty "l1" must go with the squared hinge', got: 'loss "hinge"', fix }),
    );
  }
  const rng = probabilityRng("fitLinearSvc", resolved);
  const { classes, codes, weights } = codeClasses("fitLinearSvc", data, resolved.classWeight);
  const interceptScaling = resolved.fitIntercept ? resolved.interceptScaling : 0;
  const solve = binarySolver(data.rows, { squared: loss === "squaredHinge", penalty, interceptScaling, tol, maxIter });
  const costs = weights.map((weight) => weight * C);
  const signsOf = (positive: number): Float64Array => Float64Array.from(codes, (code) => (code === positive ? 1 : -1));
  const positives = classes.length === 2 ? [1] : classes.map((_, k) => k);
  const solved = positives.map((positive) => solve(signsOf(positive), costs));
  const { dot } = rowOperations(data.rows);
  const sigmoids =
    rng === undefined
      ? undefined
      : positives.map((positive) => {
          const signs = signsOf(positive);
          const rows = Int32Array.from(codes.keys()).filter((i) => (costs[i] as number) > 0);
          const signsOfRows = Float64Array.from(rows, (i) => signs[i] as number);
          return crossValidatedSigmoid(rows, signsOfRows, folds, rng, (train) => {
            const { coef, intercept } = solve(signs, onlyThese(costs, train));
            return (row) => dot(row, coef) + intercept;
          });
        });
  const problems = solved.map(certificateOf);
  return {
    type: "linearSvc",
    numFeatures: data.rows.cols,
    classes,
    coef: solved.map(({ coef }) => Array.from(coef)),
    intercept: solved.map(({ intercept }) => intercept),
    ...combineCertificates(problems),
    problems,
    ...(sigmoids === undefined ? {} : { probA: sigmoids.map(({ a }) => a), probB: sigmoids.map(({ b }) => b) }),
  };
}

/** Costs with all rows but the listed ones priced at zero. */
function onlyThese(costs: Float64Array, rows: Int32Array): Float64Array {
  const kept = new Float64Array(costs.length);
  for (const i of rows) kept[i] = costs[i] as number;
  return kept;
}

interface BinaryOptions {
  readonly squared: boolean;
  readonly penalty: "l1" | "l2";
  readonly interceptScaling: number;
  readonly tol: number;
  readonly maxIter: number;
}

/** A solver for many labellings of the same rows. */
function binarySolver(rows: SampleRows, options: BinaryOptions): (signs: Float64Array, costs: Float64Array) => LinearSolution {
  const { squared, penalty, ...shared } = options;
  if (penalty === "l1") {
    const features = columnsAsRows(rows, shared.interceptScaling);
    return (signs, costs) => solveLinearSvcL1({ features, signs, costs, ...shared });
  }
  const weighted = weightedRows(rows);
  const squaredNorms = rowOperations(rows).squaredNorms();
  return (targets, costs) => solveLinearSvcDual({ rows: weighted, squaredNorms, targets, costs, squared, ...shared });
}
