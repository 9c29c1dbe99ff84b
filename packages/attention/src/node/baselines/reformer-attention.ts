import { customOption, integerOption, OptionError, type OptionRule, optionTable, problem, ShapeError } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { type AttentionInput, type AttentionResult, checkAttentionInput, type FloatTensor } from "../attention-input.ts";
import { type AttentionKernel, withKernel } from "../attention-kernel.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import { scoreOf } from "../sampling/nearest-keys.ts";
import { rngOption } from "../sampling/rng-option.ts";
import { checkVisibility, emptyResult, gatherRows, type VisibleHead, visibleHeads } from "../visible-head.ts";
import { angularBuckets, bucketFactors, drawRotations } from "./angular-buckets.ts";
import { checkGivenMatrix, matrixOption } from "./given-matrix.ts";
import { createMergedRows, type MergedRows } from "./merged-rows.ts";
import { sortedChunks } from "./sorted-chunks.ts";
import { tileRows } from "./tile-rows.ts";
import { unitRows } from "./unit-rows.ts";

/** Options of {@link reformerAttention}. */
export interface ReformerAttentionOptions extends CommonAttentionOptions {
  /** Draws the rotations, for each head and round from a stream of its own; required without `rotations`. */
  readonly rng?: Rng;
  /** Rounds of hashing; default 4. */
  readonly rounds?: number;
  /** Keys per chunk; default 64. */
  readonly chunkSize?: number;
  /**
   * Buckets, an even number, or several even numbers whose product is the number of buckets; default about twice the number of chunks, in two factors
   * above 64.
   */
  readonly buckets?: number | readonly number[];
  /** The matrices $R$ themselves, `[rounds, headDim, buckets / 2]`, for all heads or after the axes of the heads; not with `rng`, `rounds` and `buckets`. */
  readonly rotations?: FloatTensor;
}

const isEven = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 2 && (value as number) % 2 === 0;

const table = optionTable("reformerAttention", {
  ...commonRules,
  rng: { ...rngOption, required: false } as OptionRule<Rng | undefined>,
  rounds: integerOption({ doc: "Rounds of hashing.", min: 1 }) as OptionRule<number | undefined>,
  chunkSize: integerOption({ doc: "Keys per chunk.", min: 1, default: 64 }),
  buckets: customOption<number | readonly number[] | undefined>({
    doc: "Buckets of a round.",
    expected: "an even number >= 2, or a list of such factors",
    accepts: (value) => isEven(value) || (Array.isArray(value) && value.length > 0 && value.every(isEven)),
    invalid: [0, 3, [], [2, 3], "2", null],
  }),
  rotations: matrixOption("The matrices R, [rounds, headDim, buckets / 2]."),
});

/**
 * LSH attention of the Reformer. Keys are the queries divided by their norms, $k_j = q_j / \|q_j\|$. In each round tokens are hashed by
 * $h(x) = \arg\max([xR; -xR])$, sorted by (bucket, position) and cut into chunks; a query attends to the keys of its chunk and of the one before.
 * Rounds are combined by $o_i = \sum_r e^{\text{lse}_{ir} - \text{lse}_i} o_{ir}$.
 *
 * **`key` is not used**: queries and keys are shared, as in the paper, and `key` is only checked to have one token for each query. Pass the query twice.
 *
 * Shapes: those of `exactAttention`, with as many queries as keys. Time grows with `rounds * queries * chunkSize`.
 *
 * A token does not attend to itself unless it sees no other key in any round. Chunks are filled across the borders of buckets, the first chunk has
 * none before it, and a key that several rounds find counts once in each.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link ReformerAttentionOptions}; `scale`, `causal`, `keyMask`, `kernel` and `threads` as in `exactAttention`.
 * @returns `lse` is the logarithm of the mean over rounds of the normalisers, that of a round without another key being 0. A query that sees no key
 * gets zeros, and minus infinity in `lse`.
 * @throws what `exactAttention` throws; ShapeError unless there are as many queries as keys, or for `rotations` that do not fit; OptionError for a bad
 * option, neither `rng` nor `rotations`, or both.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createRng } from "@attnlab/random";
 * import { reformerAttention } from "@attnlab/attention/node";
 * const x = tensorData("float32", [1, 1, 3, 2], [3, 0, 0, 4, 5, 0]);
 * const value = tensorData("float32", [1, 1, 3, 1], [1, 2, 3]);
 * const { output } = await reformerAttention({ query: x, key: x, value }, { rng: createRng(1), causal: true, scale: 9 });
 * output.data; // => Float32Array [1, 1, 1]
 * ```
 * @see Kitaev, Kaiser, Levskaya 2020, section 2. Their released code lets the first chunk look back to the last one.
 */
