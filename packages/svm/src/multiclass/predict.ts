import { DataError, problem, UsageError } from "@attnlab/check";
import type { Matrix } from "@attnlab/linalg";
import { couplePairs } from "../calibration/couple-pairs.ts";
import { evaluateSigmoid } from "../calibration/sigmoid.ts";
import { forEachKernelRow } from "../kernel/kernel-expansion.ts";
import type { OneClassSvmModel } from "../kernel/one-class-svm.ts";
import type { KernelRegressor } from "../kernel/svr.ts";
import type { LinearSvcModel } from "../linear/linear-svc.ts";
import type { LinearSvrModel } from "../linear/linear-svr.ts";
import { checkRowsFor, rowOperations, type SampleRows } from "../linear/sample-rows.ts";
import { checkModel } from "./check-model.ts";
import type { KernelClassifier } from "./kernel-classifier.ts";
import type { ClassLabel } from "./labelled-data.ts";

/** A fitted classifier. */
export type SvmClassifier<L extends ClassLabel = ClassLabel> = LinearSvcModel<L> | KernelClassifier<L>;

/** A fitted regression. */
export type SvmRegressor = LinearSvrModel | KernelRegressor;

/** Anything the fit functions of soft-margin machines return. */
export type SvmModel<L extends ClassLabel = ClassLabel> = SvmClassifier<L> | SvmRegressor | OneClassSvmModel;

/**
 * Evaluates a model's functions before any threshold.
 *
 * Shape: `rows [rows, features]` → `[rows, functions]`: one column for two classes (positive means `classes[1]`), for regression and for one-class
 * machines (positive means inlier); one per class for more classes, or one per pair for a one-vs-one model with `decisionFunctionShape: "ovo"`.
 *
 * @param model - what a fit function returned, or its copy out of JSON.
 * @param rows - dense or sparse; kernel values to the fitted samples when the kernel is precomputed.
 * @throws ShapeError when the columns are not those of the fitted data.
 * @throws DataError on NaN, or features so large that a value overflows.
 * @throws UsageError when `model` is no fitted model.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { decisionFunction, fitSvc } from "@attnlab/svm";
 * const model = fitSvc({ rows: matrixFromRows([[-1], [1]]), labels: [0, 1] }, { kernel: "linear" });
 * Array.from(decisionFunction(model, matrixFromRows([[0], [2]])).data, (f) => f.toFixed(2)); // => ["0.00", "2.00"]
 * ```
 */
export function decisionFunction(model: SvmModel, rows: SampleRows): Matrix {
  const values = functionValues("decisionFunction", model, rows);
  if (!isPairwise(model) || model.decisionFunctionShape === "ovo") return values;
  return votesAsScores(values, model.classes.length);
}

/**
 * Predicts the class, the value, or 1 for an inlier and -1 for an outlier, of every row.
 *
 * Shape: `rows [rows, features]` → `[rows]`.
 *
 * @param model - what a fit function returned, or its copy out of JSON.
 * @param rows - dense or sparse; kernel values to the fitted samples when the kernel is precomputed.
 * @returns classes of a classifier, by vote for pairs of classes and by the largest function otherwise; numbers otherwise.
 * @throws ShapeError when the columns are not those of the fitted data.
 * @throws DataError on NaN, or features so large that a value overflows.
 * @throws UsageError when `model` is no fitted model.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { fitLinearSvc, predict } from "@attnlab/svm";
 * const model = fitLinearSvc({ rows: matrixFromRows([[-1], [1]]), labels: ["left", "right"] });
 * predict(JSON.parse(JSON.stringify(model)), matrixFromRows([[3]])); // => ["right"]
 * ```
 */
export function predict<L extends ClassLabel>(model: SvmClassifier<L>, rows: SampleRows): L[];
export function predict(model: SvmRegressor | OneClassSvmModel, rows: SampleRows): number[];
export function predict<L extends ClassLabel>(model: SvmModel<L>, rows: SampleRows): L[] | number[];
export function predict<L extends ClassLabel>(model: SvmModel<L>, rows: SampleRows): L[] | number[] {
  const values = functionValues("predict", model, rows);
  if (!isClassifier(model)) return Array.from(values.data, (f) => (model.type === "oneClassSvm" ? (f > 0 ? 1 : -1) : f));
  const { classes } = model;
  const scores = isPairwise(model) ? votes(values, classes.length) : values;
  return Array.from({ length: rows.rows }, (_, i) => {
    const row = scores.data.subarray(i * scores.cols, (i + 1) * scores.cols);
    return classes[scores.cols === 1 ? ((row[0] as number) > 0 ? 1 : 0) : largest(row)] as L;
  });
}

