import { NumericalError, problem, tensorData } from "@attnlab/check";
import { createRng, type Rng } from "@attnlab/random";
import { METRICS, type Metric, type NeighborIndex, type Neighbors } from "../neighbor-index.ts";
import { recall } from "../recall.ts";
import { countOf, type Vectors, vectorsOf } from "../vectors.ts";
import { naiveSearch } from "./naive-search.ts";

/** A kind of index under test. */
export interface IndexSubject {
  readonly name: string;
  /** Builds an index; everything but the metric is the subject's choice, the seed included. */
  readonly build: (keys: Vectors, metric: Metric) => Promise<NeighborIndex>;
  /** Restores what `serialize` wrote. */
  readonly load: (bytes: Uint8Array) => Promise<NeighborIndex>;
  /** Recall of the best 10 among 1,009 clustered keys that must be reached in every metric; 1 means exact. */
  readonly recall: number;
  /** The effort at which the answers must be exact; absent when there is none. */
  readonly fullEffort?: number;
  /** Why a restored index may answer otherwise than the original after both got the same keys; absent when it may not. */
  readonly forgets?: string;
}

/** One check: call it in a test of its name. It throws when the index fails. */
export interface ConformanceCheck {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * The checks that every index must pass, for any test runner: scores and order, recall, ties, additions, bytes, repeatability,
 * independence of how queries are grouped, counts and bad input.
 *
 * @param subject - how to build and load the index, and what it must reach.
 * @returns checks to be run one by one.
 * @example
 * ```ts
 * import { createExactIndex, loadIndex } from "@attnlab/neighbors";
 * import { type IndexSubject, indexConformance } from "@attnlab/neighbors/testing";
 * const build: IndexSubject["build"] = (keys, metric) => createExactIndex(keys, { metric });
 * const [first] = indexConformance({ name: "exact", build, load: loadIndex, recall: 1, fullEffort: 1 });
 * await first?.run();
 * first?.name; // => "exact finds different keys, best first, with the scores of inner-product"
 * ```
 */
export function indexConformance(subject: IndexSubject): readonly ConformanceCheck[] {
  const { name } = subject;
  const perMetric = METRICS.flatMap((metric): ConformanceCheck[] => [
    { name: `${name} finds different keys, best first, with the scores of ${metric}`, run: () => ranks(subject, metric) },
    { name: `${name} reaches its recall in ${metric}`, run: () => recalls(subject, metric) },
    { name: `${name} is exact at full effort in ${metric}, ties included`, run: () => isExact(subject, metric) },
    { name: `${name} finds added keys in ${metric}`, run: () => adds(subject, metric) },
    { name: `${name} answers alike from its bytes in ${metric}`, run: () => restores(subject, metric) },
  ]);
  return [
    ...perMetric,
    { name: `${name} answers alike when built again`, run: () => repeats(subject) },
    { name: `${name} answers queries alike together and one by one`, run: () => ignoresGrouping(subject) },
    { name: `${name} finds all keys when k is their number`, run: () => findsAll(subject) },
    { name: `${name} keeps copies of its keys`, run: () => copies(subject) },
    { name: `${name} counts dot products`, run: () => counts(subject) },
    { name: `${name} refuses bad input`, run: () => refuses(subject) },
  ];
}

const DIMENSION = 11;
const K = 10;

function fail(expected: string, got: string): never {
  throw new NumericalError(problem({ where: "indexConformance", expected, got, fix: "Compare with createExactIndex, which passes." }));
}

/** Rows around 31 centres, with norms that differ, so that the metrics disagree about what is near. */
function clustered(rng: Rng, count: number, spread = 0.4): Vectors {
  const centers = createRng(5).fillNormal(new Float32Array(31 * DIMENSION), { std: 1.6 });
  const data = rng.fillNormal(new Float32Array(count * DIMENSION), { std: spread });
  for (let i = 0; i < count; i++) {
    const center = rng.integer(31) * DIMENSION;
    const length = 0.5 + rng.uniform();
    for (let j = 0; j < DIMENSION; j++)
      data[i * DIMENSION + j] = length * ((data[i * DIMENSION + j] as number) + (centers[center + j] as number));
  }
  return vectorsOf(data, DIMENSION);
}

const keysOf = (count = 1009): Vectors => clustered(createRng(1).split("keys"), count);
const queriesOf = (count = 67): Vectors => clustered(createRng(1).split("queries"), count);

function slice(vectors: Vectors, start: number, end: number): Vectors {
  return vectorsOf(vectors.data.slice(start * DIMENSION, end * DIMENSION), DIMENSION);
}

function same(what: string, a: Neighbors, b: Neighbors): void {
  const at = a.indices.findIndex((index, i) => index !== b.indices[i] || a.scores[i] !== b.scores[i]);
  if (at >= 0 || a.indices.length !== b.indices.length) {
    fail(`${what} must give the same answers`, `${a.indices[at]} (${a.scores[at]}) and ${b.indices[at]} (${b.scores[at]}) at place ${at}`);
  }
}

async function ranks({ build }: IndexSubject, metric: Metric): Promise<void> {
  const [keys, queries] = [keysOf(), queriesOf()];
  const { shape, indices, scores } = await (await build(keys, metric)).search(queries, { k: K });
  if (shape[0] !== countOf(queries) || shape[1] !== K) fail(`the shape must be [${countOf(queries)}, ${K}]`, `[${shape}]`);
  const all = naiveSearch(keys, queries, metric, countOf(keys));
  for (let query = 0; query < countOf(queries); query++) {
    const truth = new Map<number, number>();
    for (let at = 0; at < countOf(keys); at++) {
      truth.set(all.indices[query * countOf(keys) + at] as number, all.scores[query * countOf(keys) + at] as number);
    }
    const row = indices.subarray(query * K, (query + 1) * K);
    if (new Set(row).size !== K) fail("the keys of one query must differ", String(row));
    for (let at = query * K; at < (query + 1) * K; at++) {
      const [score, wanted] = [scores[at] as number, truth.get(indices[at] as number) ?? Number.NaN];
      if (!(Math.abs(score - wanted) <= 1e-12 * (1 + Math.abs(wanted))))
        fail(`the score of key ${indices[at]} must be ${wanted}`, String(score));
      if (at % K > 0 && score > (scores[at - 1] as number)) fail("scores must not increase", `${scores[at - 1]} before ${score}`);
    }
  }
}

async function recalls({ build, recall: wanted }: IndexSubject, metric: Metric): Promise<void> {
  const [keys, queries] = [keysOf(), queriesOf()];
  const reached = recall(await (await build(keys, metric)).search(queries, { k: K }), naiveSearch(keys, queries, metric, K));
  if (reached < wanted) fail(`the recall in ${metric} must be at least ${wanted}`, String(reached));
}

async function isExact({ build, fullEffort }: IndexSubject, metric: Metric): Promise<void> {
  if (fullEffort === undefined) return;
  const half = keysOf(251);
  // Every key three times: the lowest of three equal ones must come first.
  const keys = vectorsOf(Float32Array.from([...half.data, ...half.data, ...half.data]), DIMENSION);
  const found = await (await build(keys, metric)).search(queriesOf(), { k: K, effort: fullEffort });
  const { indices } = naiveSearch(keys, queriesOf(), metric, K);
  const at = found.indices.findIndex((index, i) => index !== indices[i]);
  if (at >= 0) fail(`place ${at % K} of query ${Math.floor(at / K)} must be key ${indices[at]}`, String(found.indices[at]));
}

async function adds({ build, recall: wanted }: IndexSubject, metric: Metric): Promise<void> {
  const [keys, queries] = [keysOf(), queriesOf()];
  const index = await build(slice(keys, 0, 601), metric);
  await index.add(slice(keys, 601, 602));
  await index.add(slice(keys, 602, countOf(keys)));
  if (index.size !== countOf(keys)) fail(`the size must be ${countOf(keys)}`, String(index.size));
  const reached = recall(await index.search(queries, { k: K }), naiveSearch(keys, queries, metric, K));
  // Cells and buckets were chosen without the keys that came later.
  const least = wanted === 1 ? 1 : wanted - 0.1;
  if (reached < least) fail(`the recall in ${metric} after adding must be at least ${least}`, String(reached));
}

async function restores({ build, load, forgets, recall: wanted }: IndexSubject, metric: Metric): Promise<void> {
  const [keys, queries] = [keysOf(), queriesOf()];
  const index = await build(slice(keys, 0, 900), metric);
  const bytes = await index.serialize();
  const copy = await load(bytes);
  const described = (one: NeighborIndex): string => [one.kind, one.metric, one.dimension, one.size].join(", ");
  if (described(copy) !== described(index)) fail(`the copy must be ${described(index)}`, described(copy));
  same("index and copy", await index.search(queries, { k: K }), await copy.search(queries, { k: K }));
  for (const one of [index, copy]) await one.add(slice(keys, 900, countOf(keys)));
  const after = await copy.search(queries, { k: K });
  if (forgets === undefined) same("index and copy after adding", await index.search(queries, { k: K }), after);
  const reached = recall(after, naiveSearch(keys, queries, metric, K));
  if (reached < wanted - 0.1) fail(`the recall of the copy after adding must be at least ${wanted - 0.1}`, String(reached));
  const changed = Uint8Array.from(bytes);
  changed[bytes.length >> 1] = (changed[bytes.length >> 1] as number) ^ 1;
  await expectError(() => load(changed), "FormatError", "bytes must be complete and unchanged");
  await expectError(() => load(bytes.subarray(0, bytes.length - 8)), "FormatError", "bytes must be complete and unchanged");
}

async function repeats({ build }: IndexSubject): Promise<void> {
  const [first, second] = [await build(keysOf(), "inner-product"), await build(keysOf(), "inner-product")];
  await first.search(queriesOf(5), { k: 3 });
  same("two builds", await first.search(queriesOf(), { k: K }), await second.search(queriesOf(), { k: K }));
}

async function ignoresGrouping({ build }: IndexSubject): Promise<void> {
  const queries = queriesOf();
  const index = await build(keysOf(), "euclidean");
  const together = await index.search(queries, { k: K });
  for (let query = 0; query < countOf(queries); query++) {
    const alone = await index.search(slice(queries, query, query + 1), { k: K });
    const range = [query * K, (query + 1) * K] as const;
    same(`query ${query} alone`, alone, {
      shape: [1, K],
      indices: together.indices.slice(...range),
      scores: together.scores.slice(...range),
    });
  }
}

async function findsAll({ build }: IndexSubject): Promise<void> {
  const keys = keysOf(97);
  const { indices } = await (await build(keys, "cosine")).search(queriesOf(3), { k: 97 });
  for (let query = 0; query < 3; query++) {
    const row = [...indices.subarray(query * 97, (query + 1) * 97)].sort((a, b) => a - b);
    if (row.some((index, i) => index !== i)) fail("every key must be found once", String(row));
  }
}

async function copies({ build }: IndexSubject): Promise<void> {
  const [keys, queries] = [keysOf(), queriesOf()];
  const index = await build(keys, "inner-product");
  const before = await index.search(queries, { k: K });
  keys.data.fill(0);
  same("the index after its keys were overwritten", before, await index.search(queries, { k: K }));
}

async function counts({ build, recall: wanted }: IndexSubject): Promise<void> {
  // Enough keys to make up for the comparisons with centroids and projections.
  const [keys, queries] = [keysOf(4001), queriesOf()];
  const index = await build(keys, "inner-product");
  await index.search(queries, { k: K });
  const { search } = index.dotProducts;
  if (search === undefined) return;
  const most = countOf(keys) * countOf(queries);
  const good = wanted === 1 ? search === most : search >= K * countOf(queries) && search < most;
  if (!good) fail(`a search must take ${wanted === 1 ? "" : "fewer than "}${most} dot products`, String(search));
  await index.search(queries, { k: K });
  if (index.dotProducts.search !== 2 * search) fail("a second search must cost as much", `${search}, then ${index.dotProducts.search}`);
}

async function expectError(run: () => Promise<unknown>, name: string, text: string): Promise<void> {
  const error = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || error.name !== name || !error.message.includes(text)) {
    fail(`the call must throw ${name}: ${text}`, error instanceof Error ? `${error.name}: ${error.message}` : "no error");
  }
}

