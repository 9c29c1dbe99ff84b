import type { Session } from "@attnlab/runtime/node";
import type { AttentionKernel } from "../attention-kernel.ts";
import type { VisibleHead } from "../visible-head.ts";
import type { FeatureMap } from "./feature-map.ts";
import { blockRows, keySums, queryRows } from "./feature-models.ts";
import { featureRowsInFloat64 } from "./feature-rows-float64.ts";
import { createFeatureSums } from "./feature-sums.ts";
import { createMergedRows, type MergedRows } from "./merged-rows.ts";

/** Tokens per run, and queries per run when causal. */
const [BLOCK, CAUSAL_BLOCK] = [1024, 256];

/**
 * Attention with weights $\langle\varphi(q_i), \varphi(k_j)\rangle$ by running sums $\sum_j \varphi_r(k_j) [v_j, 1]$, block by block in ONNX Runtime.
 *
 * Every feature is shifted by its largest logarithm over the keys, every query by the largest of its logarithms after these shifts. Both cancel in
 * the quotient; they replace the stabilisers of the papers and keep the denominator above 1 without an epsilon. Within a causal block a row may see
 * none of the keys that set the shifts: a head where that loses a row, or where anything leaves float32, is done again in float64.
 */
export async function featureRows(kernel: AttentionKernel, head: VisibleHead, map: FeatureMap): Promise<MergedRows> {
  const work = await openWork(kernel, head, map);
  const { queries, keys, limits } = head;
  const step = limits === undefined ? BLOCK : CAUSAL_BLOCK;
  for (let start = 0; start < queries && work.isSound(); start += step) {
    const end = Math.min(queries, start + step);
    const common = limits === undefined ? keys : (limits[start] as number);
    while (work.added() < common) await work.addKeys(Math.min(common, work.added() + BLOCK));
    const seen = limits === undefined ? keys : (limits[end - 1] as number);
    await work.attend(start, end, seen);
  }
  return work.isSound() ? work.merged : featureRowsInFloat64(head, map);
}

type Feed = Parameters<Session["run"]>[0][string];

interface FeatureWork {
  readonly merged: MergedRows;
  /** Whether no number has left float32 and no row has lost its keys. */
  readonly isSound: () => boolean;
  /** Keys in the sums. */
  readonly added: () => number;
  /** Adds the keys after them, up to `end`. */
  readonly addKeys: (end: number) => Promise<void>;
  /** Rows of the queries from the sums so far, and from the keys after them up to `seen`. */
  readonly attend: (start: number, end: number, seen: number) => Promise<void>;
}

async function openWork(kernel: AttentionKernel, head: VisibleHead, map: FeatureMap): Promise<FeatureWork> {
  const { headDim, valueDim } = head;
  const width = valueDim + 1;
  const products = await kernel.products();
  const sums = createFeatureSums(map.size, width);
  const merged = createMergedRows(head.queries, valueDim);
  let sound = true;
  let added = 0;
  const logs = async (role: "query" | "key", start: number, end: number): Promise<Feed> => {
    const data = await map.logs(products, { data: role === "query" ? head.query : head.key, start, end, role });
    return matrix(data, map.size);
  };
  const sumsOf = async (feeds: Record<string, Feed>): Promise<{ readonly rows: Float32Array; readonly shift: Float32Array }> => {
    const result = await (await kernel.session(keySums)).run(feeds);
    const [rows, shift] = [result.sums?.data as Float32Array, result.shift?.data as Float32Array];
    sound &&= areFinite(rows);
    return { rows, shift };
  };
  /** Merges rows over keys from `before` on. */
  const merge = (start: number, result: Awaited<ReturnType<Session["run"]>>, before: number): void => {
    const [rows, maximum] = [result.rows?.data as Float32Array, result.maximum?.data as Float32Array];
    sound &&= areFinite(rows) && areFinite(maximum);
    for (let i = 0; i < maximum.length; i++) {
      const query = start + i;
      const denominator = rows[i * width + valueDim] as number;
      const top = (maximum[i] as number) + map.queryConstant(head.query, query * headDim);
      // Terms below the least float32 may be lost: no matter when the row has much more from the keys before.
      const seesBlock = head.limits === undefined || (head.limits[query] as number) > before;
      if (seesBlock && !(denominator > LEAST) && !((merged.lse[query] as number) > top - ENOUGH)) sound = false;
      if (!(denominator > 0)) continue;
      for (let j = i * width; j < i * width + valueDim; j++) (rows[j] as number) /= denominator;
      merged.add(query, top + Math.log(denominator), rows, i * width);
    }
  };
  return {
    merged,
    isSound: () => sound,
    added: () => added,
    addKeys: async (end) => {
      const { rows, shift } = await sumsOf({ logs: await logs("key", added, end), value: valueRows(head, added, end) });
      sums.add(rows, shift);
      added = end;
    },
    attend: async (start, end, seen) => {
      const queryLogs = await logs("query", start, end);
      if (added > 0) {
        const feeds = { logs: queryLogs, shift: matrix(sums.shift, map.size), sums: matrix(sums.rows(), width) };
        merge(start, await (await kernel.session(queryRows)).run(feeds), 0);
      }
      if (seen === added) return;
      const [keyLogs, value] = [await logs("key", added, seen), valueRows(head, added, seen)];
      const block = await sumsOf({ logs: keyLogs, value });
      const visible = visibleFeed(head.limits as Int32Array, { start, end }, { start: added, end: seen });
      const feeds = { logs: queryLogs, shift: matrix(block.shift, map.size), keyLogs, value, visible };
      merge(start, await (await kernel.session(blockRows)).run(feeds), added);
      sums.add(block.rows, block.shift);
      added = seen;
    },
  };
}

/** A denominator above the first, shifted so that 1 is large, has lost nothing; lost terms are $e^{-50}$ of the second's. */
const [LEAST, ENOUGH] = [1e-20, 50];

const matrix = (data: Float32Array, width: number): Feed => ({ dtype: "float32", shape: [data.length / width, width], data });

function areFinite(data: Float32Array): boolean {
  let trace = 0;
  for (let i = 0; i < data.length; i++) trace += (data[i] as number) * 0;
  return trace === 0;
}

/** Values with a column of ones. */
function valueRows({ value, valueDim }: VisibleHead, start: number, end: number): Feed {
  const width = valueDim + 1;
  const out = new Float32Array((end - start) * width).fill(1);
  for (let i = 0; i < end - start; i++) out.set(value.subarray((start + i) * valueDim, (start + i + 1) * valueDim), i * width);
  return matrix(out, width);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function visibleFeed(limits: Int32Array, queries: Range, keys: Range): Feed {
  const count = keys.end - keys.start;
  const data = new Uint8Array((queries.end - queries.start) * count);
  for (let i = queries.start; i < queries.end; i++) {
    const seen = Math.max(0, (limits[i] as number) - keys.start);
    data.fill(1, (i - queries.start) * count, (i - queries.start) * count + seen);
  }
  return { dtype: "bool", shape: [queries.end - queries.start, count], data };
}
