import type { KernelModel } from "../attention-kernel.ts";
import { productNode, sumNodes } from "../tile-models.ts";

type Graph = KernelModel["graph"];
type Node = Graph["nodes"][number];

const float = (name: string, shape: readonly string[]): Graph["inputs"][number] => ({ name, dtype: "float32", shape });
const TOP = { axis: { int: 1 }, largest: { int: 1 }, sorted: { int: 1 } };

const scalar = (name: string, value: number): Graph["initializers"][number] => ({
  name,
  value: { dtype: "float32", shape: [], data: Float32Array.of(value) },
});

/**
 * The factor on the variance of a cell: $\|sq\|^2/2$, until the cumulant would promise more than the best of $m$ normal scores,
 * $\sigma\sqrt{2\log m}$ above the mean (the random energy model freezes there); then as much as that for a cell of mean size and variance.
 */
const varianceFactor: readonly Node[] = [
  { op: "ReduceSumSquare", inputs: ["scaled", "axis"], outputs: ["square"], attributes: { keepdims: { int: 1 } } },
  { op: "Mul", inputs: ["square", "half"], outputs: ["free"] },
  { op: "Mul", inputs: ["free", "variance"], outputs: ["gain"] },
  { op: "LessOrEqual", inputs: ["gain", "logCount"], outputs: ["isFree"] },
  { op: "Mul", inputs: ["gain", "logCount"], outputs: ["product"] },
  { op: "Sqrt", inputs: ["product"], outputs: ["root"] },
  { op: "Add", inputs: ["root", "root"], outputs: ["twice"] },
  { op: "Sub", inputs: ["twice", "logCount"], outputs: ["most gain"] },
  { op: "Div", inputs: ["most gain", "variance"], outputs: ["frozen"] },
  { op: "Where", inputs: ["isFree", "free", "frozen"], outputs: ["factor"] },
];

/** The best `nprobe` cells of each query by estimated mass, and the estimate of the best one, or 0, as the shift. */
const best: readonly Node[] = [
  { op: "Mul", inputs: ["query", "scale"], outputs: ["scaled"] },
  ...varianceFactor,
  { op: "Shape", inputs: ["factor"], outputs: ["columnShape"] },
  { op: "Expand", inputs: ["one", "columnShape"], outputs: ["ones"] },
  { op: "Concat", inputs: ["scaled", "factor", "ones"], outputs: ["row"], attributes: { axis: { int: 1 } } },
  productNode("row", "cells", "mass"),
  { op: "TopK", inputs: ["mass", "nprobe"], outputs: ["bestMass", "bestPlace"], attributes: TOP },
  { op: "Cast", inputs: ["bestPlace"], outputs: ["probes"], attributes: { to: { int: 6 } } },
  { op: "Gather", inputs: ["bestMass", "first"], outputs: ["most"], attributes: { axis: { int: 1 } } },
  { op: "Mul", inputs: ["most", "shiftBy"], outputs: ["shift"] },
];

const routeInputs = [
  float("query", ["queries", "headDim"]),
  float("cells", ["cells", "width"]),
  ...["scale", "variance", "logCount", "shiftBy"].map((name) => float(name, [])),
];
const nprobe: Graph["inputs"][number] = { name: "nprobe", dtype: "int64", shape: [1] };
const routeOutputs: Graph["outputs"] = [
  { name: "probes", dtype: "int32", shape: ["queries", "probed"] },
  float("shift", ["queries", "one"]),
];
const first: Graph["initializers"][number] = { name: "first", value: { dtype: "int64", shape: [1], data: BigInt64Array.of(0n) } };

const lastAxis: Graph["initializers"][number] = { name: "axis", value: { dtype: "int64", shape: [1], data: BigInt64Array.of(1n) } };
const constants = [first, lastAxis, scalar("half", 0.5), scalar("one", 1)];

/** Which cells each query is sent to. */
export const routeModel: KernelModel = {
  opsets: { "": 21, "com.microsoft": 1 },
  graph: { name: "cellRoute", nodes: best, initializers: constants, inputs: [...routeInputs, nprobe], outputs: routeOutputs },
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
    initializers: [...constants, scalar("nothing", -1e30)],
    inputs: [...routeInputs, nprobe, float("means", ["cells", "sumWidth"])],
    outputs: [...routeOutputs, float("far", ["queries", "sumWidth"]), float("farTotals", ["queries"])],
  },
};

/** The sums of some queries over the keys of one cell; when shifted, keys have a column of ones and queries one of what is taken off. */
function cellModel(shifted: boolean): KernelModel {
  const query: Node[] = [
    { op: "Gather", inputs: ["query", "rows"], outputs: ["chosen"], attributes: { axis: { int: 0 } } },
    { op: "Mul", inputs: ["chosen", "scale"], outputs: ["scaled"] },
    ...(shifted ? [{ op: "Concat", inputs: ["scaled", "shift"], outputs: ["row"], attributes: { axis: { int: 1 } } } as const] : []),
  ];
  return {
    opsets: { "": 21, "com.microsoft": 1 },
    graph: {
      name: "cellSums",
      nodes: [
        ...query,
        productNode(shifted ? "row" : "scaled", "key", "scores"),
        { op: "Exp", inputs: ["scores"], outputs: ["weights"] },
        ...sumNodes("weights", "value", "sums", "totals"),
      ],
      initializers: [lastAxis],
      inputs: [
        float("query", ["queries", "headDim"]),
        { name: "rows", dtype: "int32", shape: ["visitors"] },
        float("scale", []),
        ...(shifted ? [float("shift", ["visitors", "one"])] : []),
        float("key", ["keys", "width"]),
        float("value", ["keys", "sumWidth"]),
      ],
      outputs: [float("sums", ["visitors", "sumWidth"]), float("totals", ["visitors"])],
    },
  };
}

/** Without and with shifts. */
export const [plainCell, shiftedCell]: readonly [KernelModel, KernelModel] = [cellModel(false), cellModel(true)];

/** Keys and values in another order. */
export const sortModel: KernelModel = {
  opsets: { "": 21 },
  graph: {
    name: "cellSort",
    nodes: [
      { op: "Gather", inputs: ["key", "members"], outputs: ["sortedKey"], attributes: { axis: { int: 0 } } },
      { op: "Gather", inputs: ["value", "members"], outputs: ["sortedValue"], attributes: { axis: { int: 0 } } },
    ],
    initializers: [],
    inputs: [float("key", ["keys", "width"]), float("value", ["keys", "sumWidth"]), { name: "members", dtype: "int32", shape: ["keys"] }],
    outputs: [float("sortedKey", ["keys", "width"]), float("sortedValue", ["keys", "sumWidth"])],
  },
};