async function refuses({ build }: IndexSubject): Promise<void> {
  const keys = keysOf(53);
  const index = await build(keys, "euclidean");
  const queries = queriesOf(2);
  const poisoned = vectorsOf(
    Float32Array.from(queries.data, (v, i) => (i === 13 ? Number.NaN : v)),
    DIMENSION,
  );
  const narrow = tensorData("float32", [2, 7], new Float32Array(14));
  const double = tensorData("float64", [2, DIMENSION], new Float64Array(2 * DIMENSION)) as object as Vectors;
  const empty = tensorData("float32", [0, DIMENSION], []);
  const cases: readonly (readonly [() => Promise<unknown>, string, string])[] = [
    [() => index.search(queries, { k: 54 }), "OptionError", "k must be at most the number of keys, 53; got 54"],
    [() => index.search(queries, { k: 0 }), "OptionError", "k must be a whole number >= 1; got 0"],
    [() => index.search(queries, { k: 1, effort: 0.5 }), "OptionError", "effort must be a whole number >= 1; got 0.5"],
    [() => index.search(narrow, { k: 1 }), "ShapeError", `queries must have dimension ${DIMENSION}; got 7`],
    [() => index.search(double, { k: 1 }), "DtypeError", "queries must be a float32 tensor; got"],
    [() => index.search(poisoned, { k: 1 }), "DataError", "queries must be finite; got NaN in vector 1, component 2"],
    [() => index.search(empty, { k: 1 }), "DataError", "queries must have at least one vector"],
    [() => index.add(narrow), "ShapeError", `keys must have dimension ${DIMENSION}; got 7`],
    [() => index.add(poisoned), "DataError", "keys must be finite"],
    [() => build(poisoned, "cosine"), "DataError", "keys must be finite; got NaN in vector 1, component 2"],
    [() => build(empty, "cosine"), "DataError", "keys must have at least one vector"],
    [() => build(double, "cosine"), "DtypeError", "keys must be a float32 tensor; got"],
  ];
  for (const [run, name, text] of cases) await expectError(run, name, text);
  if (index.size !== 53) fail("a refused addition must leave the size at 53", String(index.size));
}
