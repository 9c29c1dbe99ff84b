import {
  type AttentionDotProducts,
  type AttentionInput,
  type AttentionKernel,
  cellAttention,
  type FloatTensor,
  hyperAttention,
  knnAttention,
  linearAttention,
  performerAttention,
  reformerAttention,
  routingAttention,
  topKAttention,
} from "@attnlab/attention/node";
import { createInvertedFileIndex, createLshIndex, measureQuality, type NeighborIndex, type Vectors } from "@attnlab/neighbors";
import { createRng } from "@attnlab/random";

/** What a method is given. */
export interface MethodTask {
  readonly input: AttentionInput;
  readonly kernel: AttentionKernel;
  readonly seed: number;
  readonly tokens: number;
}

/** What it gave. */
export interface MethodAnswer {
  readonly output: FloatTensor;
  /** Products of two vectors, where the method counts them. */
  readonly dotProducts?: number;
}

/** A method with the setting that trades error for cost. */
export interface Method {
  readonly setting: string;
  readonly values: readonly number[];
  readonly attend: (task: MethodTask, value: number) => Promise<MethodAnswer>;
}

function total({ build, search, direct }: AttentionDotProducts): number {
  return (build ?? Number.NaN) + (search ?? Number.NaN) + direct;
}

const root = (tokens: number): number => Math.floor(Math.sqrt(tokens));

async function byCells(task: MethodTask, options: { cells: number; nprobe: number; farField: boolean }): Promise<MethodAnswer> {
  const { input, kernel, seed } = task;
  const { output, heads } = await cellAttention(input, { ...options, kernel, rng: createRng(seed), probeRows: 0 });
  return { output, dotProducts: heads[0]?.dotProducts ?? Number.NaN };
}

type Build = (keys: Vectors) => Promise<NeighborIndex>;

/** The inverted file and the hash tables that are compared. */
export async function indexBuilders({
  kernel,
  seed,
}: Pick<MethodTask, "kernel" | "seed">): Promise<{ readonly file: Build; readonly lsh: Build }> {
  const products = await kernel.products();
  return {
    file: (keys) => createInvertedFileIndex(keys, { rng: createRng(seed), kernel: products }),
    lsh: (keys) => createLshIndex(keys, { rng: createRng(seed) }),
  };
}

async function nearest(task: MethodTask, kind: "file" | "lsh", effort: number): Promise<MethodAnswer> {
  const { input, kernel, tokens } = task;
  const buildIndex = (await indexBuilders(task))[kind];
  const { output, dotProducts } = await knnAttention(input, { k: root(tokens), buildIndex, effort, kernel, probeRows: 0 });
  return { output, dotProducts: total(dotProducts) };
}

/** Recall of the top n^(1/4) keys of 256 queries. */
export async function recallOf(task: MethodTask, kind: "file" | "lsh", effort: number): Promise<number> {
  const { input, kernel, tokens } = task;
  const rows = ({ shape, data }: FloatTensor, count: number): Vectors => {
    const width = shape.at(-1) as number;
    return { dtype: "float32", shape: [count, width], data: data.subarray(0, count * width) };
  };
  const index = await (await indexBuilders(task))[kind](rows(input.key, tokens));
  const k = Math.round(tokens ** 0.25);
  return (await measureQuality(index, rows(input.query, Math.min(256, tokens)), { k, effort, kernel: await kernel.products() })).recall;
}

const PROBES = [1, 2, 4, 8, 16];

/** Every method that is compared. */
export const METHODS: Readonly<Record<string, Method>> = {
  cells: {
    setting: "cells visited",
    values: PROBES,
    attend: (task, nprobe) => byCells(task, { cells: root(task.tokens), nprobe, farField: true }),
  },
  "cells, no far field": {
    setting: "cells visited",
    values: PROBES,
    attend: (task, nprobe) => byCells(task, { cells: root(task.tokens), nprobe, farField: false }),
  },
  "cells, other numbers": {
    setting: "cells, of which a sixteenth is visited",
    values: [16, 32, 128, 256],
    attend: (task, cells) => byCells(task, { cells, nprobe: Math.max(1, cells / 16), farField: true }),
  },
  "top-k, exact search": {
    setting: "k",
    values: [8, 32, 128, 512],
    attend: async ({ input, kernel }, k) => {
      const { output, dotProducts } = await topKAttention(input, { k, kernel, probeRows: 0 });
      return { output, dotProducts: total(dotProducts) };
    },
  },
  "kNN, inverted file": { setting: "cells probed", values: PROBES, attend: (task, probes) => nearest(task, "file", probes) },
  "kNN, LSH": { setting: "buckets probed", values: [2, 8, 32], attend: (task, probes) => nearest(task, "lsh", probes) },
  Routing: {
    setting: "clusters",
    values: [16, 32, 64],
    attend: ({ input, kernel, seed }, clusters) => routingAttention(input, { clusters, kernel, rng: createRng(seed) }),
  },
  Reformer: {
    setting: "rounds",
    values: [1, 2, 4, 8],
    attend: ({ input, kernel, seed }, rounds) => reformerAttention(input, { rounds, kernel, rng: createRng(seed) }),
  },
  Performer: {
    setting: "features",
    values: [64, 256, 1024],
    attend: ({ input, kernel, seed }, features) => performerAttention(input, { features, kernel, rng: createRng(seed) }),
  },
  Hyper: {
    setting: "sampled keys",
    values: [64, 256, 1024],
    attend: ({ input, kernel, seed }, samples) => hyperAttention(input, { samples, kernel, rng: createRng(seed) }),
  },
  linear: { setting: "none", values: [1], attend: ({ input, kernel }) => linearAttention(input, { kernel }) },
};
