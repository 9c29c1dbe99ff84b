import { createAliasTable, type Rng } from "@attnlab/random";
import { keySampler } from "../sampling/draw-keys.ts";
import { type NearestKeySearch, nearestKeys } from "../sampling/nearest-keys.ts";
import type { VisibleHead } from "../visible-head.ts";

/** Steps from queries to keys drawn by their attention, and what each of them adds. */
export interface WalkJob {
  /** Names the stream of chance. */
  readonly name: string;
  /** Steps from each query. */
  readonly visits: Uint32Array;
  /** A step from a query to a key. */
  readonly arrive: (query: number, key: number) => void;
  /** After all steps from a query. */
  readonly leave?: (query: number) => void;
}

/**
 * Takes all steps. The jobs of one query run in order, each on a stream of its own query, so that neither blocks nor other jobs change what is
 * drawn. Only queries that are visited are searched; steps from a query that sees no key go nowhere.
 */
export async function runWalks(
  head: VisibleHead,
  jobs: readonly WalkJob[],
  { rng, gap, ...search }: NearestKeySearch & { readonly rng: Rng; readonly gap: number },
): Promise<void> {
  const streams = jobs.map(({ name }) => rng.split(head.index).split(name).split("steps"));
  const visited = Int32Array.from({ length: head.queries }, (_, i) => i).filter((i) =>
    jobs.some(({ visits }) => (visits[i] as number) > 0),
  );
  for await (const nearest of nearestKeys(head, visited, search)) {
    const { query } = nearest;
    const sampler = keySampler(head, nearest, { scale: search.scale, gap, counter: search.counter });
    jobs.forEach(({ visits, arrive, leave }, i) => {
      const steps = visits[query] as number;
      if (steps === 0) return;
      const stream = (streams[i] as Rng).split(query);
      for (let step = 0; step < steps; step++) arrive(query, sampler.draw(stream).index);
      leave?.(query);
    });
  }
}

/** How often each query starts one of `walks` walks, when it starts one with probability proportional to its weight. */
export function drawStarts(rng: Rng, weights: Float64Array, walks: number): Uint32Array {
  const visits = new Uint32Array(weights.length);
  if (!weights.some((weight) => weight > 0)) return visits;
  const table = createAliasTable(weights);
  for (let t = 0; t < walks; t++) (visits[table.draw(rng)] as number)++;
  return visits;
}

/** The Euclidean length of each row. */
export function rowNorms(data: Float32Array, rows: number, width: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let t = 0; t < width; t++) sum += (data[i * width + t] as number) ** 2;
    return Math.sqrt(sum);
  });
}

/** The sum of all. */
export function total(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
