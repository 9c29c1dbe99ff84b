import { DataError, oneOfOption, problem, show } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { crossValidatedSigmoid } from "../calibration/cross-validated-sigmoid.ts";
import type { ProbabilityOptions } from "../calibration/probability-options.ts";
import type { Sigmoid } from "../calibration/sigmoid.ts";
import { applyCoefficients } from "../kernel/apply-coefficients.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { type KernelExpansion, makeExpansion } from "../kernel/kernel-expansion.ts";
import { kernelSource } from "../kernel/kernel-source.ts";
import type { SmoOptions } from "../kernel/smo-options.ts";
import type { BinaryProblem, KernelFunction, SmoSettings } from "../kernel/train-binary.ts";
import type { SampleRows } from "../linear/sample-rows.ts";
import { certificateOf, combineCertificates, type SvmCertificate } from "../linear/svm-certificate.ts";
import { type BinaryTask, binaryTasks } from "./binary-tasks.ts";
import type { ClassLabel, ClassWeight, CodedClasses } from "./labelled-data.ts";

/** Options that fitSvc and fitNuSvc share. */
export interface KernelClassifierOptions extends SmoOptions, ProbabilityOptions {
  /** Factors on the weight of each class; default 1 each. */
  readonly classWeight?: ClassWeight;
  /** With more than two classes: every pair of classes (`"ovo"`, default) or each class against the rest (`"ovr"`). */
  readonly multiClass?: "ovo" | "ovr";
  /** What decisionFunction returns for pairs: one column per class from votes (`"ovr"`, default) or one per pair (`"ovo"`). */
  readonly decisionFunctionShape?: "ovo" | "ovr";
}

/** The rules of the options that only classifiers have. */
export const MULTICLASS_RULES = {
  multiClass: oneOfOption(["ovo", "ovr"], { doc: "Pairs of classes, or each class against the rest.", default: "ovo" }),
  decisionFunctionShape: oneOfOption(["ovo", "ovr"], { doc: "A column per pair or per class in decisionFunction.", default: "ovr" }),
} as const;

/** A fitted kernel classifier; plain data, so `JSON.stringify` stores it. Its certificate sums over `problems`. */
export interface KernelClassifier<L extends ClassLabel = ClassLabel> extends SvmCertificate, KernelExpansion {
  readonly type: "svc" | "nuSvc";
  /** Ascending. */
  readonly classes: readonly L[];
  readonly multiClass: "ovo" | "ovr";
  readonly decisionFunctionShape: "ovo" | "ovr";
  /** Support vectors of each class; `supportIndices` lists those of `classes[0]` first. */
  readonly numSupport: readonly number[];
  /**
   * Label times multiplier, one column per support vector. Two classes: one row, positive for `classes[1]`. `"ovr"`: one row per class.
   * `"ovo"`: `classes - 1` rows, in which a support vector has its coefficients against each other class in order, as in libsvm.
   */
  readonly dualCoef: readonly (readonly number[])[];
  /** One per binary function: of pairs in the order (0, 1), (0, 2), ..., (1, 2), ... */
  readonly intercept: readonly number[];
  /** Certificate of each binary problem, in the order of `intercept`. */
  readonly problems: readonly SvmCertificate[];
  /** With `probability: true`: the sigmoid $1/(1 + e^{a f + b})$ of each function, its a. */
  readonly probA?: readonly number[];
  /** And its b. */
  readonly probB?: readonly number[];
}

/** What fitting needs beside the data. */
export interface ClassifierPlan<L extends ClassLabel> {
  readonly type: "svc" | "nuSvc";
  readonly kernel: Kernel;
  readonly coded: CodedClasses<L>;
  /** Factor on all weights. */
  readonly C: number;
  readonly smo: Omit<SmoSettings, "source">;
  readonly multiClass: "ovo" | "ovr";
  readonly decisionFunctionShape: "ovo" | "ovr";
  readonly calibration: { readonly rng: Rng; readonly folds: number } | undefined;
  readonly train: (settings: SmoSettings, problem: BinaryProblem) => KernelFunction;
  /** Refuses binary problems that have no solution, before the first is solved. */
  readonly check?: (problem: BinaryProblem, name: string) => void;
}

