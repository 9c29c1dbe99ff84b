import { integerOption, OptionError, type OptionRule, oneOfOption, optionTable, problem } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { type AttentionInput, type AttentionResult, checkAttentionInput, type FloatTensor } from "../attention-input.ts";
import { type AttentionKernel, withKernel } from "../attention-kernel.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import { rngOption } from "../sampling/rng-option.ts";
import { checkVisibility, emptyResult, type VisibleHead, visibleHeads } from "../visible-head.ts";
import { checkGivenMatrix, matrixOption } from "./given-matrix.ts";
import { createMergedRows, type MergedRows } from "./merged-rows.ts";
import { type RoutePlan, type Routes, routeTokens } from "./routes.ts";
import { tileRows } from "./tile-rows.ts";

/** Options of {@link routingAttention}. */
export interface RoutingAttentionOptions extends CommonAttentionOptions {
  /** Trains the centroids, for each head from a stream of its own; required without `centroids`. */
  readonly rng?: Rng;
  /** Clusters, at most the number of keys; default the whole part of its square root. */
  readonly clusters?: number;
  /** Passes of k-means; default 10. */
  readonly iterations?: number;
  /** Trained centroids, `[clusters, headDim]`, for all heads or after the axes of the heads; not with the three above. */
  readonly centroids?: FloatTensor;
  /**
   * `"balanced"`, the default: each cluster takes the queries and keys of largest product with its centroid. `"nearest"`: each query and key
   * goes to its nearest centroid.
   */
  readonly membership?: "balanced" | "nearest";
  /** $w$, queries and keys that a balanced cluster takes; default their numbers over `clusters`, rounded up. */
  readonly clusterSize?: number;
}

const table = optionTable("routingAttention", {
  ...commonRules,
  rng: { ...rngOption, required: false } as OptionRule<Rng | undefined>,
  clusters: integerOption({ doc: "Clusters of queries and keys.", min: 1 }) as OptionRule<number | undefined>,
  iterations: integerOption({ doc: "Passes of k-means.", min: 1 }) as OptionRule<number | undefined>,
  centroids: matrixOption("Trained centroids, [clusters, headDim]."),
  membership: oneOfOption(["balanced", "nearest"], { doc: "Who belongs to a cluster.", default: "balanced" }),
  clusterSize: integerOption({ doc: "Queries and keys that a balanced cluster takes.", min: 1 }) as OptionRule<number | undefined>,
});

/**
 * The attention of the Routing Transformer, $o_i = \sum_{j \in R_i} e^{y_{ij}} v_j / \sum_{j \in R_i} e^{y_{ij}}$, where $R_i$ are the visible keys that
 * share a cluster with query $i$. Clusters come from k-means on queries and keys divided by their norms; scores are of the vectors as given.
 *
 * Shapes: those of `exactAttention`. Time grows with `clusters * (queries + keys)` for routing and with `queries * keys / clusters` for attention,
 * $n^{1.5}$ at the default; each cluster is one dense product.
 *
 * Membership looks at all visible keys and all queries, also when causal, as in the paper: later tokens can change who meets whom, but no later
 * value enters a row. A key that no balanced cluster takes is attended by nobody; a query that none takes goes to its nearest centroid. Pairs that
 * share several clusters count once.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link RoutingAttentionOptions}; `scale`, `causal`, `keyMask`, `kernel` and `threads` as in `exactAttention`.
 * @returns `lse` is the log-sum-exp over $R_i$. A query that shares its clusters with no visible key gets zeros, and minus infinity in `lse`.
 * @throws what `exactAttention` throws; ShapeError for `centroids` that do not fit; OptionError for more clusters than keys, or neither `rng` nor
 * `centroids`, or both.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createRng } from "@attnlab/random";
 * import { routingAttention } from "@attnlab/attention/node";
 * const x = tensorData("float32", [1, 1, 4, 2], [5, 0, 0, 5, 6, 0, 0, 6]);
 * const value = tensorData("float32", [1, 1, 4, 1], [1, 10, 1, 10]);
 * const { output } = await routingAttention({ query: x, key: x, value }, { clusters: 2, rng: createRng(1) });
 * output.data; // => Float32Array [1, 10, 1, 10]
 * ```
 * @see Roy, Saffar, Vaswani, Grangier 2021, section 4.1 and algorithm 1. They learn centroids by moving averages during training (pass them as
 * `centroids`), attend with the normalised vectors, and leave queries that no cluster takes at zero.
 */
