import type { AttentionInput, FloatTensor } from "@attnlab/attention/node";
import { tensorData } from "@attnlab/check";
import { createRng, type Rng } from "@attnlab/random";

/** Keys in clusters, the good case, and keys without structure, the honest worst case. */
export const DATA_KINDS = ["clustered", "Gaussian"] as const;

/** One of {@link DATA_KINDS}. */
export type DataKind = (typeof DATA_KINDS)[number];

/** Sizes of {@link attentionData}. */
export interface AttentionDataOptions {
  readonly keys: number;
  /** Default: as many as keys. */
  readonly queries?: number;
  /** Default 64. */
  readonly headDim?: number;
  /** Default `headDim`. */
  readonly valueDim?: number;
  readonly seed: number;
  /** Standard deviation of the entries of Gaussian queries and keys; default 1. */
  readonly std?: number;
  /** Clusters; default the whole part of the root of the number of keys. */
  readonly clusters?: number;
}

const CENTER_STD = 1.6;
const SPREAD = 0.5;

/**
 * Queries, keys and values of one head, `[1, 1, tokens, dim]`.
 *
 * Clustered: centres of standard deviation 1.6; a query and a key is a centre plus half a normal number, a value half the reversed centre of
 * its key plus half a normal number. Gaussian: normal queries and keys, independent standard normal values.
 */
export function attentionData(kind: DataKind, options: AttentionDataOptions): AttentionInput {
  return kind === "clustered" ? clustered(options) : gaussian(options);
}

function gaussian({ keys, queries = keys, headDim = 64, valueDim = headDim, seed, std = 1 }: AttentionDataOptions): AttentionInput {
  const rng = createRng(seed).split("gaussian");
  return {
    query: normalRows(rng.split("query"), queries, headDim, std),
    key: normalRows(rng.split("key"), keys, headDim, std),
    value: normalRows(rng.split("value"), keys, valueDim, 1),
  };
}

function clustered(options: AttentionDataOptions): AttentionInput {
  const { keys, queries = keys, headDim = 64, valueDim = headDim, seed } = options;
  const clusters = options.clusters ?? Math.floor(Math.sqrt(keys));
  const rng = createRng(seed).split("clustered");
  const centers = rng.split("centers").fillNormal(new Float32Array(clusters * headDim), { std: CENTER_STD });
  const members = (label: string, count: number): Int32Array => {
    const stream = rng.split(label);
    return Int32Array.from({ length: count }, () => stream.integer(clusters));
  };
  const around = (label: string, owners: Int32Array, width: number, place: (owner: number, t: number) => number): FloatTensor => {
    const rows = normalRows(rng.split(label), owners.length, width, SPREAD);
    rows.data.forEach((noise, i) => {
      rows.data[i] = noise + place(owners[Math.floor(i / width)] as number, i % width);
    });
    return rows;
  };
  const [queryOwners, keyOwners] = [members("query clusters", queries), members("key clusters", keys)];
  const center = (owner: number, t: number): number => centers[owner * headDim + (t % headDim)] as number;
  return {
    query: around("query", queryOwners, headDim, center),
    key: around("key", keyOwners, headDim, center),
    value: around("value", keyOwners, valueDim, (owner, t) => 0.5 * center(owner, headDim - 1 - (t % headDim))),
  };
}

/** Independent normal entries. */
export function normalRows(rng: Rng, rows: number, width: number, std: number): FloatTensor {
  return tensorData("float32", [1, 1, rows, width], rng.fillNormal(new Float32Array(rows * width), { std }));
}
