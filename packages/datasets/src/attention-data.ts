import { customOption, integerOption, oneOfOption, optionTable } from "@attnlab/check";
import { createMt19937, createRng, type Rng } from "@attnlab/random";

/** Token sets with one query and one label each: the input of a one-layer attention model. */
export interface AttentionData {
  /** Number of samples $n$. */
  readonly samples: number;
  /** Tokens per sample $T$. */
  readonly tokens: number;
  /** Token dimension $d$. */
  readonly dim: number;
  /** The tokens $X$: `[samples, tokens, dim]`. */
  readonly inputs: Float64Array;
  /** The query ("cross") tokens $z$: `[samples, dim]`. */
  readonly queries: Float64Array;
  /** The labels $y$, -1 or +1: `[samples]`. */
  readonly labels: Float64Array;
}

/** {@link AttentionData} with the fixed linear head that scores tokens. */
export interface AttentionMarginData extends AttentionData {
  /** The head $v$: `[dim]`. */
  readonly head: Float64Array;
}

/** Many data sets of one size, one per seed, stacked along a first axis `seeds`. */
export interface AttentionMarginBatch {
  readonly seeds: readonly number[];
  readonly samples: number;
  readonly tokens: number;
  readonly dim: number;
  /** `[seeds, samples, tokens, dim]`. */
  readonly inputs: Float64Array;
  /** `[seeds, samples, dim]`. */
  readonly queries: Float64Array;
  /** `[seeds, samples]`, -1 or +1. */
  readonly labels: Float64Array;
  /** `[seeds, dim]`. */
  readonly head: Float64Array;
}

/** Sizes and draws of {@link attentionMarginBatch}. */
export interface AttentionMarginSizes {
  /** Default 6. */
  readonly samples?: number;
  /** Default 8. */
  readonly tokens?: number;
  /** Default 10. */
  readonly dim?: number;
  /**
   * `"authors"` (default) replays the float32 draws of the paper's code from its seed; `"attnlab"` draws the same distribution in float64
   * from `createRng(seed)`.
   */
  readonly generator?: "authors" | "attnlab";
}

/** Options of {@link attentionMarginData}. */
export interface AttentionMarginOptions extends AttentionMarginSizes {
  /** A whole number in [0, 2^32). */
  readonly seed: number;
}

/** Options of {@link attentionMarginBatch}. */
export interface AttentionMarginBatchOptions extends AttentionMarginSizes {
  /** Whole numbers in [0, 2^32), at least one. */
  readonly seeds: readonly number[];
}

const MAX_SEED = 2 ** 32 - 1;

const sizeRules = {
  samples: integerOption({ doc: "Number of samples.", min: 1, default: 6 }),
  tokens: integerOption({ doc: "Tokens per sample.", min: 1, default: 8 }),
  dim: integerOption({ doc: "Token dimension.", min: 1, default: 10 }),
  generator: oneOfOption(["authors", "attnlab"], { doc: "Which random draws to use.", default: "authors" }),
};

const table = optionTable("attentionMarginData", {
  seed: integerOption({ doc: "Seed of the data.", min: 0, max: MAX_SEED, required: true }),
  ...sizeRules,
});

const isSeed = (v: unknown): boolean => Number.isSafeInteger(v) && (v as number) >= 0 && (v as number) <= MAX_SEED;

const batchTable = optionTable("attentionMarginBatch", {
  seeds: customOption<readonly number[]>({
    doc: "One seed per data set, for example [1, 2, 3].",
    expected: "a non-empty array of whole numbers from 0 to 2^32 - 1",
    accepts: (v) => Array.isArray(v) && v.length > 0 && v.every(isSeed),
    invalid: [[], [-1], [1.5], 1, null],
    required: true,
  }),
  ...sizeRules,
});

/** Scales each row of length `dim` to Euclidean norm 1; `round` is applied where float32 arithmetic rounds. */
function unitRows(values: ArrayLike<number>, dim: number, round: (x: number) => number): Float64Array {
  const out = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += dim) {
    let squares = 0;
    for (let i = start; i < start + dim; i++) squares += (values[i] as number) ** 2;
    const norm = round(Math.sqrt(squares));
    for (let i = start; i < start + dim; i++) out[i] = round((values[i] as number) / norm);
  }
  return out;
}