export async function routingAttention(input: AttentionInput, options: RoutingAttentionOptions): Promise<AttentionResult> {
  const { scale, causal, keyMask, kernel: given, threads, ...rest } = table.parse({ ...options });
  const sizes = checkAttentionInput(table.owner, input);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const planOf = plans(rest, sizes);
  const result = emptyResult(sizes);
  await withKernel(table.owner, { kernel: given, threads }, async (kernel) => {
    for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
      if (head.keys === 0) continue;
      const routes = await routeTokens(await kernel.products(), head, planOf(head));
      const rows = await attendRoutes(kernel, head, routes, scale ?? 1 / Math.sqrt(sizes.headDim));
      rows.write(result, head.index);
    }
  });
  return result;
}

type Choice = Pick<ReturnType<typeof table.parse>, "rng" | "clusters" | "iterations" | "centroids" | "membership" | "clusterSize">;

function plans(
  { rng, clusters, iterations, centroids, membership, clusterSize }: Choice,
  { leading, headDim, keys }: { readonly leading: readonly number[]; readonly headDim: number; readonly keys: number },
): (head: VisibleHead) => RoutePlan {
  const refuse = (expected: string, got: string, fix: string): OptionError =>
    new OptionError(problem({ where: table.owner, expected, got, fix }));
  if (membership === "nearest" && clusterSize !== undefined) {
    throw refuse('clusterSize must go with membership "balanced"', '"nearest"', "Leave one of them out.");
  }
  if (centroids !== undefined) {
    const also = Object.entries({ rng, clusters, iterations }).find(([, value]) => value !== undefined)?.[0];
    if (also !== undefined) throw refuse("centroids must come without rng, clusters and iterations", also, "Leave one of them out.");
    const { of } = checkGivenMatrix(table.owner, "centroids", centroids, { leading, axes: [undefined, headDim] });
    return ({ index }) => ({ centroids: of(index), membership, clusterSize });
  }
  if (rng === undefined) throw refuse("rng or centroids must be given", "neither", "Pass createRng(1) of @attnlab/random.");
  if (clusters !== undefined && clusters > keys) {
    throw refuse(`clusters must be at most the number of keys, ${keys}`, String(clusters), "Ask for fewer clusters.");
  }
  return (head) => {
    const count = Math.min(head.keys, clusters ?? Math.max(1, Math.floor(Math.sqrt(head.keys))));
    const training = { clusters: count, iterations: iterations ?? 10, rng: rng.split(`head ${head.index}`) };
    return { centroids: training, membership, clusterSize };
  };
}

async function attendRoutes(kernel: AttentionKernel, head: VisibleHead, { queries, keys }: Routes, scale: number): Promise<MergedRows> {
  const { valueDim, limits } = head;
  const merged = createMergedRows(head.queries, valueDim);
  const clustersOf = { queries: membersOf(queries, head.queries), keys: membersOf(keys, head.keys) };
  for (let cluster = 0; cluster < queries.length; cluster++) {
    const tile = { queries: queries[cluster] as Int32Array, keys: keys[cluster] as Int32Array };
    const sees = (query: number, key: number): boolean => {
      if (limits !== undefined && key >= (limits[query] as number)) return false;
      const [mine, theirs] = [clustersOf.queries[query] as number[], clustersOf.keys[key] as number[]];
      return mine.length === 1 || theirs.length === 1 || mine.find((one) => theirs.includes(one)) === cluster;
    };
    const { output, lse } = await tileRows(kernel, head, { ...tile, sees }, scale);
    tile.queries.forEach((query, i) => {
      merged.add(query, lse[i] as number, output, i * valueDim);
    });
  }
  return merged;
}

/** The clusters of each token, ascending. */
function membersOf(lists: readonly Int32Array[], tokens: number): number[][] {
  const members: number[][] = Array.from({ length: tokens }, () => []);
  lists.forEach((list, cluster) => {
    for (const token of list) members[token]?.push(cluster);
  });
  return members;
}
