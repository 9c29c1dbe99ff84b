import { customOption, DataError, integerOption, numberOption, oneOfOption, optionTable, problem, show } from "@attnlab/check";
import { matrix, svd } from "@attnlab/linalg";
import type { Rng } from "@attnlab/random";
import { gammaVariate } from "./gamma-variate.ts";
import { requiredRng } from "./rng-option.ts";

/** The distribution of prompts of one run: what stays the same through training and test. */
export interface InContextTask {
  /** $d$. */
  readonly dim: number;
  /** Factor of covariates: $x = T g$ with standard normal $g$. `[dim, dim]`, row-major. */
  readonly inputFactor: Float64Array;
  /** Factor of true weights: $w_* = V g'$. `[dim, dim]`, row-major. */
  readonly weightFactor: Float64Array;
  /** The orthogonal $U$. `[dim, dim]`, row-major. */
  readonly rotation: Float64Array;
  readonly inputs: "gaussian" | "sphere" | "radial-gamma";
  /** Shape of the radial gamma distribution. */
  readonly gammaShape: number;
}

/** Options of {@link inContextTask}. */
export interface InContextTaskOptions {
  /** Source of the rotation; it is split, not moved. */
  readonly rng: Rng;
  /** $D$, one positive number per covariate. Default: 1, 1, 1/2, 1/4, 1, the paper's. */
  readonly scales?: readonly number[];
  /** `"code"`: $x = U D g$, `"text"`: $x = U D^{1/2} g$. Default `"code"`, which the published curves follow. */
  readonly covariance?: "code" | "text";
  /** `"sphere"` and `"radial-gamma"` rescale every covariate vector. Default `"gaussian"`. */
  readonly inputs?: "gaussian" | "sphere" | "radial-gamma";
  /** $k > 0$ of `"radial-gamma"`. Default 0.1. */
  readonly gammaShape?: number;
}

/** Options of {@link inContextRegression}. */
export interface InContextRegressionOptions {
  /** Source of the prompts; it moves on. */
  readonly rng: Rng;
  /** Number of prompts. Required. */
  readonly count: number;
  /** $n$, labelled examples of a prompt. Default 20. */
  readonly examples?: number;
}

/** Prompts with what should be predicted. */
export interface InContextPrompts {
  readonly count: number;
  readonly examples: number;
  readonly dim: number;
  /** Rows $(x_i, y_i)$ and, last, the query $(x_{n+1}, 0)$: `[count, examples + 1, dim + 1]`. */
  readonly prompts: Float64Array;
  /** $t = \langle w_*, x_{n+1}\rangle$: `[count]`. */
  readonly targets: Float64Array;
  /** $w_*$: `[count, dim]`. */
  readonly weights: Float64Array;
}

const taskTable = optionTable("inContextTask", {
  rng: requiredRng,
  scales: customOption<readonly number[]>({
    doc: "D, one positive number per covariate.",
    expected: "a non-empty list of finite numbers > 0",
    accepts: (v) => Array.isArray(v) && v.length > 0 && v.every((x) => typeof x === "number" && Number.isFinite(x) && x > 0),
    invalid: [[], [0], [1, Number.NaN], 1, null],
    default: [1, 1, 0.5, 0.25, 1],
  }),
  covariance: oneOfOption(["code", "text"], { doc: "Whether D scales covariates or their covariance.", default: "code" }),
  inputs: oneOfOption(["gaussian", "sphere", "radial-gamma"], { doc: "Lengths of the covariates.", default: "gaussian" }),
  gammaShape: numberOption({ doc: "Shape of the radial gamma distribution.", above: 0, default: 0.1 }),
});

const promptTable = optionTable("inContextRegression", {
  rng: requiredRng,
  count: integerOption({ doc: "Number of prompts.", min: 1, required: true }),
  examples: integerOption({ doc: "Labelled examples of a prompt.", min: 1, default: 20 }),
});

