import { integerOption, OptionError, type OptionRule, optionTable, problem } from "@attnlab/check";
import { drawDistinct, type Rng } from "@attnlab/random";
import { type AttentionInput, type AttentionResult, checkAttentionInput, type FloatTensor } from "../attention-input.ts";
import { type AttentionKernel, withKernel } from "../attention-kernel.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import { rngOption } from "../sampling/rng-option.ts";
import { checkVisibility, emptyResult, type VisibleHead, visibleHeads } from "../visible-head.ts";
import { checkGivenMatrix, matrixOption } from "./given-matrix.ts";
import { createMergedRows, type MergedRows } from "./merged-rows.ts";
import { grayCodes, sortedByCode } from "./sort-lsh.ts";
import { tileRows } from "./tile-rows.ts";
import { unitRows } from "./unit-rows.ts";

/** Options of {@link hyperAttention}. */
export interface HyperAttentionOptions extends CommonAttentionOptions {
  /** Draws the directions and the sampled keys, for each head from a stream of its own. */
  readonly rng: Rng;
  /** Keys per block; default 256. Up to so many keys are attended exactly. */
  readonly blockSize?: number;
  /** Keys that stand for those outside the block, drawn for all queries of a head at once; default 256. 0 leaves the blocks alone. */
  readonly samples?: number;
  /** Signs per hash, at most 30; default 7. */
  readonly bits?: number;
  /** The directions of the hash, `[bits, headDim]`, for all heads or after the axes of the heads; not with `bits`. */
  readonly directions?: FloatTensor;
}

const table = optionTable("hyperAttention", {
  ...commonRules,
  rng: rngOption,
  blockSize: integerOption({ doc: "Keys per block.", min: 1, default: 256 }),
  samples: integerOption({ doc: "Keys that stand for those outside the block.", min: 0, default: 256 }),
  bits: integerOption({ doc: "Signs per hash.", min: 1, max: 30 }) as OptionRule<number | undefined>,
  directions: matrixOption("The directions of the hash, [bits, headDim]."),
});

/**
 * HyperAttention: queries and keys are sorted by a hash of signs whose neighbours differ in one sign, and cut into as many blocks each; a query attends
 * exactly to the keys $B_i$ of its block, and to a uniform sample $T$ of the $r$ other keys,
 * $\hat o_i = \big(\sum_{B_i} e^{y_{ij}} v_j + \frac{r}{|T|}\sum_T e^{y_{ij}} v_j\big) / \big(\sum_{B_i} e^{y_{ij}} + \frac{r}{|T|}\sum_T e^{y_{ij}}\big)$.
 *
 * Shapes: those of `exactAttention`. Time grows with `queries * (blockSize + samples)`. The denominator is unbiased.
 *
 * Causal attention splits the queries in halves: the later half attends to the keys of the earlier one as above, each half within itself by the same
 * rule, and stretches of at most `blockSize` queries exactly.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link HyperAttentionOptions}; `scale`, `causal`, `keyMask`, `kernel` and `threads` as in `exactAttention`.
 * @returns `lse` is the logarithm of the denominator, an estimate of that of exact attention. A query that sees no key gets zeros, and minus infinity
 * in `lse`.
 * @throws what `exactAttention` throws; ShapeError for `directions` that do not fit; OptionError for a bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createRng } from "@attnlab/random";
 * import { exactAttention, hyperAttention } from "@attnlab/attention/node";
 * const rng = createRng(1);
 * const x = tensorData("float32", [1, 1, 500, 8], rng.fillNormal(new Float32Array(4000)));
 * const input = { query: x, key: x, value: x };
 * const [exact, hyper] = [await exactAttention(input), await hyperAttention(input, { rng: rng.split("hyper"), blockSize: 64 })];
 * Math.abs((exact.lse.data[0] as number) - (hyper.lse.data[0] as number)) < 0.2; // => true
 * ```
 * @see Han et al. 2024, algorithms 1 to 4. Their sample weighs keys by the norms of their values; ours is uniform, as in their experiments.
 */
export async function hyperAttention(input: AttentionInput, options: HyperAttentionOptions): Promise<AttentionResult> {
  const { scale, causal, keyMask, kernel: given, threads, rng, blockSize, samples, bits, directions } = table.parse({ ...options });
  const sizes = checkAttentionInput(table.owner, input);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const directionsOf = hashDirections({ rng, bits, directions }, sizes);
  const result = emptyResult(sizes);
  await withKernel(table.owner, { kernel: given, threads }, async (kernel) => {
    for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
      const { headDim, queries, valueDim, index } = head;
      if (head.keys === 0) continue;
      const hash = directionsOf(index);
      const products = await kernel.products();
      const part: HyperWork = {
        kernel,
        head,
        codes: {
          queries: await grayCodes(products, unitRows(head.query, headDim), headDim, hash),
          keys: await grayCodes(products, unitRows(head.key, headDim), headDim, hash),
        },
        settings: { blockSize, samples, scale: scale ?? 1 / Math.sqrt(headDim), rng: rng.split(`head ${index}`).split("samples") },
        merged: createMergedRows(queries, valueDim),
      };
      await attendRange(part, 0, queries, 0);
      part.merged.write(result, index);
    }
  });
  return result;
}

