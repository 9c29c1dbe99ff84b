import { integerOption, OptionError, type OptionRule, oneOfOption, optionTable, problem } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import type { Metric, NeighborIndex } from "../neighbor-index.ts";
import { emptyNeighbors, refine, sorted } from "../refine.ts";
import { rngOption } from "../rng-option.ts";
import { metricOption, parseSearch, searchTable } from "../search-options.ts";
import { type SavedIndex, writeIndex } from "../serialized-index.ts";
import { createVectorStore, type VectorStore } from "../vector-store.ts";
import { checkVectors, countOf, type Vectors } from "../vectors.ts";
import { type AngularSpace, angularSpace } from "./angular-space.ts";
import { alphabetOf, type HashFamily, rankSymbols } from "./hash-family.ts";
import { probeBuckets } from "./probe-buckets.ts";

/** Options of {@link createLshIndex}. */
export interface LshIndexOptions {
  /** Draws the projections. */
  readonly rng: Rng;
  /** Default `"inner-product"`. */
  readonly metric?: Metric;
  /** Signs of random projections, or the nearest signed axis after a random map; default `"cross-polytope"`. */
  readonly family?: HashFamily;
  /** Hash tables; default 8. */
  readonly tables?: number;
  /** Functions per table; default: as many as give a bucket about 16 keys. */
  readonly functions?: number;
  /** Buckets per table that a search looks into, unless its `effort` says otherwise; default 8. */
  readonly probes?: number;
}

const table = optionTable("createLshIndex", {
  rng: rngOption,
  metric: metricOption,
  family: oneOfOption(["hyperplane", "cross-polytope"], { doc: "How projections become a bucket.", default: "cross-polytope" }),
  tables: integerOption({ doc: "The number of hash tables.", min: 1, default: 8 }),
  functions: integerOption({ doc: "Hash functions per table.", min: 1 }) as OptionRule<number | undefined>,
  probes: integerOption({ doc: "Buckets per table that a search looks into.", min: 1, default: 8 }),
});
const search = searchTable("NeighborIndex.search (lsh)");

/** Keys that share a bucket when they are spread evenly. */
const PER_BUCKET = 16;

/**
 * An index of hash tables in which vectors at a small angle fall into the same bucket: random hyperplanes or cross-polytopes, several
 * tables, and the next likely buckets of each.
 *
 * Inner products and Euclidean distances become angles by additional coordinates. Every key found is scored in float64. A query whose buckets hold
 * fewer than `k` keys is compared with all keys.
 *
 * Shapes: `keys [count, dimension]` → neighbours `[queries, k]`.
 *
 * @param keys - copied.
 * @param options - see {@link LshIndexOptions}; `effort` of a search is the number of buckets per table.
 * @throws OptionError for bad options; DtypeError, ShapeError or DataError for bad keys.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * import { tensorData } from "@attnlab/check";
 * import { createLshIndex } from "@attnlab/neighbors";
 * const keys = tensorData("float32", [400, 8], createRng(1).fillNormal(new Float32Array(3200)));
 * const index = await createLshIndex(keys, { metric: "cosine", rng: createRng(2) });
 * const { indices } = await index.search(keys, { k: 1 });
 * indices.every((key, query) => key === query); // => true
 * ```
 * @see Charikar 2002; Andoni et al. 2015 (cross-polytopes); Lv et al. 2007 (several buckets per table).
 */
export async function createLshIndex(keys: Vectors, options: LshIndexOptions): Promise<NeighborIndex> {
  const { rng, metric, family, tables, probes, functions } = table.parse({ ...options });
  checkVectors("createLshIndex", "keys", keys);
  const store = createVectorStore(metric, keys);
  const space = angularSpace(store);
  const { perTable, width } = tableSize(family, store.size, space.dimension, functions);
  const alphabet = alphabetOf(family, width);
  if (alphabet ** perTable > Number.MAX_SAFE_INTEGER) {
    const expected = `functions must number at most ${Math.floor(53 / Math.log2(alphabet))}, so that 2^53 numbers the buckets`;
    throw new OptionError(problem({ where: "createLshIndex", expected, got: String(perTable), fix: "Use more tables instead." }));
  }
  const projections = rng.split("projections").fillNormal(new Float32Array(tables * perTable * width * space.dimension));
  return lshOf({ store, space, family, tables, perTable, width, probes, projections });
}

/** How many functions a table has, and how many projections each takes, so that about {@link PER_BUCKET} keys share a bucket. */
function tableSize(
  family: HashFamily,
  size: number,
  dimension: number,
  functions: number | undefined,
): { readonly perTable: number; readonly width: number } {
  const buckets = Math.max(1, size / PER_BUCKET);
  if (family === "hyperplane") return { perTable: functions ?? Math.max(1, Math.round(Math.log2(buckets))), width: 1 };
  // Two polytopes of few axes tell more vectors apart than one of many, for fewer projections.
  const perTable = functions ?? Math.max(2, Math.ceil(Math.log(buckets) / Math.log(2 * dimension)));
  const axes = Math.round(buckets ** (1 / perTable) / 2);
  return { perTable, width: Math.min(Math.max(2, axes), Math.max(2, dimension)) };
}

