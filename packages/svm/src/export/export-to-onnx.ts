import { customOption, optionTable, problem, ShapeError, stringOption, tensorData, UsageError } from "@attnlab/check";
import { encodeModel, type OnnxInitializer, type OnnxNode, type OnnxValueInfo } from "@attnlab/onnx";
import type { LinearSvcModel } from "../linear/linear-svc.ts";
import { checkModel } from "../multiclass/check-model.ts";
import type { KernelClassifier } from "../multiclass/kernel-classifier.ts";
import type { ClassLabel } from "../multiclass/labelled-data.ts";
import { isClassifier, isPairwise, type SvmClassifier, type SvmModel } from "../multiclass/predict.ts";
import { denseRows, kernelAttributes, ML, machine } from "./kernel-operators.ts";

/** Options of {@link exportToOnnx}. */
export interface ExportOptions {
  /** What the features went through before fitting: the graph computes (x - mean) / scale first. Default: nothing. */
  readonly scaler?: { readonly mean: ArrayLike<number>; readonly scale: ArrayLike<number> };
  /** Name of the graph; default `"svm"`. */
  readonly name?: string;
}

const table = optionTable("exportToOnnx", {
  scaler: customOption<ExportOptions["scaler"]>({
    doc: "Means and scales of the features, as arrays of numbers.",
    expected: "an object of mean and scale, finite numbers, scale not 0",
    accepts: (v) =>
      typeof v === "object" && v !== null && "mean" in v && "scale" in v && areNumbers(v.mean, false) && areNumbers(v.scale, true),
    invalid: [null, { mean: [0] }, { mean: [0], scale: [0] }],
  }),
  name: stringOption({ doc: "Name of the graph.", default: "svm" }),
});

function areNumbers(values: unknown, nonzero: boolean): boolean {
  if (!Array.isArray(values) && !ArrayBuffer.isView(values)) return false;
  return Array.from(values as ArrayLike<unknown>).every((v) => typeof v === "number" && Number.isFinite(v) && !(nonzero && v === 0));
}

/** The parts of a graph, while it is put together. */
interface Parts {
  readonly nodes: OnnxNode[];
  readonly initializers: OnnxInitializer[];
  readonly outputs: OnnxValueInfo[];
}

/**
 * Writes a fitted model as an ONNX file of `ai.onnx.ml` operators, which ONNX Runtime's CPU provider runs.
 *
 * Input `input`, float32 `[batch, features]`. Outputs: `value` `[batch, 1]` of a regression; `decision` `[batch, functions]` of all others (per pair for
 * one-vs-one); `label` int64 `[batch]`: the class if all classes are whole numbers, else its index in the metadata entry `classes`, a JSON array; 1 or -1
 * of a one-class machine; `probabilities` `[batch, classes]` of a calibrated classifier.
 *
 * @param model - what a fit function returned, or its copy out of JSON.
 * @param options.scaler - `mean` and `scale` per feature, for models that were fitted on standardised features.
 * @param options.name - name of the graph; default `"svm"`.
 * @returns the file's bytes; `decodeModel` of `@attnlab/onnx` reads them.
 * @throws UsageError when the kernel is precomputed: such a model knows no features.
 * @throws ShapeError when the scaler has another number of features.
 * @throws OptionError on an unknown option or a refused value.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { createSession } from "@attnlab/runtime/node";
 * import { exportToOnnx, fitSvc } from "@attnlab/svm";
 * const model = fitSvc({ rows: matrixFromRows([[0, 0], [1, 1], [0, 1], [1, 0]]), labels: [0, 0, 1, 1] }, { C: 10, gamma: 1 });
 * await using session = await createSession(exportToOnnx(model));
 * const { label } = await session.run({ input: tensorData("float32", [2, 2], [0.1, 0.9, 0.9, 0.8]) });
 * Array.from(label?.data ?? [], Number); // => [1, 0]
 * ```
 * @see The operators SVMClassifier, SVMRegressor, LinearClassifier, LinearRegressor and Scaler of ONNX-ML.
 */
