import { booleanOption, integerOption, OptionError, type OptionRule, optionTable, problem } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { type AttentionInput, type AttentionResult, checkAttentionInput, type FloatTensor } from "../attention-input.ts";
import { withKernel } from "../attention-kernel.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import { rngOption } from "../sampling/rng-option.ts";
import { checkVisibility, emptyResult, visibleHeads } from "../visible-head.ts";
import { type FeatureMap, rootFactors } from "./feature-map.ts";
import { featureRows } from "./feature-rows.ts";
import { checkGivenMatrix, matrixOption } from "./given-matrix.ts";
import { drawProjection } from "./orthogonal-features.ts";

/** Options of {@link performerAttention}. */
export interface PerformerAttentionOptions extends CommonAttentionOptions {
  /** Draws the directions, for each head from a stream of its own; required without `projection`. */
  readonly rng?: Rng;
  /** $m$, random features; default $\lceil d \ln d \rceil$ for $d$ = `headDim`, at least $d$. */
  readonly features?: number;
  /** Orthogonal directions within each block of `headDim` features, which lower the variance; default `true`. */
  readonly orthogonal?: boolean;
  /** The directions themselves, `[features, headDim]`, for all heads or after the axes of the heads; not with the three above. */
  readonly projection?: FloatTensor;
}

const table = optionTable("performerAttention", {
  ...commonRules,
  rng: { ...rngOption, required: false } as OptionRule<Rng | undefined>,
  features: integerOption({ doc: "Random features.", min: 1 }) as OptionRule<number | undefined>,
  orthogonal: booleanOption({ doc: "Orthogonal directions." }) as OptionRule<boolean | undefined>,
  projection: matrixOption("The directions of the features, [features, headDim]."),
});

/**
 * Performer attention (FAVOR+), $o_i = \frac{\varphi(q_i)^\top \sum_j \varphi(k_j) v_j^\top}{\varphi(q_i)^\top \sum_j \varphi(k_j)}$ with
 * $\varphi_r(x) = m^{-1/2} e^{\langle w_r, \hat x\rangle - \|\hat x\|^2/2}$ and $\hat x = \sqrt s\,x$: an estimate of softmax attention, because
 * $\mathbb E\langle\varphi(q), \varphi(k)\rangle = e^{s\langle q, k\rangle}$.
 *
 * Shapes: those of `exactAttention`. Time grows with `(queries + keys) * features * (headDim + valueDim)`, memory beside the result with
 * `features * (headDim + valueDim)`; causal attention is a running sum. The variance of a weight grows with $e^{\|\hat q + \hat k\|^2}$: the method
 * is for queries and keys of moderate length.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link PerformerAttentionOptions}; `causal` and `keyMask` as in `exactAttention`. A negative `scale` changes the sign of the keys.
 * @returns `lse` is the logarithm of the normaliser, $\log \varphi(q_i)^\top \sum_j \varphi(k_j)$, an estimate of that of exact attention. A query
 * that sees no key gets zeros, and minus infinity in `lse`.
 * @throws DtypeError, ShapeError or DataError for input or a `projection` that does not fit, is empty or not finite; OptionError for a bad option,
 * neither `rng` nor `projection`, or both.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createRng } from "@attnlab/random";
 * import { performerAttention } from "@attnlab/attention/node";
 * const query = tensorData("float32", [1, 1, 1, 2], [0, 0]);
 * const key = tensorData("float32", [1, 1, 2, 2], [1, 1, 1, 1]);
 * const value = tensorData("float32", [1, 1, 2, 1], [10, 20]);
 * const { output } = await performerAttention({ query, key, value }, { rng: createRng(1) });
 * output.data; // => Float32Array [15]
 * ```
 * @see Choromanski et al. 2021, lemma 1 and theorem 2. Their stabilisers are one number for all keys; ours is one for each feature, and no epsilon
 * is added: both cancel in the quotient.
 */
export async function performerAttention(input: AttentionInput, options: PerformerAttentionOptions): Promise<AttentionResult> {
  const { scale, causal, keyMask, kernel: given, threads, ...rest } = table.parse({ ...options });
  const sizes = checkAttentionInput(table.owner, input);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const directions = directionsOf(rest, sizes);
  const result = emptyResult(sizes);
  await withKernel(table.owner, { kernel: given, threads }, async (kernel) => {
    for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
      const map = exponentialFeatures(directions(head.index), sizes.headDim, scale ?? 1 / Math.sqrt(sizes.headDim));
      (await featureRows(kernel, head, map)).write(result, head.index);
    }
  });
  return result;
}

type Directions = Pick<ReturnType<typeof table.parse>, "rng" | "features" | "orthogonal" | "projection">;

function directionsOf(
  { rng, features, orthogonal, projection }: Directions,
  { leading, headDim }: { readonly leading: readonly number[]; readonly headDim: number },
): (head: number) => Float32Array {
  if (projection === undefined) {
    if (rng === undefined) {
      const fix = "Pass createRng(1) of @attnlab/random.";
      throw new OptionError(problem({ where: table.owner, expected: "rng or projection must be given", got: "neither", fix }));
    }
    const count = features ?? Math.max(headDim, Math.ceil(headDim * Math.log(headDim)));
    return (head) => drawProjection(rng.split(`head ${head}`), count, headDim, orthogonal ?? true);
  }
  const also = Object.entries({ rng, features, orthogonal }).find(([, value]) => value !== undefined)?.[0];
  if (also !== undefined) {
    const expected = "projection must come without rng, features and orthogonal";
    throw new OptionError(problem({ where: table.owner, expected, got: also, fix: "Leave one of them out." }));
  }
  return checkGivenMatrix(table.owner, "projection", projection, { leading, axes: [undefined, headDim] }).of;
}

function exponentialFeatures(projection: Float32Array, headDim: number, scale: number): FeatureMap {
  const size = projection.length / headDim;
  const factors = rootFactors(scale);
  const halfLogSize = Math.log(size) / 2;
  const width = headDim + 1;
  // A column of ones faces minus half the squared norms of the keys.
  const directions = Float32Array.from({ length: size * width }, (_, at) => {
    const [r, j] = [Math.floor(at / width), at % width];
    return j === headDim ? 1 : (projection[r * headDim + j] as number);
  });
  const constant = (data: Float32Array, from: number): number => {
    let squares = 0;
    for (let j = from; j < from + headDim; j++) squares += (data[j] as number) ** 2;
    return (-squares * Math.abs(scale)) / 2 - halfLogSize;
  };
  return {
    size,
    queryConstant: constant,
    write: (out, data, from, role) => {
      const start = role === "key" ? constant(data, from) : 0;
      for (let r = 0; r < size; r++) {
        let dot = 0;
        for (let j = 0; j < headDim; j++) dot += (projection[r * headDim + j] as number) * (data[from + j] as number);
        out[r] = factors[role] * dot + start;
      }
    },
    logs: async (kernel, { data, start, end, role }) => {
      const rows = new Float32Array((end - start) * width);
      for (let i = 0; i < end - start; i++) {
        const from = (start + i) * headDim;
        for (let j = 0; j < headDim; j++) rows[i * width + j] = factors[role] * (data[from + j] as number);
        rows[i * width + headDim] = role === "key" ? constant(data, from) : 0;
      }
      return new Float32Array(await kernel.products({ queries: rows, keys: directions, dimension: width }));
    },
  };
}