/** Fits all binary problems and puts their functions over common support vectors. */
export function fitKernelClassifier<L extends ClassLabel>(rows: SampleRows, plan: ClassifierPlan<L>): KernelClassifier<L> {
  const { coded, kernel, multiClass, calibration } = plan;
  const { classes } = coded;
  const tasks = binaryTasks(coded, multiClass).map((task) => ({ ...task, costs: task.costs.map((weight) => weight * plan.C) }));
  for (const task of tasks) plan.check?.(task, taskName(task, classes));
  const settings: SmoSettings = { ...plan.smo, source: kernelSource(kernel, rows) };
  const fitted = tasks.map((task) => plan.train(settings, task));
  const sigmoids = calibration && tasks.map((task) => calibrate(settings, task, plan, calibration));
  const problems = fitted.map(certificateOf);
  return {
    type: plan.type,
    classes,
    multiClass,
    decisionFunctionShape: plan.decisionFunctionShape,
    ...collectSupport(rows, plan, tasks, fitted),
    intercept: fitted.map(({ intercept }) => intercept),
    ...combineCertificates(problems),
    problems,
    ...(sigmoids === undefined ? {} : { probA: sigmoids.map(({ a }) => a), probB: sigmoids.map(({ b }) => b) }),
  };
}

function calibrate<L extends ClassLabel>(
  settings: SmoSettings,
  task: BinaryTask,
  plan: ClassifierPlan<L>,
  { rng, folds }: { readonly rng: Rng; readonly folds: number },
): Sigmoid {
  const place = new Map(Array.from(task.rows, (row, at) => [row, at]));
  return crossValidatedSigmoid(task.rows, task.signs, folds, rng, (train) => {
    const pick = (values: Float64Array): Float64Array => Float64Array.from(train, (row) => values[place.get(row) as number] as number);
    const { coef, intercept } = plan.train(settings, { rows: train, signs: pick(task.signs), costs: pick(task.costs) });
    return applyCoefficients(settings.source, train, coef, intercept);
  });
}

type Support = Pick<KernelClassifier, "kernel" | "numFeatures" | "supportIndices" | "supportVectors" | "numSupport" | "dualCoef">;

/** Lists the rows that any function uses, class by class, and places the coefficients over them. */
function collectSupport<L extends ClassLabel>(
  rows: SampleRows,
  { kernel, coded, multiClass }: ClassifierPlan<L>,
  tasks: readonly BinaryTask[],
  fitted: readonly KernelFunction[],
): Support {
  const { classes, codes } = coded;
  const used = new Uint8Array(codes.length);
  tasks.forEach((task, k) => {
    fitted[k]?.coef.forEach((c, t) => {
      if (c !== 0) used[task.rows[t] as number] = 1;
    });
  });
  const ofClass = classes.map((_, code) => Array.from(codes.keys()).filter((i) => used[i] === 1 && codes[i] === code));
  const supportIndices = ofClass.flat();
  const column = new Map(supportIndices.map((row, s) => [row, s]));
  const pairs = multiClass === "ovo" && classes.length > 2;
  const dualCoef = Array.from({ length: pairs ? classes.length - 1 : tasks.length }, () =>
    new Array<number>(supportIndices.length).fill(0),
  );
  tasks.forEach((task, k) => {
    fitted[k]?.coef.forEach((c, t) => {
      if (c === 0) return;
      const row = task.rows[t] as number;
      const own = codes[row] as number;
      const other = own === task.positive ? (task.negative as number) : task.positive;
      const line = dualCoef[pairs ? (other < own ? other : other - 1) : k] as number[];
      line[column.get(row) as number] = c;
    });
  });
  return { ...makeExpansion(kernel, rows, supportIndices), numSupport: ofClass.map((list) => list.length), dualCoef };
}

/** How messages name a binary problem. */
function taskName<L extends ClassLabel>({ positive, negative }: BinaryTask, classes: readonly L[]): string {
  return `${show(classes[positive])} against ${negative === undefined ? "the rest" : show(classes[negative])}`;
}

/**
 * Refuses a nu that the class sizes do not allow.
 * @throws DataError otherwise.
 */
export function checkNu(where: string, nu: number, largest: number, name: string): void {
  if (nu <= largest) return;
  const expected = `nu must be at most ${largest} for ${name}, twice the smaller class's share of the weight`;
  throw new DataError(problem({ where, expected, got: String(nu), fix: "Use a smaller nu, or balance the classes with classWeight." }));
}