export function exportToOnnx(model: SvmModel, options: ExportOptions = {}): Uint8Array {
  const { scaler, name } = table.parse(options);
  checkModel("exportToOnnx", model);
  if ("kernel" in model && model.kernel.name === "precomputed") {
    const fix = "Fit with the kernel itself: linear, rbf, poly or sigmoid.";
    throw new UsageError(
      problem({ where: "exportToOnnx", expected: "the model must know its features", got: "a precomputed kernel", fix }),
    );
  }
  const parts: Parts = { nodes: [], initializers: [], outputs: [] };
  const features = scaler === undefined ? "input" : addScaler(parts, scaler, model.numFeatures);
  if (isClassifier(model)) addClassifier(parts, model, features);
  else if (model.type === "linearSvr") addLinearRegressor(parts, model, features);
  else {
    const output = model.type === "oneClassSvm" ? "decision" : "value";
    parts.nodes.push(machine(model, { features, output, coefficients: model.dualCoef, intercept: model.intercept }));
    parts.outputs.push({ name: output, dtype: "float32", shape: ["batch", 1] });
    if (model.type === "oneClassSvm") {
      addLabels(parts, "decision", [-1, 1]);
      parts.outputs.unshift({ name: "label", dtype: "int64", shape: ["batch"] });
    }
  }
  return encodeModel({
    opsets: { "": 21, [ML]: 3 },
    producer: "@attnlab/svm",
    ...(isClassifier(model) ? { metadata: { classes: JSON.stringify(model.classes) } } : {}),
    graph: { name, inputs: [{ name: "input", dtype: "float32", shape: ["batch", model.numFeatures] }], ...parts },
  });
}

function addScaler(parts: Parts, { mean, scale }: NonNullable<ExportOptions["scaler"]>, numFeatures: number): string {
  if (mean.length !== numFeatures || scale.length !== numFeatures) {
    const expected = `scaler.mean and scaler.scale must have ${numFeatures} numbers`;
    const fix = "Pass the mean and the scale of every feature.";
    throw new ShapeError(problem({ where: "exportToOnnx", expected, got: `${mean.length} and ${scale.length}`, fix }));
  }
  parts.nodes.push({
    op: "Scaler",
    domain: ML,
    inputs: ["input"],
    outputs: ["scaled"],
    attributes: { offset: { floats: Array.from(mean) }, scale: { floats: Array.from(scale, (s) => 1 / s) } },
  });
  return "scaled";
}

function addLinearRegressor(
  parts: Parts,
  { coef, intercept }: { readonly coef: readonly number[]; readonly intercept: number },
  features: string,
): void {
  parts.nodes.push({
    op: "LinearRegressor",
    domain: ML,
    inputs: [features],
    outputs: ["value"],
    attributes: { coefficients: { floats: coef }, intercepts: { floats: [intercept] }, targets: { int: 1 } },
  });
  parts.outputs.push({ name: "value", dtype: "float32", shape: ["batch", 1] });
}

/** Whole-number classes stand for themselves in `label`, all others by their index. */
function labelNumbers(classes: readonly ClassLabel[]): readonly number[] {
  return classes.every((label) => Number.isSafeInteger(label)) ? classes.map(Number) : classes.map((_, k) => k);
}

function addClassifier(parts: Parts, model: SvmClassifier, features: string): void {
  const { classes, probA, probB } = model;
  const functions = model.intercept.length;
  if (model.type === "linearSvc") addLinearClassifier(parts, model, features);
  else if (isPairwise(model)) {
    addPairs(parts, model, features);
    if (probA !== undefined && probB !== undefined) addPairProbabilities(parts, model, features, { probA, probB });
  } else addKernelFunctions(parts, model, features);
  parts.outputs.unshift(
    { name: "label", dtype: "int64", shape: ["batch"] },
    { name: "decision", dtype: "float32", shape: ["batch", functions] },
  );
  if (probA === undefined || probB === undefined) return;
  if (!isPairwise(model)) addSigmoids(parts, { probA, probB }, classes.length);
  parts.outputs.push({ name: "probabilities", dtype: "float32", shape: ["batch", classes.length] });
}

function addLinearClassifier(parts: Parts, model: LinearSvcModel, features: string): void {
  const binary = model.classes.length === 2;
  // LinearClassifier wants a function per class: with two, the first is the second's negative.
  const coef = binary ? [(model.coef[0] as readonly number[]).map((v) => -v), model.coef[0] as readonly number[]] : model.coef;
  const intercept = binary ? [-(model.intercept[0] as number), model.intercept[0] as number] : model.intercept;
  parts.nodes.push({
    op: "LinearClassifier",
    domain: ML,
    inputs: [features],
    outputs: ["label", binary ? "scores" : "decision"],
    attributes: {
      coefficients: { floats: coef.flat() },
      intercepts: { floats: intercept },
      classlabels_ints: { ints: labelNumbers(model.classes) },
      multi_class: { int: 1 },
      post_transform: { string: "NONE" },
    },
  });
  if (!binary) return;
  addConstant(parts, "second", tensorData("int64", [1], [1]));
  parts.nodes.push({ op: "Gather", inputs: ["scores", "second"], outputs: ["decision"], attributes: { axis: { int: 1 } } }); // [batch, 1]
}

