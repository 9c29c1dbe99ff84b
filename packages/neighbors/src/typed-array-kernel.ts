import { checkTask } from "./check-task.ts";
import type { ProductKernel, ProductTask, TopProducts } from "./product-kernel.ts";
import { offer, sortLists, type TopLists, topLists } from "./top-list.ts";

/** Keys that stay in the second-level cache while all queries of a block pass over them. */
const KEY_BLOCK = 512;
/** Queries whose heaps are filled together. */
const QUERY_BLOCK = 64;

/**
 * Inner products in plain TypeScript, summed in float64 in the order of the components: the same bits for every block size.
 *
 * @returns a kernel without state.
 * @example
 * ```ts
 * import { typedArrayKernel } from "@attnlab/neighbors";
 * const kernel = typedArrayKernel();
 * const found = await kernel.topProducts({ queries: Float32Array.of(1, 2), keys: Float32Array.of(1, 0, 0, 1, 1, 1), dimension: 2, k: 2 });
 * found.indices; // => Int32Array [2, 1]
 * found.scores; // => Float64Array [3, 2]
 * ```
 */
export function typedArrayKernel(): ProductKernel {
  return {
    unitRoundoff: 2 ** -53,
    topProducts: async (task) => {
      checkTask("typedArrayKernel", task);
      return topProducts(task);
    },
    products: async (task) => {
      checkTask("typedArrayKernel", { ...task, k: 1 });
      return allProducts(task);
    },
  };
}

/** The same without a promise, for small products inside other kernels. */
export function topProducts(task: ProductTask): TopProducts {
  const { queries, keys, dimension, k, bias } = task;
  const count = queries.length / dimension;
  const keyCount = keys.length / dimension;
  const lists = topLists(count, k);
  for (let queryStart = 0; queryStart < count; queryStart += QUERY_BLOCK) {
    const queryEnd = Math.min(count, queryStart + QUERY_BLOCK);
    for (let keyStart = 0; keyStart < keyCount; keyStart += KEY_BLOCK) {
      const keyEnd = Math.min(keyCount, keyStart + KEY_BLOCK);
      for (let query = queryStart; query < queryEnd; query++) {
        scoreRow(lists, query, queries, keys, keyStart, keyEnd, dimension, bias);
      }
    }
  }
  sortLists(lists);
  return lists;
}

/** Every product, without a promise. */
export function allProducts({ queries, keys, dimension, bias }: Omit<ProductTask, "k">): Float64Array {
  const columns = keys.length / dimension;
  const out = new Float64Array((queries.length / dimension) * columns);
  for (let q = 0, at = 0; q < queries.length; q += dimension) {
    for (let key = 0; key < columns; key++, at++) {
      let sum = 0;
      for (let j = 0; j < dimension; j++) sum += (queries[q + j] as number) * (keys[key * dimension + j] as number);
      out[at] = bias === undefined ? sum : sum + (bias[key] as number);
    }
  }
  return out;
}

/** One query against a block of keys, four at a time: four independent sums hide the latency of each. */
function scoreRow(
  lists: TopLists,
  query: number,
  queries: Float32Array,
  keys: Float32Array,
  keyStart: number,
  keyEnd: number,
  dimension: number,
  bias: Float32Array | undefined,
): void {
  const { scores, k } = lists;
  const root = query * k;
  const q = query * dimension;
  let key = keyStart;
  for (; key + 3 < keyEnd; key += 4) {
    const a = key * dimension;
    const b = a + dimension;
    const c = b + dimension;
    const e = c + dimension;
    let sa = 0;
    let sb = 0;
    let sc = 0;
    let se = 0;
    for (let j = 0; j < dimension; j++) {
      const x = queries[q + j] as number;
      sa += x * (keys[a + j] as number);
      sb += x * (keys[b + j] as number);
      sc += x * (keys[c + j] as number);
      se += x * (keys[e + j] as number);
    }
    if (bias !== undefined) {
      sa += bias[key] as number;
      sb += bias[key + 1] as number;
      sc += bias[key + 2] as number;
      se += bias[key + 3] as number;
    }
    // Keys come in ascending order, so one that only equals the worst kept would lose the tie.
    if (sa > (scores[root] as number)) offer(lists, query, sa, key);
    if (sb > (scores[root] as number)) offer(lists, query, sb, key + 1);
    if (sc > (scores[root] as number)) offer(lists, query, sc, key + 2);
    if (se > (scores[root] as number)) offer(lists, query, se, key + 3);
  }
  for (; key < keyEnd; key++) {
    const a = key * dimension;
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += (queries[q + j] as number) * (keys[a + j] as number);
    if (bias !== undefined) sum += bias[key] as number;
    if (sum > (scores[root] as number)) offer(lists, query, sum, key);
  }
}