/** Restores an index that `serialize` wrote. */
export function loadLsh({ store, number, word, array }: SavedIndex): NeighborIndex {
  const space = angularSpace(store, { radius: number("radius"), shift: number("shift"), scale: number("scale") });
  return lshOf({
    store,
    space,
    family: word("family") as HashFamily,
    tables: number("tables"),
    perTable: number("perTable"),
    width: number("width"),
    probes: number("probes"),
    projections: array("projections", "float32"),
  });
}

interface Parts {
  readonly store: VectorStore;
  readonly space: AngularSpace;
  readonly family: HashFamily;
  readonly tables: number;
  readonly perTable: number;
  /** Projections per function. */
  readonly width: number;
  readonly probes: number;
  /** `[tables, perTable, width, space.dimension]`. */
  readonly projections: Float32Array;
}

/** The buckets of one vector of the space in every table, `effort` of each. */
function bucketsOf(parts: Parts, rows: Float32Array, row: number, effort: number): readonly (readonly number[])[] {
  const { space, family, tables, perTable, width, projections } = parts;
  const { dimension } = space;
  const projected = new Float64Array(projections.length / dimension);
  for (let i = 0; i < projected.length; i++) {
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += (projections[i * dimension + j] as number) * (rows[row * dimension + j] as number);
    projected[i] = sum;
  }
  return Array.from({ length: tables }, (_, t) => {
    const rankings = Array.from({ length: perTable }, (_, f) => rankSymbols(family, projected, (t * perTable + f) * width, width, effort));
    return probeBuckets(rankings, alphabetOf(family, width), effort);
  });
}

function lshOf(parts: Parts): NeighborIndex {
  const { store, space, projections, probes } = parts;
  const { metric, dimension } = store;
  const buckets: readonly Map<number, number[]>[] = Array.from({ length: parts.tables }, () => new Map<number, number[]>());
  const projectionsPerVector = projections.length / space.dimension;
  let searched = 0;
  let seen = new Int32Array();

  const insert = (start: number): void => {
    const rows = space.keys(store.kernelKeys.subarray(start * dimension), store.bias?.subarray(start));
    for (let row = 0; row < store.size - start; row++) {
      bucketsOf(parts, rows, row, 1).forEach(([code], t) => {
        const bucket = buckets[t]?.get(code as number);
        if (bucket === undefined) buckets[t]?.set(code as number, [start + row]);
        else bucket.push(start + row);
      });
    }
    // The last search that met each key.
    seen = new Int32Array(store.size).fill(-1);
  };
  insert(0);

  /** Different keys of the buckets, in any order. */
  const candidatesOf = (codes: readonly (readonly number[])[], stamp: number): Int32Array => {
    const found: number[] = [];
    codes.forEach((list, t) => {
      for (const code of list) {
        for (const key of buckets[t]?.get(code) ?? []) {
          if (seen[key] === stamp) continue;
          seen[key] = stamp;
          found.push(key);
        }
      }
    });
    return Int32Array.from(found);
  };
  return {
    kind: "lsh",
    metric,
    dimension,
    get size() {
      return store.size;
    },
    get vectors() {
      return store.vectors;
    },
    get dotProducts() {
      return { build: store.size * projectionsPerVector, search: searched };
    },
    search: async (queries, options) => {
      checkVectors(search.owner, "queries", queries, dimension);
      const { k, effort = probes } = parseSearch(search, options, store.size);
      const found = emptyNeighbors(queries, k);
      const rows = space.queries(store.kernelQueries(queries));
      seen.fill(-1);
      for (let query = 0; query < countOf(queries); query++) {
        const indices = candidatesOf(bucketsOf(parts, rows, query, effort), query);
        const few = indices.length < k;
        // Too few to answer from: an empty place makes the search start over with every key.
        const candidates = few ? Int32Array.of(-1) : indices;
        refine(
          found,
          { indices: candidates, scores: new Float64Array(candidates.length), width: candidates.length, start: query },
          { store, queries },
        );
        searched += projectionsPerVector + (few ? store.size : indices.length);
      }
      return sorted(found);
    },
    add: async (more) => {
      checkVectors("NeighborIndex.add (lsh)", "keys", more, dimension);
      const before = store.size;
      store.append(more);
      insert(before);
    },
    serialize: async () => {
      const { family, tables, perTable, width } = parts;
      return writeIndex("lsh", store, { family, tables, perTable, width, probes, ...space.parameters }, { projections });
    },
  };
}