/** One function per class, or one for two classes. */
function addKernelFunctions(parts: Parts, model: KernelClassifier, features: string): void {
  const many = model.intercept.length > 1;
  const columns = model.intercept.map((intercept, k) => {
    const output = many ? `function${k}` : "decision";
    parts.nodes.push(machine(model, { features, output, coefficients: model.dualCoef[k] as readonly number[], intercept }));
    return output;
  });
  if (!many) {
    addLabels(parts, "decision", labelNumbers(model.classes));
    return;
  }
  addConstant(parts, "classLabels", tensorData("int64", [model.classes.length], labelNumbers(model.classes)));
  parts.nodes.push(
    { op: "Concat", inputs: columns, outputs: ["decision"], attributes: { axis: { int: 1 } } }, // [batch, classes]
    { op: "ArgMax", inputs: ["decision"], outputs: ["best"], attributes: { axis: { int: 1 }, keepdims: { int: 0 } } },
    { op: "Gather", inputs: ["classLabels", "best"], outputs: ["label"] },
  );
}

/** `label` is the second number where the decision is positive, else the first. */
function addLabels(parts: Parts, decision: string, labels: readonly number[]): void {
  addConstant(parts, "zero", tensorData("float32", [], [0]));
  addConstant(parts, "labelBelow", tensorData("int64", [], [labels[0] as number]));
  addConstant(parts, "labelAbove", tensorData("int64", [], [labels[1] as number]));
  addConstant(parts, "flat", tensorData("int64", [1], [-1]));
  parts.nodes.push(
    { op: "Greater", inputs: [decision, "zero"], outputs: ["isAbove"] },
    { op: "Where", inputs: ["isAbove", "labelAbove", "labelBelow"], outputs: ["labelColumn"] }, // [batch, 1]
    { op: "Reshape", inputs: ["labelColumn", "flat"], outputs: ["label"] }, // [batch]
  );
}

function pairClassifier(model: KernelClassifier, features: string, outputs: readonly string[]): OnnxNode & { readonly attributes: object } {
  return {
    op: "SVMClassifier",
    domain: ML,
    inputs: [features],
    outputs,
    attributes: {
      ...kernelAttributes(model.kernel),
      support_vectors: { floats: denseRows(model.supportVectors) },
      vectors_per_class: { ints: model.numSupport },
      coefficients: { floats: model.dualCoef.flat() },
      rho: { floats: model.intercept },
      classlabels_ints: { ints: labelNumbers(model.classes) },
      post_transform: { string: "NONE" },
    },
  };
}

function addPairs(parts: Parts, model: KernelClassifier, features: string): void {
  parts.nodes.push(pairClassifier(model, features, ["label", "decision"]));
}

interface Sigmoids {
  readonly probA: readonly number[];
  readonly probB: readonly number[];
}

/** A second machine: with prob_a and prob_b the operator couples the pairs itself, but then labels by probability instead of by vote. */
function addPairProbabilities(parts: Parts, model: KernelClassifier, features: string, { probA, probB }: Sigmoids): void {
  const plain = pairClassifier(model, features, ["mostProbable", "probabilities"]);
  parts.nodes.push({ ...plain, attributes: { ...plain.attributes, prob_a: { floats: probA }, prob_b: { floats: probB } } });
}

/** $1/(1 + e^{a f + b})$ per function; for one function its complement in front, for several divided by their sum. */
function addSigmoids(parts: Parts, { probA, probB }: Sigmoids, numClasses: number): void {
  const count = probA.length;
  addConstant(
    parts,
    "minusA",
    tensorData(
      "float32",
      [count],
      probA.map((a) => -a),
    ),
  );
  addConstant(
    parts,
    "minusB",
    tensorData(
      "float32",
      [count],
      probB.map((b) => -b),
    ),
  );
  parts.nodes.push(
    { op: "Mul", inputs: ["decision", "minusA"], outputs: ["sloped"] },
    { op: "Add", inputs: ["sloped", "minusB"], outputs: ["logits"] },
    { op: "Sigmoid", inputs: ["logits"], outputs: ["chances"] }, // [batch, functions]
  );
  if (numClasses === 2) {
    addConstant(parts, "one", tensorData("float32", [], [1]));
    parts.nodes.push(
      { op: "Sub", inputs: ["one", "chances"], outputs: ["complement"] },
      { op: "Concat", inputs: ["complement", "chances"], outputs: ["probabilities"], attributes: { axis: { int: 1 } } }, // [batch, 2]
    );
    return;
  }
  addConstant(parts, "classAxis", tensorData("int64", [1], [1]));
  parts.nodes.push(
    { op: "ReduceSum", inputs: ["chances", "classAxis"], outputs: ["total"] }, // [batch, 1]
    { op: "Div", inputs: ["chances", "total"], outputs: ["probabilities"] },
  );
}

function addConstant(parts: Parts, name: string, value: OnnxInitializer["value"]): void {
  parts.initializers.push({ name, value });
}
