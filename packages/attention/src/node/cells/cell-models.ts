import type { KernelModel } from "../attention-kernel.ts";
import { productNode, sumNodes } from "../tile-models.ts";

type Graph = KernelModel["graph"];
type Node = Graph["nodes"][number];

const float = (name: string, shape: readonly string[]): Graph["inputs"][number] => ({ name, dtype: "float32", shape });
const TOP = { axis: { int: 1 }, largest: { int: 1 }, sorted: { int: 1 } };

/** The best `nprobe` cells of each query by estimated mass, and the estimate of the best one, or 0, as the shift. */
const best: readonly Node[] = [
  productNode("query", "cells", "mass"),
  { op: "TopK", inputs: ["mass", "nprobe"], outputs: ["bestMass", "bestPlace"], attributes: TOP },
  { op: "Cast", inputs: ["bestPlace"], outputs: ["probes"], attributes: { to: { int: 6 } } },
  { op: "Gather", inputs: ["bestMass", "first"], outputs: ["most"], attributes: { axis: { int: 1 } } },
  { op: "Mul", inputs: ["most", "shiftBy"], outputs: ["shift"] },
];

const routeInputs = [float("query", ["queries", "width"]), float("cells", ["cells", "width"]), float("shiftBy", [])];
const nprobe: Graph["inputs"][number] = { name: "nprobe", dtype: "int64", shape: [1] };
const routeOutputs: Graph["outputs"] = [
  { name: "probes", dtype: "int32", shape: ["queries", "probed"] },
  float("shift", ["queries", "one"]),
];
const first: Graph["initializers"][number] = { name: "first", value: { dtype: "int64", shape: [1], data: BigInt64Array.of(0n) } };

const lastAxis: Graph["initializers"][number] = { name: "axis", value: { dtype: "int64", shape: [1], data: BigInt64Array.of(1n) } };

/** Which cells each query is sent to. */
export const routeModel: KernelModel = {
  opsets: { "": 21, "com.microsoft": 1 },
  graph: { name: "cellRoute", nodes: best, initializers: [first], inputs: [...routeInputs, nprobe], outputs: routeOutputs },
};

/** {@link routeModel}, and the sums over all other cells with every key at the mean: $\sum_c e^{\text{mass}_c - \text{shift}} \bar v_c$, and of the weights alone. */
export const farFieldModel: KernelModel = {
  opsets: { "": 21, "com.microsoft": 1 },
  graph: {
    name: "cellFarField",
    nodes: [
      ...best,
      { op: "Shape", inputs: ["bestPlace"], outputs: ["probedShape"] },
      { op: "Expand", inputs: ["nothing", "probedShape"], outputs: ["taken"] },
      { op: "ScatterElements", inputs: ["mass", "bestPlace", "taken"], outputs: ["others"], attributes: { axis: { int: 1 } } },
      { op: "Sub", inputs: ["others", "shift"], outputs: ["logWeights"] },
      { op: "Exp", inputs: ["logWeights"], outputs: ["weights"] },
      ...sumNodes("weights", "means", "far", "farTotals"),
    ],
    initializers: [first, lastAxis, { name: "nothing", value: { dtype: "float32", shape: [], data: Float32Array.of(-1e30) } }],
    inputs: [...routeInputs, nprobe, float("means", ["cells", "sumWidth"])],
    outputs: [...routeOutputs, float("far", ["queries", "sumWidth"]), float("farTotals", ["queries"])],
  },
};

/** The sums of some queries over the keys of one cell. */
export const cellModel: KernelModel = {
  opsets: { "": 21, "com.microsoft": 1 },
  graph: {
    name: "cellSums",
    nodes: [
      productNode("query", "key", "scores"),
      { op: "Exp", inputs: ["scores"], outputs: ["weights"] },
      ...sumNodes("weights", "value", "sums", "totals"),
    ],
    initializers: [lastAxis],
    inputs: [float("query", ["queries", "width"]), float("key", ["keys", "width"]), float("value", ["keys", "sumWidth"])],
    outputs: [float("sums", ["queries", "sumWidth"]), float("totals", ["queries"])],
  },
};
