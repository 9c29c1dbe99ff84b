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
 * Numerator and denominator of weights. A column of ones in the values would give both at once, and cost an eighth more time: the widest
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

/** What the sums are added to. */
const before: readonly Value[] = [float("sumsBefore", ["queries", "sumWidth"]), float("totalsBefore", ["queries"])];

/**
 * $\sum_u e^{QK_u^\top} V_u$ and $\sum_u e^{QK_u^\top} 1$ over tiles of keys, added to sums from before. A column $-\text{shift}$ in $Q$ that
 * faces ones in $K$ shifts all scores of a query.
 *
 * Each sum is added as soon as it is there: the runtime makes one `Gemm` of product and addition, and a sum of many terms at the end
 * would read them all from memory again.
 */
function sumModel(tiles: number): KernelModel {
  const each = Array.from({ length: tiles }, (_, u) => u);
  const so = (name: string, u: number): string => (u === tiles ? name : u === 0 ? `${name}Before` : `${name}To${u}`);
  const nodes = each.flatMap((u): Node[] => [
    productNode("query", `key${u}`, `scores${u}`),
    { op: "Exp", inputs: [`scores${u}`], outputs: [`weights${u}`] },
    ...sumNodes(`weights${u}`, `value${u}`, `sums${u}`, `totals${u}`),
    { op: "Add", inputs: [`sums${u}`, so("sums", u)], outputs: [so("sums", u + 1)] },
    { op: "Add", inputs: [`totals${u}`, so("totals", u)], outputs: [so("totals", u + 1)] },
  ]);
  const inputs = each.flatMap((u) => [float(`key${u}`, [`keys${u}`, "width"]), float(`value${u}`, [`keys${u}`, "sumWidth"])]);
  return {
    opsets: OPSETS,
    graph: {
      name: "attentionSums",
      nodes,
      initializers: [lastAxis],
      inputs: [queryInput, ...before, ...inputs],
      outputs: sumOutputs,
    },
  };
}

/** Several tiles in one run hide the cost of a call, while the scores of each stay in the cache; most tiles first. */
export const TILE_MODELS: readonly { readonly tiles: number; readonly model: KernelModel }[] = [
  { tiles: 32, model: sumModel(32) },
  { tiles: 8, model: sumModel(8) },
  { tiles: 1, model: sumModel(1) },
];

const visible: Value = { name: "visible", dtype: "bool", shape: ["queries", "keys"] };

/** One tile of which each query sees some keys. The choice comes after the exponential, so that what overflows unseen is dropped. */
export const maskedTile: KernelModel = {
  opsets: OPSETS,
  graph: {
    name: "maskedAttentionSums",
    nodes: [
      productNode("query", "key0", "scores"),
      { op: "Exp", inputs: ["scores"], outputs: ["all"] },
      { op: "Where", inputs: ["visible", "all", "zero"], outputs: ["weights"] },
      ...sumNodes("weights", "value0", "sums0", "totals0"),
      { op: "Add", inputs: ["sums0", "sumsBefore"], outputs: ["sums"] },
      { op: "Add", inputs: ["totals0", "totalsBefore"], outputs: ["totals"] },
    ],
    initializers: [constant("zero", 0), lastAxis],
    inputs: [queryInput, ...before, float("key0", ["keys", "width"]), float("value0", ["keys", "sumWidth"]), visible],
    outputs: sumOutputs,
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
    initializers: [lastAxis],
    inputs: [queryInput, float("key0", ["keys", "width"])],
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
    initializers: [constant("lowest", -3.4e38), lastAxis],
    inputs: [queryInput, float("key0", ["keys", "width"]), visible],
    outputs: [float("maximum", ["queries"])],
  },
};
