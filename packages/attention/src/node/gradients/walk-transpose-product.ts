import { integerOption, numberOption, oneOfOption, optionTable } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { checkAttentionInput, checkTensor, type FloatTensor } from "../attention-input.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import {
  type AttentionDotProducts,
  countDotProducts,
  type NearestKeyOptions,
  nearestKeyRules,
  resolveK,
} from "../sampling/nearest-keys.ts";
import { rngOption } from "../sampling/rng-option.ts";
import { checkVisibility, type VisibleHead, visibleHeads } from "../visible-head.ts";
import { checkRows, scatterRows } from "./gradient-input.ts";
import { drawStarts, rowNorms, runWalks, total, type WalkJob } from "./walks.ts";

/** What {@link walkTransposeProduct} multiplies. */
export interface WalkInput {
  /** `[batch, heads, queries, headDim]`. */
  readonly query: FloatTensor;
  /** `[batch, heads, keys, headDim]`. */
  readonly key: FloatTensor;
  /** $x$, `[batch, heads, queries, width]`; `width` is 1 for a vector. */
  readonly vector: FloatTensor;
}

/** Options of {@link walkTransposeProduct}. */
export interface WalkOptions extends NearestKeyOptions, Pick<CommonAttentionOptions, "scale" | "causal" | "keyMask"> {
  /** The source of chance; it is split, not advanced. */
  readonly rng: Rng;
  /** $s$: walks, for each column of `x` unless the estimator is `"matrix"`; see {@link walkSamples}. */
  readonly walks: number;
  /**
   * `"matrix"` starts at row $r$ with probability proportional to $\|x_r\|_2$ and moves the whole row; `"sign"` starts for each column with
   * probability proportional to $|x_r|$; `"shift"` makes the column positive first, as the paper's code does, at several times the error.
   * Default `"matrix"`; for a single column it is the same as `"sign"`.
   */
  readonly estimator?: "matrix" | "sign" | "shift";
  /** How far above the lowest score found an approximate index may have missed one, after scaling; default 0, for an exact index. */
  readonly gap?: number;
}

/** The estimate, and its cost. */
export interface WalkProduct {
  /** $\approx P^\top x$, `[batch, heads, keys, width]`; zeros for hidden keys. */
  readonly product: FloatTensor;
  readonly dotProducts: AttentionDotProducts;
}

/** Rules that every walk has. */
export const walkRules = {
  rng: rngOption,
  walks: integerOption({ doc: "Walks.", min: 1, max: 2 ** 32 - 1, required: true }),
  gap: numberOption({ doc: "How far above the lowest score found a key may have been missed.", min: 0, default: 0 }),
  ...nearestKeyRules,
};

const { scale, causal, keyMask } = commonRules;
const table = optionTable("walkTransposeProduct", {
  ...walkRules,
  estimator: oneOfOption(["matrix", "sign", "shift"], { doc: "How walks start.", default: "matrix" }),
  scale,
  causal,
  keyMask,
});

/**
 * Estimates the product of the transposed attention matrix with a vector or a matrix by random walks of one step.
 *
 * $$(P^\top x)_c = \sum_r P_{rc} x_r \approx \frac1s \sum_t \frac{x_{r_t}}{\pi_{r_t}} [c_t = c], \qquad r_t \sim \pi, \quad c_t \sim P_{r_t}$$
 *
 * Unbiased. For one column with $\pi_r = |x_r| / \|x\|_1$ the squared error is $(\|x\|_1^2 - \|P^\top x\|_2^2)/s$ on average, and every entry is
 * within $\epsilon\|x\|_1$ after $2\epsilon^{-2}\ln(2n/\delta)$ walks: relative to $\|x\|_1$, not to the entry.
 *
 * Shapes: `query [batch, heads, queries, headDim]`, `key [batch, heads, keys, headDim]`, `vector [batch, heads, queries, width]` → `[batch, heads,
 * keys, width]`.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link WalkOptions}.
 * @throws DtypeError, ShapeError or DataError for input that does not fit, is empty or not finite; OptionError for a bad option, `k` above the
 * number of keys, or an index of other keys.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createRng } from "@attnlab/random";
 * import { walkTransposeProduct } from "@attnlab/attention/node";
 * const column = (...values: number[]) => tensorData("float32", [1, 1, values.length, 1], values);
 * // Each query attends to one key alone: the product adds up what goes to the same key.
 * const input = { query: column(-90, 90, 90), key: column(-9, 9), vector: column(1, 2, -5) };
 * const { product } = await walkTransposeProduct(input, { rng: createRng(1), walks: 4000, k: 1 });
 * product.data.map((x) => Math.round(x)); // => Float32Array [1, -3]
 * ```
 * @see Haris 2024 computes the gradient of the values this way.
 */
