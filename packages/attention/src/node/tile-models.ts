import type { KernelModel } from "./attention-kernel.ts";

type Graph = KernelModel["graph"];
type Node = Graph["nodes"][number];
type Value = Graph["inputs"][number];

const OPSETS = { "": 21, "com.microsoft": 1 };
const float = (name: string, shape: readonly string[]): Value => ({ name, dtype: "float32", shape });
const lastAxis: Graph["initializers"][number] = { name: "axis", value: { dtype: "int64", shape: [1], data: BigInt64Array.of(1n) } };
const constant = (name: string, value: number): Graph["initializers"][number] => ({
  name,
  value: { dtype: "float32", shape: [], data: Float32Array.of(value) },
});

/** $XY^\top$. */
export function productNode(x: string, y: string, out: string): Node {
  const attributes = { transA: { int: 0 }, transB: { int: 1 }, alpha: { float: 1 } };
  return { op: "FusedMatMul", domain: "com.microsoft", inputs: [x, y], outputs: [out], attributes };
}

/**
 * Numerator and denominator of weights. A column of ones in the values would give both at once, and cost a twentieth more time: a whole
 * vector of the processor for one column.
 */
export function sumNodes(weights: string, value: string, sums: string, totals: string): readonly Node[] {
  return [
    { op: "MatMul", inputs: [weights, value], outputs: [sums] },
    { op: "ReduceSum", inputs: [weights, "axis"], outputs: [totals], attributes: { keepdims: { int: 0 } } },
  ];
}

const queryInput = float("query", ["queries", "width"]);
const sumOutputs: readonly Value[] = [float("sums", ["queries", "sumWidth"]), float("totals", ["queries"])];

/**
 * $\sum_u e^{QK_u^\top} V_u$ and $\sum_u e^{QK_u^\top} 1$ over tiles of equal size, with $Q$ multiplied by the scale first. A column
 * $-\text{shift}$ in $Q$ that faces ones in $K$ shifts all scores of a query.
 *
 * A `Scan` handles one tile after the other, so that scores and weights stay in the same memory and in the cache. The same nodes written
 * out for every tile take a tenth longer: the runtime orders them by depth and keeps the weights of all tiles until their sums at the end.
 */
export const tileSums: KernelModel = {
  opsets: OPSETS,
  graph: {
    name: "attentionSums",
    nodes: [
      { op: "Mul", inputs: ["query", "scale"], outputs: ["scaled"] },
      { op: "Shape", inputs: ["query"], outputs: ["rows"], attributes: { end: { int: 1 } } },
      { op: "Shape", inputs: ["values"], outputs: ["columns"], attributes: { start: { int: 2 } } },
      { op: "Concat", inputs: ["rows", "columns"], outputs: ["sumShape"], attributes: { axis: { int: 0 } } },
      { op: "Expand", inputs: ["zero", "sumShape"], outputs: ["noSums"] },
      { op: "Expand", inputs: ["zero", "rows"], outputs: ["noTotals"] },
      {
        op: "Scan",
        inputs: ["noSums", "noTotals", "keys", "values"],
        outputs: ["sums", "totals"],
        attributes: {
          num_scan_inputs: { int: 2 },
          body: {
            graph: {
              name: "tile",
              nodes: [
                productNode("scaled", "key", "scores"),
                { op: "Exp", inputs: ["scores"], outputs: ["weights"] },
                { op: "ReduceSum", inputs: ["weights", "axis"], outputs: ["totalsHere"], attributes: { keepdims: { int: 0 } } },
                { op: "Add", inputs: ["totalsHere", "totalsSoFar"], outputs: ["totalsNext"] },
                { op: "Gemm", inputs: ["weights", "value", "sumsSoFar"], outputs: ["sumsNext"] },
              ],
              initializers: [],
              inputs: [
                float("sumsSoFar", ["queries", "sumWidth"]),
                float("totalsSoFar", ["queries"]),
                float("key", ["tile", "width"]),
                float("value", ["tile", "sumWidth"]),
              ],
              outputs: [float("sumsNext", ["queries", "sumWidth"]), float("totalsNext", ["queries"])],
            },
          },
        },
      },
    ],
    initializers: [lastAxis, constant("zero", 0)],
    inputs: [queryInput, float("scale", []), float("keys", ["tiles", "tile", "width"]), float("values", ["tiles", "tile", "sumWidth"])],
    outputs: sumOutputs,
  },
};

const visible: Value = { name: "visible", dtype: "bool", shape: ["queries", "tile"] };

/** One tile of which each query sees some keys. The choice comes after the exponential, so that what overflows unseen is dropped. */
export const maskedTile: KernelModel = {
  opsets: OPSETS,
  graph: {
    name: "maskedAttentionSums",
    nodes: [
      { op: "Mul", inputs: ["query", "scale"], outputs: ["scaled"] },
      productNode("scaled", "keys", "scores"),
      { op: "Exp", inputs: ["scores"], outputs: ["all"] },
      { op: "Where", inputs: ["visible", "all", "zero"], outputs: ["weights"] },
      ...sumNodes("weights", "values", "sums", "totals"),
    ],
    initializers: [constant("zero", 0), lastAxis],
    inputs: [queryInput, float("scale", []), float("keys", ["tile", "width"]), float("values", ["tile", "sumWidth"]), visible],
    outputs: sumOutputs,
  },
};

/** The largest score of each query in one tile. */
export const tileMaximum: KernelModel = {
  opsets: OPSETS,
  graph: {
    name: "attentionMaximum",
    nodes: [
      productNode("query", "keys", "scores"),
      { op: "ReduceMax", inputs: ["scores", "axis"], outputs: ["maximum"], attributes: { keepdims: { int: 0 } } },
    ],
    initializers: [lastAxis],
    inputs: [queryInput, float("keys", ["tile", "width"])],
    outputs: [float("maximum", ["queries"])],
  },
};

/** The largest score of each query among the keys of one tile that it sees; below -3e38 when it sees none. */
export const maskedMaximum: KernelModel = {
  opsets: OPSETS,
  graph: {
    name: "maskedAttentionMaximum",
    nodes: [
      productNode("query", "keys", "all"),
      { op: "Where", inputs: ["visible", "all", "lowest"], outputs: ["scores"] },
      { op: "ReduceMax", inputs: ["scores", "axis"], outputs: ["maximum"], attributes: { keepdims: { int: 0 } } },
    ],
    initializers: [constant("lowest", -3.4e38), lastAxis],
    inputs: [queryInput, float("keys", ["tile", "width"]), visible],
    outputs: [float("maximum", ["queries"])],
  },
};

/** The largest squared norms of queries and keys, and the sum of all squared values. */
export const sizeModel: KernelModel = {
  opsets: OPSETS,
  graph: {
    name: "attentionSizes",
    nodes: [
      ...["query", "key"].flatMap((name): Node[] => [
        { op: "ReduceSumSquare", inputs: [name, "axis"], outputs: [`${name}Squares`], attributes: { keepdims: { int: 0 } } },
        { op: "ReduceMax", inputs: [`${name}Squares`], outputs: [`${name}Square`], attributes: { keepdims: { int: 0 } } },
      ]),
      { op: "ReduceSumSquare", inputs: ["value"], outputs: ["valueSquares"], attributes: { keepdims: { int: 0 } } },
    ],
    initializers: [lastAxis],
    inputs: [queryInput, float("key", ["keys", "width"]), float("value", ["keys", "sumWidth"])],
    outputs: [float("querySquare", []), float("keySquare", []), float("valueSquares", [])],
  },
};