export async function reformerAttention(input: AttentionInput, options: ReformerAttentionOptions): Promise<AttentionResult> {
  const { scale, causal, keyMask, kernel: given, threads, chunkSize, ...rest } = table.parse({ ...options });
  const sizes = checkAttentionInput(table.owner, input);
  if (sizes.queries !== sizes.keys) {
    const got = `${sizes.queries} and ${sizes.keys}`;
    const fix = "Pass the query as the key: they are shared.";
    throw new ShapeError(problem({ where: table.owner, expected: "query and key must have as many tokens", got, fix }));
  }
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const roundsOf = hashing(rest, sizes, chunkSize);
  const result = emptyResult(sizes);
  await withKernel(table.owner, { kernel: given, threads }, async (kernel) => {
    for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
      if (head.keys === 0) continue;
      const units = unitRows(head.query, head.headDim);
      const key = head.positions === undefined ? units : gatherRows(units, head.positions, head.headDim);
      const work = { chunkSize, scale: scale ?? 1 / Math.sqrt(head.headDim), rounds: roundsOf(head) };
      (await attendRounds(kernel, { ...head, key }, units, work)).write(result, head.index);
    }
  });
  return result;
}

/** The directions of one round. */
interface Round {
  readonly rotations: Float32Array;
  readonly factors: readonly number[];
}

type Choice = Pick<ReturnType<typeof table.parse>, "rng" | "rounds" | "buckets" | "rotations">;

function hashing(
  { rng, rounds, buckets, rotations }: Choice,
  { leading, headDim }: { readonly leading: readonly number[]; readonly headDim: number },
  chunkSize: number,
): (head: VisibleHead) => readonly Round[] {
  const refuse = (expected: string, got: string, fix: string): OptionError =>
    new OptionError(problem({ where: table.owner, expected, got, fix }));
  if (rotations !== undefined) {
    const also = Object.entries({ rng, rounds, buckets }).find(([, value]) => value !== undefined)?.[0];
    if (also !== undefined) throw refuse("rotations must come without rng, rounds and buckets", also, "Leave one of them out.");
    const { shape, of } = checkGivenMatrix(table.owner, "rotations", rotations, { leading, axes: [undefined, headDim, undefined] });
    const [count, , half] = shape as [number, number, number];
    return ({ index }) => {
      const all = of(index);
      const size = headDim * half;
      return Array.from({ length: count }, (_, r) => ({
        rotations: transposed(all.subarray(r * size, (r + 1) * size), half),
        factors: [2 * half],
      }));
    };
  }
  if (rng === undefined) throw refuse("rng or rotations must be given", "neither", "Pass createRng(1) of @attnlab/random.");
  return ({ index, keys }) => {
    const wanted = buckets ?? bucketFactors(2 * Math.ceil(keys / chunkSize));
    const factors = typeof wanted === "number" ? [wanted] : wanted;
    const stream = rng.split(`head ${index}`);
    return Array.from({ length: rounds ?? 4 }, (_, r) => ({ rotations: drawRotations(stream.split(r), factors, headDim), factors }));
  };
}

function transposed(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns;
  return Float32Array.from(matrix, (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)] as number);
}

interface RoundWork {
  readonly chunkSize: number;
  readonly scale: number;
  readonly rounds: readonly Round[];
}

async function attendRounds(
  kernel: AttentionKernel,
  head: VisibleHead,
  units: Float32Array,
  { chunkSize, scale, rounds }: RoundWork,
): Promise<MergedRows> {
  const { queries, headDim, valueDim, limits, positions } = head;
  const merged = createMergedRows(queries, valueDim);
  const placeOf = (key: number): number => positions?.[key] ?? key;
  const sees = (query: number, key: number): boolean => (limits === undefined || key < (limits[query] as number)) && placeOf(key) !== query;
  for (const round of rounds) {
    const chunks = sortedChunks(await angularBuckets(await kernel.products(), units, headDim, round), positions, chunkSize);
    for (let c = 0; c < chunks.keys.length; c++) {
      const keys = Int32Array.from([...(chunks.keys[c - 1] ?? []), ...(chunks.keys[c] as Int32Array)]).sort();
      const own = chunks.queries[c] as Int32Array;
      const { output, lse } = await tileRows(kernel, head, { queries: own, keys, sees }, scale);
      own.forEach((query, i) => {
        merged.add(query, (lse[i] as number) - Math.log(rounds.length), output, i * valueDim);
      });
    }
  }
  addLonely(merged, head, scale);
  return merged;
}

/** Gives tokens that no round showed another key to themselves. */
function addLonely(merged: MergedRows, head: VisibleHead, scale: number): void {
  for (let key = 0; key < head.keys; key++) {
    const token = head.positions?.[key] ?? key;
    if (merged.lse[token] !== Number.NEGATIVE_INFINITY) continue;
    merged.add(token, scoreOf(head, token, key, scale), head.value, key * head.valueDim);
  }
}