function hashDirections(
  { rng, bits, directions }: Pick<ReturnType<typeof table.parse>, "rng" | "bits" | "directions">,
  { leading, headDim }: { readonly leading: readonly number[]; readonly headDim: number },
): (head: number) => Float32Array {
  if (directions === undefined) {
    return (head) =>
      rng
        .split(`head ${head}`)
        .split("directions")
        .fillNormal(new Float32Array((bits ?? 7) * headDim));
  }
  const refuse = (expected: string, got: string, fix: string): OptionError =>
    new OptionError(problem({ where: table.owner, expected, got, fix }));
  if (bits !== undefined) throw refuse("directions must come without bits", "bits", "Leave one of them out.");
  const { shape, of } = checkGivenMatrix(table.owner, "directions", directions, { leading, axes: [undefined, headDim] });
  if ((shape[0] as number) > 30) throw refuse("directions must be at most 30", String(shape[0]), "Pass fewer rows.");
  return of;
}

interface HyperWork {
  readonly kernel: AttentionKernel;
  readonly head: VisibleHead;
  readonly codes: { readonly queries: Uint32Array; readonly keys: Uint32Array };
  readonly settings: { readonly blockSize: number; readonly samples: number; readonly scale: number; readonly rng: Rng };
  readonly merged: MergedRows;
}

/** Attends from the queries of a range to the keys they see from `firstKey` on. */
async function attendRange(work: HyperWork, start: number, end: number, firstKey: number): Promise<void> {
  const { limits, keys } = work.head;
  const seen = (query: number): number => limits?.[query] ?? keys;
  const common = seen(start);
  if (common > firstKey) await attendCommon(work, { start, end }, { start: firstKey, end: common });
  const first = Math.max(firstKey, common);
  if (seen(end - 1) === first) return;
  if (end - start <= Math.max(2, work.settings.blockSize)) {
    const tile = { queries: countFrom(start, end), keys: countFrom(first, seen(end - 1)), sees: (q: number, k: number) => k < seen(q) };
    await addTile(work, tile, 0);
    return;
  }
  const middle = (start + end) >> 1;
  await attendRange(work, start, middle, first);
  await attendRange(work, middle, end, first);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Blocks and a sample, for queries that all see the same keys. */
async function attendCommon(work: HyperWork, queries: Range, keys: Range): Promise<void> {
  const { blockSize, samples, rng } = work.settings;
  const [queryCount, keyCount] = [queries.end - queries.start, keys.end - keys.start];
  const sortedQueries = sortedByCode(work.codes.queries, queries.start, queries.end);
  const sortedKeys = sortedByCode(work.codes.keys, keys.start, keys.end);
  const blocks = Math.ceil(keyCount / blockSize);
  const stream = rng.split(`queries from ${queries.start} keys from ${keys.start}`);
  const drawn = Int32Array.from(drawDistinct(stream, Math.min(samples, keyCount), keyCount), (key) => keys.start + key);
  const blockOf = new Int32Array(keyCount);
  const firstIn = (block: number): number => Math.floor((block * keyCount) / blocks);
  for (let b = 0; b < blocks; b++) for (let i = firstIn(b); i < firstIn(b + 1); i++) blockOf[(sortedKeys[i] as number) - keys.start] = b;
  for (let b = 0, rank = 0; b < blocks; b++) {
    const from = rank;
    // The middle of a query's share of the ranks decides, so that few queries meet blocks in the middle of their ranks.
    while (rank < queryCount && (rank + 0.5) * blocks < (b + 1) * queryCount) rank++;
    const own = sortedQueries.subarray(from, rank);
    if (own.length === 0) continue;
    const near = sortedKeys.subarray(firstIn(b), firstIn(b + 1));
    await addTile(work, { queries: own, keys: near }, 0);
    const far = drawn.filter((key) => blockOf[key - keys.start] !== b);
    if (far.length > 0) await addTile(work, { queries: own, keys: far }, Math.log((keyCount - near.length) / far.length));
  }
}

/** Adds a tile whose keys each stand for $e^{\text{logWeight}}$ keys. */
async function addTile(
  { kernel, head, settings, merged }: HyperWork,
  tile: Parameters<typeof tileRows>[2],
  logWeight: number,
): Promise<void> {
  const { output, lse } = await tileRows(kernel, head, tile, settings.scale);
  tile.queries.forEach((query, i) => {
    merged.add(query, (lse[i] as number) + logWeight, output, i * head.valueDim);
  });
}

function countFrom(start: number, end: number): Int32Array {
  return Int32Array.from({ length: end - start }, (_, i) => start + i);
}
