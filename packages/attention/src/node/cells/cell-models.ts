import type { KernelModel } from "../attention-kernel.ts";
import { productNode } from "../tile-models.ts";

type Graph = KernelModel["graph"];
type Node = Graph["nodes"][number];

const float = (name: string, shape: readonly string[]): Graph["inputs"][number] => ({ name, dtype: "float32", shape });
const TOP = { axis: { int: 1 }, largest: { int: 1 }, sorted: { int: 1 } };

/** The best `nprobe` cells of each query by estimated mass, and the estimate of the best one. */
const best: readonly Node[] = [
  productNode("query", "cells", "mass"),
  { op: "TopK", inputs: ["mass", "nprobe"], outputs: ["bestMass", "bestPlace"], attributes: TOP },
  { op: "Cast", inputs: ["bestPlace"], outputs: ["probes"], attributes: { to: { int: 6 } } },
  { op: "Gather", inputs: ["bestMass", "first"], outputs: ["shift"], attributes: { axis: { int: 1 } } },
];

const routeInputs = [float("query", ["queries", "width"]), float("cells", ["cells", "width"])];
const nprobe: Graph["inputs"][number] = { name: "nprobe", dtype: "int64", shape: [1] };
const routeOutputs: Graph["outputs"] = [
  { name: "probes", dtype: "int32", shape: ["queries", "probed"] },
  float("shift", ["queries", "one"]),
];
const first: Graph["initializers"][number] = { name: "first", value: { dtype: "int64", shape: [1], data: BigInt64Array.of(0n) } };

/** Which cells each query is sent to. */
export const routeModel: KernelModel = {
  opsets: { "": 21, "com.microsoft": 1 },
  graph: { name: "cellRoute", nodes: best, initializers: [first], inputs: [...routeInputs, nprobe], outputs: routeOutputs },
};

/** {@link routeModel}, and the sums over all other cells with every key at the mean: $\sum_c e^{\text{mass}_c - \text{shift}} [\bar v_c, 1]$. */
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
      { op: "MatMul", inputs: ["weights", "means"], outputs: ["far"] },
    ],
    initializers: [first, { name: "nothing", value: { dtype: "float32", shape: [], data: Float32Array.of(-1e30) } }],
    inputs: [...routeInputs, nprobe, float("means", ["cells", "sumWidth"])],
    outputs: [...routeOutputs, float("far", ["queries", "sumWidth"])],
  },
};
