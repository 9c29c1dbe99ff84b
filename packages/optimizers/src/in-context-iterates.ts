import {
  integerOption,
  numberOption,
  oneOfOption,
  optionTable,
  problem,
  ShapeError,
  showShape,
  type TensorData,
  tensorData,
  toNumbers,
} from "@attnlab/check";

/** The classical methods of {@link inContextIterates}. */
export type InContextMethod = "gradient-descent" | "momentum" | "nesterov" | "conjugate-gradient";

/** Options of {@link inContextIterates}. */
export interface InContextIteratesOptions {
  /** Required. */
  readonly method: InContextMethod;
  /** Steps from $w_0 = 0$. Required. */
  readonly steps: number;
  /** $\eta > 0$, along the gradient chosen by `gradient`; conjugate gradients need none. Default 0.1. */
  readonly learningRate?: number;
  /** $\beta$ of momentum and Nesterov's method. Default 0.9. */
  readonly momentum?: number;
  /** `"mean"`: $\tfrac1n X^\top (X w - y)$, `"sum"`: without the factor. Default `"mean"`. */
  readonly gradient?: "mean" | "sum";
  /** Use only the first so many labelled examples. Default: all. */
  readonly examples?: number;
}

/** What {@link inContextIterates} returns, in float64. */
export interface InContextIterates {
  /** $w_0, \dots, w_k$ of every prompt: `[batch, steps + 1, dim]`. */
  readonly weights: TensorData;
  /** $\langle x_{n+1}, w_k\rangle$: `[batch, steps + 1]`. */
  readonly predictions: TensorData;
}

const table = optionTable("inContextIterates", {
  method: oneOfOption(["gradient-descent", "momentum", "nesterov", "conjugate-gradient"], { doc: "The method.", required: true }),
  steps: integerOption({ doc: "Steps from zero.", min: 0, required: true }),
  learningRate: numberOption({ doc: "Step along the gradient.", above: 0, default: 0.1 }),
  momentum: numberOption({ doc: "Share of the velocity that is kept.", min: 0, default: 0.9 }),
  gradient: oneOfOption(["mean", "sum"], { doc: "Mean or sum over the examples.", default: "mean" }),
  examples: { ...integerOption({ doc: "Labelled examples to use.", min: 1 }), fallback: undefined as number | undefined },
});

/** A least-squares problem: gradient $Hw - b$. */
interface Quadratic {
  readonly dim: number;
  readonly hessian: Float64Array;
  readonly moment: Float64Array;
}

/**
 * Classical first-order methods on the least-squares problem inside each prompt of in-context regression, for comparison with models
 * that learn in context.
 *
 * - `"gradient-descent"`: $w \leftarrow w - \eta g(w)$;
 * - `"momentum"`: $v \leftarrow \beta v - \eta g(w)$, $w \leftarrow w + v$;
 * - `"nesterov"`: $w_{k+1} = v_k - \eta g(v_k)$, $v_{k+1} = w_{k+1} + \beta (w_{k+1} - w_k)$;
 * - `"conjugate-gradient"`: Fletcher-Reeves with exact line search, exact after `dim` steps; a solved prompt stays where it is.
 *
 * Shapes: `prompts [batch, examples + 1, dim + 1]` with rows $(x_i, y_i)$ and, last, the query → `weights [batch, steps + 1, dim]`,
 * `predictions [batch, steps + 1]`. All in float64.
 *
 * @param options.learningRate - default 0.1.
 * @param options.momentum - default 0.9.
 * @param options.gradient - default `"mean"`; the code of the Memformer paper has `"sum"`.
 * @param options.examples - default: all; that code leaves the last of 20 examples out.
 * @throws {@link ShapeError} when prompts have another rank or fewer examples; {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { inContextIterates } from "@attnlab/optimizers";
 * // y = 2x at x = 1 and x = 3; the query is x = 10. With one covariate the first step of conjugate gradients is exact.
 * const prompts = tensorData("float64", [1, 3, 2], [1, 2, 3, 6, 10, 0]);
 * inContextIterates(prompts, { method: "conjugate-gradient", steps: 2 }).predictions.data; // => Float64Array [0, 20, 20]
 * ```
 * @see Dutta and Sra, arXiv 2410.07263, section 2 and the baselines of its figures.
 */
