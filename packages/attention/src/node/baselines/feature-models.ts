import type { KernelModel } from "../attention-kernel.ts";

type Graph = KernelModel["graph"];
type Node = Graph["nodes"][number];

const float = (name: string, ...shape: string[]): Graph["inputs"][number] => ({ name, dtype: "float32", shape });
const axis = (name: string, index: bigint): Graph["initializers"][number] => ({
  name,
  value: { dtype: "int64", shape: [1], data: BigInt64Array.of(index) },
});
const product = (a: string, b: string, out: string, transposed: "first" | "second"): Node => ({
  op: "FusedMatMul",
  domain: "com.microsoft",
  inputs: [a, b],
  outputs: [out],
  attributes: { transA: { int: transposed === "first" ? 1 : 0 }, transB: { int: transposed === "second" ? 1 : 0 }, alpha: { float: 1 } },
});
const model = (name: string, graph: Omit<Graph, "name">): KernelModel => ({
  opsets: { "": 21, "com.microsoft": 1 },
  graph: { name, ...graph },
});

/** $\sum_j \varphi_r(k_j) [v_j, 1]$ for each feature, shifted by its largest logarithm. */
export const keySums: KernelModel = model("featureKeySums", {
  nodes: [
    { op: "ReduceMax", inputs: ["logs", "tokens"], outputs: ["shift"], attributes: { keepdims: { int: 1 } } },
    { op: "Sub", inputs: ["logs", "shift"], outputs: ["shifted"] },
    { op: "Exp", inputs: ["shifted"], outputs: ["features"] },
    product("features", "value", "sums", "first"),
  ],
  initializers: [axis("tokens", 0n)],
  inputs: [float("logs", "keys", "size"), float("value", "keys", "width")],
  outputs: [float("sums", "size", "width"), float("shift", "1", "size")],
});

/** Features of queries after the shifts of the keys, shifted by the largest one of each query. */
const queryFeatures: readonly Node[] = [
  { op: "Add", inputs: ["logs", "shift"], outputs: ["raised"] },
  { op: "ReduceMax", inputs: ["raised", "features"], outputs: ["maximum"], attributes: { keepdims: { int: 1 } } },
  { op: "Sub", inputs: ["raised", "maximum"], outputs: ["lowered"] },
  { op: "Exp", inputs: ["lowered"], outputs: ["queryFeatures"] },
];
const queryInputs = [float("logs", "queries", "size"), float("shift", "1", "size")];
const queryOutputs = [float("rows", "queries", "width"), float("maximum", "queries", "1")];

/** $\langle\varphi(q_i), \text{sums}\rangle$. */
export const queryRows: KernelModel = model("featureQueryRows", {
  nodes: [...queryFeatures, { op: "MatMul", inputs: ["queryFeatures", "sums"], outputs: ["rows"] }],
  initializers: [axis("features", 1n)],
  inputs: [...queryInputs, float("sums", "size", "width")],
  outputs: queryOutputs,
});

/** $\sum_j \langle\varphi(q_i), \varphi(k_j)\rangle [v_j, 1]$ over the visible keys of a block. */
export const blockRows: KernelModel = model("featureBlockRows", {
  nodes: [
    ...queryFeatures,
    { op: "Sub", inputs: ["keyLogs", "shift"], outputs: ["shifted"] },
    { op: "Exp", inputs: ["shifted"], outputs: ["keyFeatures"] },
    product("queryFeatures", "keyFeatures", "all", "second"),
    { op: "Where", inputs: ["visible", "all", "zero"], outputs: ["weights"] },
    { op: "MatMul", inputs: ["weights", "value"], outputs: ["rows"] },
  ],
  initializers: [axis("features", 1n), { name: "zero", value: { dtype: "float32", shape: [], data: Float32Array.of(0) } }],
  inputs: [
    ...queryInputs,
    float("keyLogs", "keys", "size"),
    float("value", "keys", "width"),
    { name: "visible", dtype: "bool", shape: ["queries", "keys"] },
  ],
  outputs: queryOutputs,
});