/**
 * Calibrated probabilities of the classes.
 *
 * Two classes: the sigmoid of the decision value. One-vs-one: the pairs' sigmoids coupled by the second method of Wu, Lin and Weng. One-vs-rest: the
 * sigmoids divided by their sum. The most probable class can differ from {@link predict}, which does not look at the sigmoids.
 *
 * Shape: `rows [rows, features]` → `[rows, classes]`, columns in the order of `model.classes`.
 *
 * @param model - a classifier fitted with `probability: true`.
 * @throws UsageError when the model has no probabilities.
 * @throws ShapeError when the columns are not those of the fitted data.
 * @throws DataError on NaN, or features so large that a value overflows.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { createRng } from "@attnlab/random";
 * import { fitLinearSvc, predictProbability } from "@attnlab/svm";
 * const rows = matrixFromRows([[-3], [-2], [-1], [-2.5], [1], [2], [3], [2.5]]);
 * const model = fitLinearSvc({ rows, labels: [0, 0, 0, 0, 1, 1, 1, 1] }, { probability: true, rng: createRng(1), folds: 2 });
 * const [negative = 0, positive = 0] = predictProbability(model, matrixFromRows([[5]])).data;
 * [negative < 0.2, positive > 0.8]; // => [true, true]
 * ```
 * @see Platt 2000; Lin, Lin and Weng 2007; Wu, Lin and Weng 2004.
 */
export function predictProbability(model: SvmClassifier, rows: SampleRows): Matrix {
  checkModel("predictProbability", model);
  const { probA, probB, classes } = model;
  if (probA === undefined || probB === undefined) {
    const fix = "Fit a classifier with probability: true and rng: createRng(seed).";
    throw new UsageError(
      problem({ where: "predictProbability", expected: "the model must be calibrated", got: "a model without probA", fix }),
    );
  }
  const values = functionValues("predictProbability", model, rows);
  const count = classes.length;
  const data = new Float64Array(rows.rows * count);
  const pairs = new Float64Array(count * count);
  for (let i = 0; i < rows.rows; i++) {
    const own = values.data.subarray(i * values.cols, (i + 1) * values.cols);
    const chances = own.map((f, k) => evaluateSigmoid({ a: probA[k] as number, b: probB[k] as number }, f));
    const out = data.subarray(i * count, (i + 1) * count);
    if (count === 2) {
      out[1] = chances[0] as number;
      out[0] = 1 - (chances[0] as number);
    } else if (isPairwise(model)) {
      fillPairs(chances, count, pairs);
      couplePairs(pairs, out);
    } else {
      const sum = chances.reduce((total, p) => total + p, 0);
      out.set(chances.map((p) => (sum > 0 ? p / sum : 1 / count)));
    }
  }
  return { rows: rows.rows, cols: count, data };
}

/** libsvm keeps the chances of pairs away from 0 and 1, where the coupling has no unique answer. */
const LEAST_CHANCE = 1e-7;

function fillPairs(chances: Float64Array, count: number, pairs: Float64Array): void {
  let at = 0;
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const chance = Math.min(Math.max(chances[at++] as number, LEAST_CHANCE), 1 - LEAST_CHANCE);
      pairs[i * count + j] = chance;
      pairs[j * count + i] = 1 - chance;
    }
  }
}

/** Whether the model predicts classes. */
export function isClassifier<L extends ClassLabel>(model: SvmModel<L>): model is SvmClassifier<L> {
  return model.type === "linearSvc" || model.type === "svc" || model.type === "nuSvc";
}

/** Whether the model votes over pairs of three or more classes. */
export function isPairwise(model: SvmModel): model is KernelClassifier & { readonly multiClass: "ovo" } {
  return (model.type === "svc" || model.type === "nuSvc") && model.multiClass === "ovo" && model.classes.length > 2;
}

function functionValues(where: string, model: SvmModel, rows: SampleRows): Matrix {
  checkModel(where, model);
  checkRowsFor(where, rows, model.numFeatures);
  const values = rawValues(model, rows);
  const at = values.data.findIndex((v) => !Number.isFinite(v));
  if (at < 0) return values;
  const fix = "Pass features in the units the model was fitted on.";
  const got = `${values.data[at]} for row ${Math.floor(at / values.cols)}`;
  throw new DataError(problem({ where, expected: "decision values must be finite", got, fix }));
}

