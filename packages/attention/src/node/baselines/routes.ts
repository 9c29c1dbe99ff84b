import { assignCells, cellLists, kMeans, type ProductKernel } from "@attnlab/neighbors";
import type { Rng } from "@attnlab/random";
import type { VisibleHead } from "../visible-head.ts";
import { unitRows } from "./unit-rows.ts";

/** The queries and keys of each cluster, ascending. */
export interface Routes {
  readonly queries: readonly Int32Array[];
  readonly keys: readonly Int32Array[];
}

/** How clusters are made and filled. */
export interface RoutePlan {
  /** `[clusters, headDim]`, or how many to train. */
  readonly centroids: Float32Array | { readonly clusters: number; readonly iterations: number; readonly rng: Rng };
  readonly membership: "balanced" | "nearest";
  /** Queries and keys per balanced cluster; by default what there is over the number of clusters. */
  readonly clusterSize: number | undefined;
}

/** Routes unit queries and keys to clusters around common centroids. */
export async function routeTokens(kernel: ProductKernel, head: VisibleHead, plan: RoutePlan): Promise<Routes> {
  const { queries, keys, headDim } = head;
  const units = { queries: unitRows(head.query, headDim), keys: unitRows(head.key, headDim) };
  const centroids =
    plan.centroids instanceof Float32Array ? plan.centroids : await trainedCentroids(kernel, units, headDim, plan.centroids);
  const clusters = centroids.length / headDim;
  const nearest = async (data: Float32Array): Promise<Int32Array> => {
    const rows = { dtype: "float32", shape: [data.length / headDim, headDim], data } as const;
    return await assignCells(rows, { dtype: "float32", shape: [clusters, headDim], data: centroids }, { kernel });
  };
  const queryCells = await nearest(units.queries);
  if (plan.membership === "nearest") {
    return { queries: listsOf(queryCells, clusters), keys: listsOf(await nearest(units.keys), clusters) };
  }
  const best = async (data: Float32Array, count: number): Promise<Int32Array[]> => {
    const k = Math.min(count, plan.clusterSize ?? Math.ceil(count / clusters));
    const { indices } = await kernel.topProducts({ queries: centroids, keys: data, dimension: headDim, k });
    return Array.from({ length: clusters }, (_, c) => indices.slice(c * k, (c + 1) * k).sort());
  };
  return { queries: withLeftOvers(await best(units.queries, queries), queryCells), keys: await best(units.keys, keys) };
}

async function trainedCentroids(
  kernel: ProductKernel,
  units: { readonly queries: Float32Array; readonly keys: Float32Array },
  headDim: number,
  { clusters, iterations, rng }: { readonly clusters: number; readonly iterations: number; readonly rng: Rng },
): Promise<Float32Array> {
  const data = new Float32Array(units.queries.length + units.keys.length);
  data.set(units.queries);
  data.set(units.keys, units.queries.length);
  const tokens = { dtype: "float32", shape: [data.length / headDim, headDim], data } as const;
  return (await kMeans(tokens, { cells: clusters, iterations, rng, kernel })).centroids.data;
}

function listsOf(cells: Int32Array, clusters: number): Int32Array[] {
  const { offsets, members } = cellLists(cells, clusters);
  return Array.from({ length: clusters }, (_, c) => members.subarray(offsets[c] as number, offsets[c + 1] as number));
}

/** Adds the queries that no cluster took to their nearest ones. */
function withLeftOvers(lists: readonly Int32Array[], nearest: Int32Array): Int32Array[] {
  const taken = new Uint8Array(nearest.length);
  for (const list of lists) for (const query of list) taken[query] = 1;
  const more: number[][] = lists.map(() => []);
  nearest.forEach((cluster, query) => {
    if (taken[query] === 0) more[cluster]?.push(query);
  });
  return lists.map((list, c) => Int32Array.from([...list, ...(more[c] as number[])]).sort());
}