export async function walkTransposeProduct(input: WalkInput, options: WalkOptions): Promise<WalkProduct> {
  const { rng, walks, estimator, scale: given, causal, keyMask, k: wanted, ...search } = table.parse({ ...options });
  const { query, key, vector } = input ?? {};
  const sizes = checkAttentionInput(table.owner, { query, key, value: key });
  checkTensor(table.owner, "vector", vector);
  const width = vector.shape.at(-1) as number;
  checkRows(table.owner, "vector", vector, [...sizes.leading, sizes.queries, width]);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const k = resolveK(table.owner, wanted, sizes.keys);
  const scale = given ?? 1 / Math.sqrt(sizes.headDim);
  const counter = countDotProducts();
  const product = new Float32Array(sizes.heads * sizes.keys * width);
  for (const head of visibleHeads(table.owner, { query, key, value: key }, sizes, { causal, keyMask })) {
    const x = vector.data.subarray(head.index * sizes.queries * width, (head.index + 1) * sizes.queries * width);
    const into = new Float64Array(head.keys * width);
    const { jobs, finish } = JOBS[estimator]({ head, x, width, walks, rng: rng.split(head.index), into });
    await runWalks(head, jobs, { where: table.owner, rng, k, scale, counter, ...search });
    finish?.();
    scatterRows(product, into, { start: head.index * sizes.keys, width, positions: head.positions });
  }
  return { product: { dtype: "float32", shape: [...sizes.leading, sizes.keys, width], data: product }, dotProducts: counter.total() };
}

interface WalkTask {
  readonly head: VisibleHead;
  readonly x: Float32Array;
  readonly width: number;
  readonly walks: number;
  /** Of the head. */
  readonly rng: Rng;
  /** `[keys, width]`. */
  readonly into: Float64Array;
}

interface WalkPlan {
  readonly jobs: readonly WalkJob[];
  /** After all walks. */
  readonly finish?: () => void;
}

const JOBS: Readonly<Record<"matrix" | "sign" | "shift", (task: WalkTask) => WalkPlan>> = {
  matrix: ({ head, x, width, walks, rng, into }) => ({
    jobs: [matrixJob("matrix", { rows: x, count: head.queries, width, walks, rng, into })],
  }),
  sign: (task) => ({ jobs: columns(task, (x) => x, "sign") }),
  shift: (task) => {
    const { head, x, width, walks, rng, into } = task;
    const shifts = Float64Array.from({ length: width }, (_, c) => {
      let minimum = 0;
      for (let r = 0; r < head.queries; r++) minimum = Math.min(minimum, x[r * width + c] as number);
      return -minimum;
    });
    // What the shift added is taken off again by one estimate for all columns.
    const ones = new Float64Array(head.keys);
    const weights = new Float64Array(head.queries).fill(1);
    const off: WalkJob = {
      name: "ones",
      visits: drawStarts(rng.split("ones").split("starts"), weights, walks),
      arrive: (_, to) => {
        (ones[to] as number) += head.queries / walks;
      },
    };
    const finish = (): void => {
      for (let i = 0; i < into.length; i++) (into[i] as number) -= (shifts[i % width] as number) * (ones[Math.floor(i / width)] as number);
    };
    return { jobs: [...columns(task, (value, c) => value + (shifts[c] as number), "shift"), off], finish };
  },
};

/** One job for each column of a matrix, whose entries `change` alters first. */
function columns(
  { head, x, width, walks, rng, into }: WalkTask,
  change: (value: number, column: number) => number,
  name: string,
): readonly WalkJob[] {
  return Array.from({ length: width }, (_, c) => {
    const entries = Float64Array.from({ length: head.queries }, (_, r) => change(x[r * width + c] as number, c));
    const weights = entries.map(Math.abs);
    const step = total(weights) / walks;
    return {
      name: `${name} ${c}`,
      visits: drawStarts(rng.split(`${name} ${c}`).split("starts"), weights, walks),
      arrive: (from: number, to: number): void => {
        (into[to * width + c] as number) += Math.sign(entries[from] as number) * step;
      },
    };
  });
}

/** Walks that carry whole rows. */
export function matrixJob(
  name: string,
  task: {
    readonly rows: Float32Array;
    readonly count: number;
    readonly width: number;
    readonly walks: number;
    /** Of the head. */
    readonly rng: Rng;
    /** `[keys, width]`. */
    readonly into: Float64Array;
  },
): WalkJob {
  const { rows, count, width, walks, rng, into } = task;
  const weights = rowNorms(rows, count, width);
  const sum = total(weights);
  return {
    name,
    visits: drawStarts(rng.split(name).split("starts"), weights, walks),
    arrive: (from, to) => {
      const factor = sum / (walks * (weights[from] as number));
      for (let t = 0; t < width; t++) (into[to * width + t] as number) += factor * (rows[from * width + t] as number);
    },
  };
}
