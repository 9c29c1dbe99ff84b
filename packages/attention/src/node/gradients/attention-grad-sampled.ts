import { integerOption, optionTable } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import type { FloatTensor } from "../attention-input.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import { type AttentionDotProducts, countDotProducts, type NearestKeyOptions, resolveK } from "../sampling/nearest-keys.ts";
import { checkVisibility, type VisibleHead, visibleHeads } from "../visible-head.ts";
import {
  type AttentionGradientInput,
  type AttentionGradients,
  checkGradientInput,
  checkRows,
  emptyGradients,
  emptyHeadGradients,
  writeHeadGradients,
} from "./gradient-input.ts";
import { matrixJob, walkRules } from "./walk-transpose-product.ts";
import { drawStarts, rowNorms, runWalks, total, type WalkJob } from "./walks.ts";

/** What {@link attentionGradSampled} is computed of. */
export interface SampledGradientInput extends AttentionGradientInput {
  /** $O$ of the exact forward pass, if it is known: takes noise out of the gradient of the keys. */
  readonly output?: FloatTensor;
}

/** Options of {@link attentionGradSampled}. */
export interface AttentionGradSampledOptions extends NearestKeyOptions, Pick<CommonAttentionOptions, "scale" | "causal" | "keyMask"> {
  /** The source of chance; it is split, not advanced: give each call a child of its own, such as `rng.split(step)`. */
  readonly rng: Rng;
  /** Walks per head for the gradient of the values, and as many for that of the keys. */
  readonly walks: number;
  /** Draws per query for the gradient of the queries, at least 2. */
  readonly samples: number;
  /** How far above the lowest score found an approximate index may have missed one, after scaling; default 0, for an exact index. */
  readonly gap?: number;
}

/** Sampled gradients and their cost. */
export interface SampledAttentionGradients extends AttentionGradients {
  readonly dotProducts: AttentionDotProducts;
}

const { scale, causal, keyMask } = commonRules;
const table = optionTable("attentionGradSampled", {
  ...walkRules,
  samples: integerOption({ doc: "Draws per query.", min: 2, max: 2 ** 32 - 1, required: true }),
  scale,
  causal,
  keyMask,
});

/**
 * Unbiased estimates of the gradient of attention from samples, below quadratic cost.
 *
 * $$\widehat{dV} \mathrel{+}= \frac{dO_r}{s\,\pi_r} e_c^\top, \qquad \widehat{dK}_c \mathrel{+}= \frac{\sigma\,q_r(\langle dO_r, v_c\rangle -
 * \Delta_r)}{s\,\pi'_r}, \qquad \widehat{dQ}_i = \frac{\sigma}{m-1}\sum_t \langle dO_i, v_{J_t} - o_i\rangle (k_{J_t} - \bar k)$$
 *
 * with $r \sim \pi \propto \|dO_r\|$, or $\pi' \propto \|q_r\|\|dO_r\|$, and $c \sim P_r$; $J_t \sim P_i$, $\bar k$ the mean of the $m$ drawn keys.
 * Centred like this the third does not depend on $o_i$. Without `output`, $\Delta_r$ is the mean of $\langle dO_r, v_J\rangle$ over the draws of the
 * query, which are independent of the walks. All errors fall as one over the square root of the number of draws. Where the $k$ nearest keys
 * carry nearly all weight, {@link attentionGradTopK} is closer at equal cost.
 *
 * Shapes: those of `attentionGradExact`; `output [batch, heads, queries, valueDim]`.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link AttentionGradSampledOptions}.
 * @throws DtypeError, ShapeError or DataError for input that does not fit, is empty or not finite; OptionError for a bad option, `k` above the
 * number of keys, or an index of other keys.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createRng } from "@attnlab/random";
 * import { attentionGradSampled } from "@attnlab/attention/node";
 * const row = (...values: number[]) => tensorData("float32", [1, 1, values.length, 1], values);
 * const input = { query: row(0), key: row(1, 2), value: row(10, 20), outputGradient: row(1) };
 * const gradients = await attentionGradSampled(input, { rng: createRng(1), walks: 40_000, samples: 40_000 });
 * gradients.query.data.map((x) => Math.round(10 * x) / 10); // => Float32Array [2.5]
 * gradients.value.data.map((x) => Math.round(10 * x) / 10); // => Float32Array [0.5, 0.5]
 * ```
 * @see Haris 2024 for dV by random walks and dQ by softmax expectations; dK by walks is derived here.
 */
