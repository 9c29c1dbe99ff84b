import { DataError, problem, ShapeError, show } from "@attnlab/check";
import { checkFinite } from "@attnlab/linalg";
import { checkFields, checkKnown, checkList, checkMagnitude } from "../check-input.ts";
import { checkRows, type SampleRows } from "../linear/sample-rows.ts";

/** A class: a number or a name. */
export type ClassLabel = number | string;

/** Samples with their classes. */
export interface LabelledRows<L extends ClassLabel = ClassLabel> {
  /** `[samples, features]`, dense or sparse. */
  readonly rows: SampleRows;
  /** Class of each row: all numbers or all strings. */
  readonly labels: ArrayLike<L>;
  /** Multiplies C row by row, >= 0; default 1 everywhere. A row with 0 takes no part. */
  readonly sampleWeight?: ArrayLike<number>;
}

/** Samples with real targets. */
export interface TargetRows {
  /** `[samples, features]`, dense or sparse. */
  readonly rows: SampleRows;
  /** Value to predict for each row. */
  readonly targets: ArrayLike<number>;
  /** Multiplies C row by row, >= 0; default 1 everywhere. */
  readonly sampleWeight?: ArrayLike<number>;
}

/** Fields of data: one object serves classifiers, regressions and one-class machines. */
export const DATA_FIELDS = ["rows", "labels", "targets", "sampleWeight"] as const;

/** `"balanced"`, or a factor on C for each class by its label; classes that are not named get 1. */
export type ClassWeight = "balanced" | Readonly<Record<string, number>>;

/** Labels as indices into the sorted classes, and the weight of every row. */
export interface CodedClasses<L extends ClassLabel> {
  /** Ascending: numbers by value, strings by code units. */
  readonly classes: readonly L[];
  /** Class index per row. */
  readonly codes: Int32Array;
  /** Sample weight times class weight, per row. */
  readonly weights: Float64Array;
}

/**
 * Checks labelled data and codes its classes.
 * @throws ShapeError when lengths differ or there is no row.
 * @throws DataError on NaN, mixed labels, a negative weight, an unknown class in `classWeight`, or fewer than two classes.
 */
export function codeClasses<L extends ClassLabel>(
  where: string,
  data: LabelledRows<L>,
  classWeight: ClassWeight | undefined,
): CodedClasses<L> {
  checkFields(where, "data", data, ["rows", "labels"]);
  checkKnown(where, "data", data, DATA_FIELDS);
  checkRows(where, data.rows);
  const { labels } = data;
  checkLength(where, "labels", labels, data.rows.rows);
  const kind = typeof labels[0];
  for (let i = 0; i < labels.length; i++) {
    const label: unknown = labels[i];
    if (typeof label === kind && (typeof label === "string" || Number.isFinite(label))) continue;
    const expected = "labels must be all finite numbers or all strings";
    throw new DataError(
      problem({ where, expected, got: `${show(label)} at index ${i}`, fix: "Name every class by a number or by a string." }),
    );
  }
  const sampleWeight = checkedWeights(where, data.sampleWeight, data.rows.rows);
  const classes = [...new Set(Array.from(labels))].sort((a, b) => (a < b ? -1 : 1));
  const indexOf = new Map(classes.map((label, k) => [label, k]));
  const codes = Int32Array.from(labels, (label) => indexOf.get(label) as number);
  const present = classes.filter((_, k) => codes.some((code, i) => code === k && (sampleWeight[i] as number) > 0));
  if (present.length < 2 || present.length < classes.length) {
    const got =
      classes.length < 2 ? `only ${show(classes[0])}` : `weight 0 for every row of ${show(classes.find((c) => !present.includes(c)))}`;
    const fix = "Add samples of another class, or use fitOneClassSvm.";
    throw new DataError(problem({ where, expected: "labels must name at least two classes with weight", got, fix }));
  }
  const factors = classFactors(where, classes, codes, classWeight);
  return { classes, codes, weights: sampleWeight.map((weight, i) => weight * (factors[codes[i] as number] as number)) };
}

/**
 * Checks regression data.
 * @throws ShapeError when lengths differ or there is no row.
 * @throws DataError on NaN or a negative weight.
 */
export function checkTargets(where: string, data: TargetRows): { readonly targets: Float64Array; readonly weights: Float64Array } {
  checkFields(where, "data", data, ["rows", "targets"]);
  checkKnown(where, "data", data, DATA_FIELDS);
  checkRows(where, data.rows);
  checkLength(where, "targets", data.targets, data.rows.rows);
  checkFinite(where, "targets", data.targets);
  checkMagnitude(where, "targets", data.targets);
  const targets = Float64Array.from(data.targets);
  return { targets, weights: checkedWeights(where, data.sampleWeight, data.rows.rows) };
}

/**
 * Sample weights as a new array; 1 where none are given.
 * @throws ShapeError or DataError when they do not fit, are negative, NaN or all zero.
 */
export function checkedWeights(where: string, sampleWeight: ArrayLike<number> | undefined, count: number): Float64Array {
  if (sampleWeight === undefined) return new Float64Array(count).fill(1);
  checkLength(where, "sampleWeight", sampleWeight, count);
  checkFinite(where, "sampleWeight", sampleWeight);
  const weights = Float64Array.from(sampleWeight);
  const bad = weights.findIndex((weight) => weight < 0);
  if (bad >= 0 || weights.every((weight) => weight === 0)) {
    const got = bad >= 0 ? `${weights[bad]} at index ${bad}` : "only zeros";
    const fix = "A weight multiplies C; give 0 to leave a sample out.";
    throw new DataError(problem({ where, expected: "sampleWeight must be >= 0 and positive somewhere", got, fix }));
  }
  return weights;
}

function checkLength(where: string, name: string, values: ArrayLike<unknown> | undefined, count: number): void {
  checkList(where, name, values);
  if (values?.length === count) return;
  const expected = `${name} must have one entry per row, ${count}`;
  throw new ShapeError(problem({ where, expected, got: show(values?.length), fix: "Pass rows and their values in the same order." }));
}

function classFactors<L extends ClassLabel>(
  where: string,
  classes: readonly L[],
  codes: Int32Array,
  classWeight: ClassWeight | undefined,
): readonly number[] {
  if (classWeight === undefined) return classes.map(() => 1);
  if (classWeight === "balanced") {
    const counts = classes.map(() => 0);
    for (const code of codes) counts[code] = (counts[code] as number) + 1;
    return counts.map((count) => codes.length / (classes.length * count));
  }
  const names = classes.map(String);
  const unknown = Object.keys(classWeight).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const fix = `The classes are ${show(classes)}.`;
    throw new DataError(problem({ where, expected: "classWeight must name classes of the data", got: show(unknown), fix }));
  }
  return names.map((name) => classWeight[name] ?? 1);
}
