import type { AttentionKernel, KernelModel } from "../attention-kernel.ts";
import { softmaxRow } from "../knn/softmax-row.ts";
import { scoreOf } from "../sampling/nearest-keys.ts";
import type { VisibleHead } from "../visible-head.ts";

/** Some queries of a head that attend to some of its keys. */
export interface Tile {
  readonly queries: Int32Array;
  readonly keys: Int32Array;
  /** Whether a query of the head sees a key of the head; all by default. */
  readonly sees?: ((query: number, key: number) => boolean) | undefined;
}

/** Attention of the queries of a tile. */
export interface TileRows {
  /** `[queries, valueDim]`; zeros for a query that sees no key. */
  readonly output: Float64Array;
  /** `[queries]`; minus infinity for a query that sees no key. */
  readonly lse: Float64Array;
}

type Graph = KernelModel["graph"];

const float = (name: string, shape: readonly string[]): Graph["inputs"][number] => ({ name, dtype: "float32", shape });
const constant = (name: string, value: number): Graph["initializers"][number] => ({
  name,
  value: { dtype: "float32", shape: [], data: Float32Array.of(value) },
});

/** Softmax sums of a dense tile under any mask, shifted by the true maximum of each row. */
const model: KernelModel = {
  opsets: { "": 21, "com.microsoft": 1 },
  graph: {
    name: "tileRows",
    nodes: [
      {
        op: "FusedMatMul",
        domain: "com.microsoft",
        inputs: ["query", "key"],
        outputs: ["scores"],
        attributes: { transA: { int: 0 }, transB: { int: 1 }, alpha: { float: 1 } },
      },
      { op: "Where", inputs: ["visible", "scores", "lowest"], outputs: ["seen"] },
      { op: "ReduceMax", inputs: ["seen", "last"], outputs: ["maximum"], attributes: { keepdims: { int: 1 } } },
      { op: "Sub", inputs: ["seen", "maximum"], outputs: ["shifted"] },
      { op: "Exp", inputs: ["shifted"], outputs: ["exponentials"] },
      { op: "Where", inputs: ["visible", "exponentials", "zero"], outputs: ["weights"] },
      { op: "ReduceSum", inputs: ["weights", "last"], outputs: ["denominator"], attributes: { keepdims: { int: 1 } } },
      { op: "MatMul", inputs: ["weights", "value"], outputs: ["numerator"] },
    ],
    initializers: [
      constant("lowest", -3.4e38),
      constant("zero", 0),
      { name: "last", value: { dtype: "int64", shape: [1], data: BigInt64Array.of(1n) } },
    ],
    inputs: [
      float("query", ["queries", "headDim"]),
      float("key", ["keys", "headDim"]),
      float("value", ["keys", "valueDim"]),
      { name: "visible", dtype: "bool", shape: ["queries", "keys"] },
    ],
    outputs: [float("numerator", ["queries", "valueDim"]), float("denominator", ["queries", "1"]), float("maximum", ["queries", "1"])],
  },
};

/** Scores per run, so that a tile of many queries needs no matrix of all of them. */
const SCORES = 2 ** 20;

/**
 * Softmax attention within a tile, in float32 by ONNX Runtime. Rows that leave float32 (infinite scores, sums of values beyond it) are done
 * again in float64.
 */
export async function tileRows(kernel: AttentionKernel, head: VisibleHead, tile: Tile, scale: number): Promise<TileRows> {
  const { valueDim } = head;
  const { queries, keys } = tile;
  const output = new Float64Array(queries.length * valueDim);
  const lse = new Float64Array(queries.length).fill(Number.NEGATIVE_INFINITY);
  if (keys.length === 0) return { output, lse };
  const session = await kernel.session(model);
  const keyFeed = gathered(head.key, head.headDim, keys, 1);
  const valueFeed = gathered(head.value, valueDim, keys, 1);
  const step = Math.max(1, Math.floor(SCORES / keys.length));
  for (let start = 0; start < queries.length; start += step) {
    const some = queries.subarray(start, start + step);
    const visible = maskOf(some, tile);
    const sums = await session.run({
      query: gathered(head.query, head.headDim, some, scale),
      key: keyFeed,
      value: valueFeed,
      visible: { dtype: "bool", shape: [some.length, keys.length], data: visible },
    });
    const numerator = sums.numerator?.data as Float32Array;
    const denominator = sums.denominator?.data as Float32Array;
    const maximum = sums.maximum?.data as Float32Array;
    for (let i = 0; i < some.length; i++) {
      const at = start + i;
      const row = divide(numerator.subarray(i * valueDim, (i + 1) * valueDim), denominator[i] as number, maximum[i] as number);
      const seen = visible.subarray(i * keys.length, (i + 1) * keys.length);
      const { output: values, lse: total } = row ?? rowInFloat64(head, some[i] as number, keys, seen, scale);
      output.set(values, at * valueDim);
      lse[at] = total;
    }
  }
  return { output, lse };
}

/** Rows of a matrix times a factor, as a feed. */
function gathered(
  data: Float32Array,
  width: number,
  rows: Int32Array,
  factor: number,
): { dtype: "float32"; shape: number[]; data: Float32Array } {
  const out = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = (rows[i] as number) * width;
    for (let j = 0; j < width; j++) out[i * width + j] = factor * (data[from + j] as number);
  }
  return { dtype: "float32", shape: [rows.length, width], data: out };
}

function maskOf(queries: Int32Array, { keys, sees }: Tile): Uint8Array {
  const mask = new Uint8Array(queries.length * keys.length);
  if (sees === undefined) return mask.fill(1);
  for (let i = 0, at = 0; i < queries.length; i++) {
    for (let j = 0; j < keys.length; j++, at++) if (sees(queries[i] as number, keys[j] as number)) mask[at] = 1;
  }
  return mask;
}

/** A row of sums divided, or `undefined` when it cannot be trusted: sums that are not finite, or less than the 1 of the largest score. */
function divide(numerator: Float32Array, denominator: number, maximum: number): { output: Float32Array; lse: number } | undefined {
  let trace = maximum * 0;
  for (let j = 0; j < numerator.length; j++) trace += (numerator[j] as number) * 0;
  if (trace !== 0 || !(denominator >= 1 && denominator < 1e38)) return undefined;
  for (let j = 0; j < numerator.length; j++) (numerator[j] as number) /= denominator;
  return { output: numerator, lse: maximum + Math.log(denominator) };
}

function rowInFloat64(
  head: VisibleHead,
  query: number,
  keys: Int32Array,
  visible: Uint8Array,
  scale: number,
): { output: Float64Array; lse: number } {
  const seen = keys.filter((_, j) => visible[j] === 1);
  if (seen.length === 0) return { output: new Float64Array(head.valueDim), lse: Number.NEGATIVE_INFINITY };
  return softmaxRow(
    head,
    seen,
    Float64Array.from(seen, (key) => scoreOf(head, query, key, scale)),
  );
}