function rawValues(model: SvmModel, rows: SampleRows): Matrix {
  switch (model.type) {
    case "linearSvc":
      return linearValues(rows, model.coef, model.intercept);
    case "linearSvr":
      return linearValues(rows, [model.coef], [model.intercept]);
    case "svc":
    case "nuSvc":
      return isPairwise(model) ? pairValues(model, rows) : expansionValues(model, model.dualCoef, model.intercept, rows);
    default:
      return expansionValues(model, [model.dualCoef], [model.intercept], rows);
  }
}

function linearValues(rows: SampleRows, coef: readonly (readonly number[])[], intercept: readonly number[]): Matrix {
  const { dot } = rowOperations(rows);
  const weights = coef.map((line) => Float64Array.from(line));
  const data = new Float64Array(rows.rows * weights.length);
  for (let i = 0; i < rows.rows; i++) {
    weights.forEach((w, k) => {
      data[i * weights.length + k] = dot(i, w) + (intercept[k] as number);
    });
  }
  return { rows: rows.rows, cols: weights.length, data };
}

function expansionValues(
  model: KernelClassifier | KernelRegressor | OneClassSvmModel,
  dualCoef: readonly (readonly number[])[],
  intercept: readonly number[],
  rows: SampleRows,
): Matrix {
  const lines = dualCoef.map((line) => Float64Array.from(line));
  const data = new Float64Array(rows.rows * lines.length);
  forEachKernelRow(model, rows, (values, i) => {
    lines.forEach((line, k) => {
      let sum = intercept[k] as number;
      for (let s = 0; s < line.length; s++) sum += (line[s] as number) * (values[s] as number);
      data[i * lines.length + k] = sum;
    });
  });
  return { rows: rows.rows, cols: lines.length, data };
}

function pairValues(model: KernelClassifier, rows: SampleRows): Matrix {
  const { classes, numSupport, intercept } = model;
  const lines = model.dualCoef.map((line) => Float64Array.from(line));
  const starts = [0];
  for (const count of numSupport) starts.push((starts.at(-1) as number) + count);
  const cols = intercept.length;
  const data = new Float64Array(rows.rows * cols);
  forEachKernelRow(model, rows, (values, row) => {
    const partial = (line: number, of: number): number => {
      const coef = lines[line] as Float64Array;
      let sum = 0;
      for (let s = starts[of] as number; s < (starts[of + 1] as number); s++) sum += (coef[s] as number) * (values[s] as number);
      return sum;
    };
    let pair = 0;
    for (let i = 0; i < classes.length; i++) {
      for (let j = i + 1; j < classes.length; j++) {
        data[row * cols + pair] = partial(j - 1, i) + partial(i, j) + (intercept[pair] as number);
        pair++;
      }
    }
  });
  return { rows: rows.rows, cols, data };
}

/** Votes per class; a pair's value of exactly 0 counts for its second class, as in libsvm. */
function votes(values: Matrix, count: number): Matrix {
  const data = new Float64Array(values.rows * count);
  for (let row = 0; row < values.rows; row++) {
    let pair = row * values.cols;
    for (let i = 0; i < count; i++) {
      for (let j = i + 1; j < count; j++) {
        const winner = row * count + ((values.data[pair++] as number) > 0 ? i : j);
        data[winner] = (data[winner] as number) + 1;
      }
    }
  }
  return { rows: values.rows, cols: count, data };
}

/** Votes plus the summed confidence, squeezed into less than a third of a vote, as in scikit-learn. */
function votesAsScores(values: Matrix, count: number): Matrix {
  const scores = votes(values, count);
  for (let row = 0; row < values.rows; row++) {
    const confidence = new Float64Array(count);
    let pair = row * values.cols;
    for (let i = 0; i < count; i++) {
      for (let j = i + 1; j < count; j++) {
        const f = values.data[pair++] as number;
        confidence[i] = (confidence[i] as number) + f;
        confidence[j] = (confidence[j] as number) - f;
      }
    }
    confidence.forEach((sum, k) => {
      const at = row * count + k;
      scores.data[at] = (scores.data[at] as number) + sum / (3 * (Math.abs(sum) + 1));
    });
  }
  return scores;
}

function largest(row: Float64Array): number {
  let best = 0;
  row.forEach((v, k) => {
    if (v > (row[best] as number)) best = k;
  });
  return best;
}