export async function attentionGradSampled(
  input: SampledGradientInput,
  options: AttentionGradSampledOptions,
): Promise<SampledAttentionGradients> {
  const { rng, walks, samples, scale: given, causal, keyMask, k: wanted, ...search } = table.parse({ ...options });
  const sizes = checkGradientInput(table.owner, input);
  if (input.output !== undefined) checkRows(table.owner, "output", input.output, input.outputGradient.shape);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const k = resolveK(table.owner, wanted, sizes.keys);
  const scale = given ?? 1 / Math.sqrt(sizes.headDim);
  const counter = countDotProducts();
  const result = emptyGradients(input);
  const size = sizes.queries * sizes.valueDim;
  for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
    const slice = (tensor: FloatTensor): Float32Array => tensor.data.subarray(head.index * size, (head.index + 1) * size);
    const above = slice(input.outputGradient);
    const gradients = emptyHeadGradients(head);
    const stream = rng.split(head.index);
    const slopeOf = (query: number, key: number): number => {
      counter.direct++;
      return product(above, query, head.value, key, head.valueDim);
    };
    const means = new Float64Array(sizes.queries);
    const task = { head, walks, samples, scale, rng: stream, above, slopeOf, means };
    const output = input.output === undefined ? undefined : slice(input.output);
    const queryStep = queryJob({ ...task, into: gradients.query });
    const valueStep = matrixJob("values", {
      rows: above,
      count: head.queries,
      width: head.valueDim,
      walks,
      rng: stream,
      into: gradients.value,
    });
    // The queries come first: their draws give the means that the keys use.
    const jobs = [queryStep, valueStep, keyJob({ ...task, into: gradients.key, output })];
    await runWalks(head, jobs, { where: table.owner, rng, k, scale, counter, ...search });
    writeHeadGradients(result, head, sizes.keys, gradients);
  }
  return { ...result, dotProducts: counter.total() };
}

function product(a: Float32Array, row: number, b: Float32Array, other: number, width: number): number {
  let sum = 0;
  for (let t = 0; t < width; t++) sum += (a[row * width + t] as number) * (b[other * width + t] as number);
  return sum;
}

interface GradientTask {
  readonly head: VisibleHead;
  readonly walks: number;
  readonly samples: number;
  readonly scale: number;
  /** Of the head. */
  readonly rng: Rng;
  readonly above: Float32Array;
  /** $\langle dO_r, v_c\rangle$. */
  readonly slopeOf: (query: number, key: number) => number;
  /** Mean slope of each query, over its own draws. */
  readonly means: Float64Array;
  readonly into: Float64Array;
}

/** The sample covariance of slopes and keys, query by query. */
function queryJob({ head, samples, scale, slopeOf, means, into }: GradientTask): WalkJob {
  const { headDim, key } = head;
  const mean = new Float64Array(headDim);
  const covariance = new Float64Array(headDim);
  let [slopeMean, count] = [0, 0];
  return {
    name: "queries",
    visits: new Uint32Array(head.queries).fill(samples),
    // Welford's update: sums of products around a far-away zero would cancel.
    arrive: (query, to) => {
      count++;
      const slope = slopeOf(query, to);
      const before = slope - slopeMean;
      slopeMean += before / count;
      for (let t = 0; t < headDim; t++) {
        const x = key[to * headDim + t] as number;
        (mean[t] as number) += (x - (mean[t] as number)) / count;
        (covariance[t] as number) += before * (x - (mean[t] as number));
      }
    },
    leave: (query) => {
      means[query] = slopeMean;
      for (let t = 0; t < headDim; t++) into[query * headDim + t] = (scale * (covariance[t] as number)) / (samples - 1);
      mean.fill(0);
      covariance.fill(0);
      [slopeMean, count] = [0, 0];
    },
  };
}

/** Walks that start where a query and its gradient are long. */
function keyJob(task: GradientTask & { readonly output: Float32Array | undefined }): WalkJob {
  const { head, walks, scale, rng, above, slopeOf, means, into, output } = task;
  const { queries, headDim, valueDim, query } = head;
  const lengths = rowNorms(query, queries, headDim);
  const weights = rowNorms(above, queries, valueDim).map((length, i) => length * (lengths[i] as number));
  const sum = total(weights);
  return {
    name: "keys",
    visits: drawStarts(rng.split("keys").split("starts"), weights, walks),
    arrive: (from, to) => {
      const mean = output === undefined ? (means[from] as number) : product(above, from, output, from, valueDim);
      const factor = (scale * (slopeOf(from, to) - mean) * sum) / (walks * (weights[from] as number));
      for (let t = 0; t < headDim; t++) (into[to * headDim + t] as number) += factor * (query[from * headDim + t] as number);
    },
  };
}
