import type { KernelModel } from "./attention-kernel.ts";

type Graph = KernelModel["graph"];
type Node = Graph["nodes"][number];

const OPSETS = { "": 21, "com.microsoft": 1 };
const float = (name: string, shape: readonly string[]): Graph["inputs"][number] => ({ name, dtype: "float32", shape });

/** $XY^\top$. */
export function productNode(x: string, y: string, out: string): Node {
  const attributes = { transA: { int: 0 }, transB: { int: 1 }, alpha: { float: 1 } };
  return { op: "FusedMatMul", domain: "com.microsoft", inputs: [x, y], outputs: [out], attributes };
}

/**
 * $\sum_u e^{QK_u^\top} V_u$ over tiles of keys. With a column $-\text{shift}$ in $Q$ facing ones in $K$ and a column of ones in $V$ this is
 * numerator and denominator of a softmax in three operators per tile.
 */
function sumModel(tiles: number): KernelModel {
  const each = Array.from({ length: tiles }, (_, u) => u);
  const out = (u: number): string => (tiles === 1 ? "sums" : `sums${u}`);
  const nodes = each.flatMap((u): Node[] => [
    productNode("query", `key${u}`, `scores${u}`),
    { op: "Exp", inputs: [`scores${u}`], outputs: [`weights${u}`] },
    { op: "MatMul", inputs: [`weights${u}`, `value${u}`], outputs: [out(u)] },
  ]);
  const inputs = each.flatMap((u) => [float(`key${u}`, [`keys${u}`, "width"]), float(`value${u}`, [`keys${u}`, "sumWidth"])]);
  const total: Node[] = tiles === 1 ? [] : [{ op: "Sum", inputs: each.map(out), outputs: ["sums"] }];
  const outputs = [float("sums", ["queries", "sumWidth"])];
  return {
    opsets: OPSETS,
    graph: {
      name: "attentionSums",
      nodes: [...nodes, ...total],
      initializers: [],
      inputs: [float("query", ["queries", "width"]), ...inputs],
      outputs,
    },
  };
}

/** One tile. */
export const oneTile: KernelModel = sumModel(1);

/** Several tiles in one run hide the cost of a call, while the scores of each stay in the cache; most tiles first. */
export const TILE_MODELS: readonly { readonly tiles: number; readonly model: KernelModel }[] = [
  { tiles: 32, model: sumModel(32) },
  { tiles: 8, model: sumModel(8) },
  { tiles: 1, model: oneTile },
];

const visible: Graph["inputs"][number] = { name: "visible", dtype: "bool", shape: ["queries", "keys"] };
const constant = (name: string, value: number): Graph["initializers"][number] => ({
  name,
  value: { dtype: "float32", shape: [], data: Float32Array.of(value) },
});

/** One tile of which each query sees some keys. The choice comes after the exponential, so that what overflows unseen is dropped. */
export const maskedTile: KernelModel = {
  opsets: OPSETS,
  graph: {
    name: "maskedAttentionSums",
    nodes: [
      productNode("query", "key0", "scores"),
      { op: "Exp", inputs: ["scores"], outputs: ["all"] },
      { op: "Where", inputs: ["visible", "all", "zero"], outputs: ["weights"] },
      { op: "MatMul", inputs: ["weights", "value0"], outputs: ["sums"] },
    ],
    initializers: [constant("zero", 0)],
    inputs: [float("query", ["queries", "width"]), float("key0", ["keys", "width"]), float("value0", ["keys", "sumWidth"]), visible],
    outputs: [float("sums", ["queries", "sumWidth"])],
  },
};

/** The largest score of each query in one tile. */
export const tileMaximum: KernelModel = {
  opsets: OPSETS,
  graph: {
    name: "attentionMaximum",
    nodes: [
      productNode("query", "key0", "scores"),
      { op: "ReduceMax", inputs: ["scores", "axis"], outputs: ["maximum"], attributes: { keepdims: { int: 0 } } },
    ],
    initializers: [{ name: "axis", value: { dtype: "int64", shape: [1], data: BigInt64Array.of(1n) } }],
    inputs: [float("query", ["queries", "width"]), float("key0", ["keys", "width"])],
    outputs: [float("maximum", ["queries"])],
  },
};

/** The largest score of each query among the keys of one tile that it sees; below -3e38 when it sees none. */
export const maskedMaximum: KernelModel = {
  opsets: OPSETS,
  graph: {
    name: "maskedAttentionMaximum",
    nodes: [
      productNode("query", "key0", "all"),
      { op: "Where", inputs: ["visible", "all", "lowest"], outputs: ["scores"] },
      { op: "ReduceMax", inputs: ["scores", "axis"], outputs: ["maximum"], attributes: { keepdims: { int: 0 } } },
    ],
    initializers: [constant("lowest", -3.4e38), { name: "axis", value: { dtype: "int64", shape: [1], data: BigInt64Array.of(1n) } }],
    inputs: [float("query", ["queries", "width"]), float("key0", ["keys", "width"]), visible],
    outputs: [float("maximum", ["queries"])],
  },
};