export function inContextIterates(prompts: TensorData, options: InContextIteratesOptions): InContextIterates {
  const { method, steps, learningRate, momentum, gradient, examples } = table.parse(options);
  const [batch, tokens, width] = prompts.shape as readonly [number, number, number];
  if (prompts.shape.length !== 3 || tokens < 2 || width < 2 || (examples ?? 1) > tokens - 1) {
    const expected = `prompts must be [batch, examples + 1, dim + 1]${examples === undefined ? "" : ` with at least ${examples} examples`}`;
    const fix = "Pass one run's prompts, and examples within their number.";
    throw new ShapeError(problem({ where: "inContextIterates", expected, got: showShape(prompts.shape), fix }));
  }
  const dim = width - 1;
  const values = toNumbers(prompts);
  const weights = new Float64Array(batch * (steps + 1) * dim);
  const predictions = new Float64Array(batch * (steps + 1));
  const used = examples ?? tokens - 1;
  for (let b = 0; b < batch; b++) {
    const rows = values.subarray(b * tokens * width, (b + 1) * tokens * width);
    const objective = quadratic(rows, { dim, examples: used, scale: gradient === "mean" ? 1 / used : 1 });
    const own = weights.subarray(b * (steps + 1) * dim, (b + 1) * (steps + 1) * dim);
    if (method === "conjugate-gradient") conjugateGradient(objective, own);
    else firstOrder(objective, own, { method, learningRate, momentum });
    const query = rows.subarray((tokens - 1) * width, tokens * width - 1);
    for (let k = 0; k <= steps; k++) predictions[b * (steps + 1) + k] = dot(query, own.subarray(k * dim, (k + 1) * dim));
  }
  return {
    weights: tensorData("float64", [batch, steps + 1, dim], weights),
    predictions: tensorData("float64", [batch, steps + 1], predictions),
  };
}

function quadratic(
  rows: Float64Array,
  { dim, examples, scale }: { readonly dim: number; readonly examples: number; readonly scale: number },
): Quadratic {
  const hessian = new Float64Array(dim * dim);
  const moment = new Float64Array(dim);
  for (let i = 0; i < examples; i++) {
    const start = i * (dim + 1);
    for (let r = 0; r < dim; r++) {
      const x = scale * (rows[start + r] as number);
      for (let c = 0; c < dim; c++) hessian[r * dim + c] = (hessian[r * dim + c] as number) + x * (rows[start + c] as number);
      moment[r] = (moment[r] as number) + x * (rows[start + dim] as number);
    }
  }
  return { dim, hessian, moment };
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let k = 0; k < b.length; k++) total += (a[k] as number) * (b[k] as number);
  return total;
}

function apply({ dim, hessian }: Quadratic, v: Float64Array): Float64Array {
  return Float64Array.from(v, (_, r) => dot(hessian.subarray(r * dim, (r + 1) * dim), v));
}

interface StepRule {
  readonly method: Exclude<InContextMethod, "conjugate-gradient">;
  readonly learningRate: number;
  readonly momentum: number;
}

/** Writes $w_1, w_2, \dots$ behind $w_0 = 0$. */
function firstOrder(objective: Quadratic, out: Float64Array, { method, learningRate, momentum }: StepRule): void {
  const { dim, moment } = objective;
  const velocity = new Float64Array(dim);
  for (let start = dim; start < out.length; start += dim) {
    const before = out.subarray(start - dim, start);
    // Nesterov's gradient is taken ahead, by the momentum of the last step.
    const point = method === "nesterov" ? before.map((w, k) => w + momentum * (velocity[k] as number)) : before;
    const curved = apply(objective, point);
    for (let k = 0; k < dim; k++) {
      const move = -learningRate * ((curved[k] as number) - (moment[k] as number));
      const w = before[k] as number;
      const next = method === "momentum" ? w + momentum * (velocity[k] as number) + move : (point[k] as number) + move;
      velocity[k] = next - w;
      out[start + k] = next;
    }
  }
}

function conjugateGradient(objective: Quadratic, out: Float64Array): void {
  const { dim, moment } = objective;
  const gradient = moment.map((m) => -m);
  const direction = Float64Array.from(moment);
  const first = dot(gradient, gradient);
  let size = first;
  for (let start = dim; start < out.length; start += dim) {
    out.copyWithin(start, start - dim, start);
    // At rounding level the next ratio would be 0 / 0.
    if (!(size > 1e-30 * first)) continue;
    const curved = apply(objective, direction);
    const step = size / dot(direction, curved);
    for (let k = 0; k < dim; k++) {
      out[start + k] = (out[start + k] as number) + step * (direction[k] as number);
      gradient[k] = (gradient[k] as number) + step * (curved[k] as number);
    }
    const next = dot(gradient, gradient);
    for (let k = 0; k < dim; k++) direction[k] = (next / size) * (direction[k] as number) - (gradient[k] as number);
    size = next;
  }
}