type Sizes = Pick<AttentionData, "samples" | "tokens" | "dim">;

/** The draws of section 4.1 in their order: head, label signs, tokens, queries, all from one Mersenne Twister stream. */
function drawAuthors(seed: number, { samples, tokens, dim }: Sizes): AttentionMarginData {
  const mt = createMt19937(seed);
  const head = mt.randn(dim);
  const signs = mt.randn(samples);
  const inputs = mt.randn(samples * tokens * dim);
  const queries = mt.randn(samples * dim);
  return {
    samples,
    tokens,
    dim,
    inputs: unitRows(inputs, dim, Math.fround),
    queries: unitRows(queries, dim, Math.fround),
    labels: Float64Array.from(signs, (x) => (x > 0 ? 1 : -1)),
    head: unitRows(head, dim, Math.fround),
  };
}

function drawAttnlab(seed: number, { samples, tokens, dim }: Sizes): AttentionMarginData {
  const rng = createRng(seed);
  const unit = (child: Rng, length: number): Float64Array => unitRows(child.fillNormal(new Float64Array(length)), dim, (x) => x);
  const signs = rng.split("labels");
  return {
    samples,
    tokens,
    dim,
    inputs: unit(rng.split("inputs"), samples * tokens * dim),
    queries: unit(rng.split("queries"), samples * dim),
    labels: new Float64Array(samples).map(() => 2 * signs.integer(2) - 1),
    head: unit(rng.split("head"), dim),
  };
}

/**
 * Draws the synthetic data of the mirror-descent paper: random tokens, queries and a head, all of unit length, and random labels.
 *
 * Shapes: `inputs [samples, tokens, dim]`, `queries [samples, dim]`, `labels [samples]`, `head [dim]`, all float64.
 *
 * @param options.seed - seed of the data; with the default generator and sizes, seeds 1 to 100 are the paper's data sets, to 2e-7.
 * @returns a new data set; the same options give the same bytes.
 * @throws OptionError on an unknown option or a bad size or seed.
 * @example
 * ```ts
 * import { attentionMarginData } from "@attnlab/datasets";
 * const { labels, inputs } = attentionMarginData({ seed: 1 });
 * labels; // => Float64Array [-1, -1, -1, -1, 1, 1]
 * inputs.length; // => 480
 * ```
 * @see Julistiono, Tarzanagh, Azizan 2024 (arXiv 2410.14581), the aggregated synthetic experiment; X, z, y, v there are our inputs, queries,
 * labels, head.
 */
export function attentionMarginData(options: AttentionMarginOptions): AttentionMarginData {
  const { seed, generator, ...sizes } = table.parse(options);
  return generator === "authors" ? drawAuthors(seed, sizes) : drawAttnlab(seed, sizes);
}

/**
 * Draws {@link attentionMarginData} for many seeds and stacks them, so that one program can train all of them at once.
 *
 * Shapes: `inputs [seeds, samples, tokens, dim]`, `queries [seeds, samples, dim]`, `labels [seeds, samples]`, `head [seeds, dim]`.
 *
 * @param options.seeds - one seed per data set.
 * @throws OptionError on an unknown option, a bad size, or no or bad seeds.
 * @example
 * ```ts
 * import { attentionMarginBatch } from "@attnlab/datasets";
 * attentionMarginBatch({ seeds: [1, 2, 3] }).head.length; // => 30
 * ```
 */
export function attentionMarginBatch(options: AttentionMarginBatchOptions): AttentionMarginBatch {
  const { seeds, generator, ...sizes } = batchTable.parse(options);
  const { samples, tokens, dim } = sizes;
  const inputs = new Float64Array(seeds.length * samples * tokens * dim);
  const queries = new Float64Array(seeds.length * samples * dim);
  const labels = new Float64Array(seeds.length * samples);
  const head = new Float64Array(seeds.length * dim);
  for (const [i, seed] of seeds.entries()) {
    const one = generator === "authors" ? drawAuthors(seed, sizes) : drawAttnlab(seed, sizes);
    inputs.set(one.inputs, i * one.inputs.length);
    queries.set(one.queries, i * one.queries.length);
    labels.set(one.labels, i * samples);
    head.set(one.head, i * dim);
  }
  return { seeds: [...seeds], samples, tokens, dim, inputs, queries, labels, head };
}