/**
 * Draws what the prompts of one run have in common: an orthogonal $U$ and with it the covariance of the covariates.
 *
 * $x = U F g$, $w_* = U F^{-1} g'$ with $F = D$ (`"code"`) or $F = D^{1/2}$ (`"text"`), $g, g'$ standard normal. $U$ holds the left
 * singular vectors of a matrix with entries uniform on $(-1, 1)$. For any $D$ the mean of the squared target is `dim`, so predicting 0 has
 * log loss `log(dim)`. With $D = I$ there is no rotation to speak of.
 *
 * @param options.covariance - default `"code"`: covariance $U D^2 U^\top$; `"text"` has $U D U^\top$, as the paper prints it.
 * @param options.inputs - default `"gaussian"`; `"sphere"` divides every $x$ by its length, `"radial-gamma"` also multiplies it by the root of
 * a gamma variate of shape $k$ and scale $\sqrt{10/k}$.
 * @returns factors as plain arrays, also for drawing prompts inside a traced program.
 * @throws OptionError on an unknown or bad option.
 * @example
 * ```ts
 * import { inContextTask } from "@attnlab/datasets";
 * import { createRng } from "@attnlab/random";
 * const { inputFactor, dim } = inContextTask({ rng: createRng(1) });
 * [dim, inputFactor.reduce((sum, x) => sum + x * x, 0)]; // => [5, 3.3125]
 * ```
 * @see Dutta and Sra, arXiv 2410.07263, section 4, and Ahn et al. 2023, arXiv 2306.00297, whose code differs from the text as said above.
 */
export function inContextTask(options: InContextTaskOptions): InContextTask {
  const { rng, scales, covariance, inputs, gammaShape } = taskTable.parse(options);
  const dim = scales.length;
  const entries = rng.split("rotation").fillUniform(new Float64Array(dim * dim), { low: -1, high: 1 });
  const rotation = svd(matrix(dim, dim, entries)).left.data;
  const factor = scales.map((s) => (covariance === "code" ? s : Math.sqrt(s)));
  const scaled = (power: 1 | -1): Float64Array => rotation.map((u, k) => u * (factor[k % dim] as number) ** power);
  return { dim, inputFactor: scaled(1), weightFactor: scaled(-1), rotation, inputs, gammaShape };
}

/**
 * Draws prompts of in-context linear regression without noise: $y_i = \langle w_*, x_i\rangle$, with a new $w_*$ in every prompt.
 *
 * Shapes: `prompts [count, examples + 1, dim + 1]`, `targets [count]`, `weights [count, dim]`, all float64.
 *
 * @param task - from {@link inContextTask}.
 * @param options.count - number of prompts.
 * @param options.examples - default 20.
 * @throws OptionError on an unknown or bad option; DataError when `task` is no task.
 * @example
 * ```ts
 * import { inContextRegression, inContextTask } from "@attnlab/datasets";
 * import { createRng } from "@attnlab/random";
 * const task = inContextTask({ rng: createRng(1) });
 * const { prompts, targets } = inContextRegression(task, { rng: createRng(2), count: 3 });
 * [prompts.length, targets.length]; // => [378, 3]
 * ```
 * @see Dutta and Sra, arXiv 2410.07263, section 2.
 */
export function inContextRegression(task: InContextTask, options: InContextRegressionOptions): InContextPrompts {
  const { rng, count, examples } = promptTable.parse(options);
  if (!(task?.inputFactor instanceof Float64Array)) {
    const fix = "Make one with inContextTask({ rng }).";
    throw new DataError(problem({ where: "inContextRegression", expected: "task must come from inContextTask", got: show(task), fix }));
  }
  const { dim } = task;
  const width = dim + 1;
  const prompts = new Float64Array(count * (examples + 1) * width);
  const targets = new Float64Array(count);
  const weights = new Float64Array(count * dim);
  const normal = new Float64Array(dim);
  for (let b = 0; b < count; b++) {
    const own = weights.subarray(b * dim, (b + 1) * dim);
    transform(task.weightFactor, rng.fillNormal(normal), own);
    for (let i = 0; i <= examples; i++) {
      const start = (b * (examples + 1) + i) * width;
      const x = prompts.subarray(start, start + dim);
      transform(task.inputFactor, rng.fillNormal(normal), x);
      if (task.inputs !== "gaussian") rescale(x, task.inputs === "sphere" ? 1 : radius(rng, task.gammaShape));
      const label = x.reduce((total, value, k) => total + value * (own[k] as number), 0);
      if (i < examples) prompts[start + dim] = label;
      else targets[b] = label;
    }
  }
  return { count, examples, dim, prompts, targets, weights };
}

function transform(factor: Float64Array, from: Float64Array, into: Float64Array): void {
  const dim = from.length;
  for (let i = 0; i < dim; i++) {
    let total = 0;
    for (let k = 0; k < dim; k++) total += (factor[i * dim + k] as number) * (from[k] as number);
    into[i] = total;
  }
}

function rescale(x: Float64Array, length: number): void {
  const norm = Math.hypot(...x);
  for (let k = 0; k < x.length; k++) x[k] = ((x[k] as number) * length) / norm;
}

function radius(rng: Rng, shape: number): number {
  return Math.sqrt(Math.sqrt(10 / shape) * gammaVariate(rng, shape));
}
