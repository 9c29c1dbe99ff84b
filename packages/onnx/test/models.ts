import { tensorData } from "@attnlab/check";
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from "@attnlab/onnx";

/** The models of the golden files: `tooling/goldens/onnx/official_checker.py` has each judged by the official checker. */

const matrix: OnnxValueInfo = { name: "x", dtype: "float32", shape: ["batch", 3] };
const scalar = (name: string, dtype: OnnxValueInfo["dtype"] = "float32"): OnnxValueInfo => ({ name, dtype, shape: [] });
const pair = (name: string): OnnxValueInfo => ({ name, dtype: "float32", shape: [2] });

function model(graph: OnnxGraph, opsets: Record<string, number> = { "": 21 }): OnnxModel {
  return { irVersion: 10, opsets, producer: "attnlab", graph };
}

function graphOf(nodes: readonly OnnxNode[], inputs: readonly OnnxValueInfo[], outputs: readonly OnnxValueInfo[]): OnnxGraph {
  return { name: "main", nodes, initializers: [], inputs, outputs };
}

const linear = model({
  name: "linear",
  nodes: [
    {
      op: "Gemm",
      name: "affine",
      inputs: ["x", "weight", "bias"],
      outputs: ["h"],
      attributes: { transB: { int: 1 }, alpha: { float: 0.5 } },
    },
    { op: "LeakyRelu", inputs: ["h"], outputs: ["y"], attributes: { alpha: { float: 0.1 } } },
  ],
  initializers: [
    { name: "weight", value: tensorData("float32", [2, 3], [1, -2, 3, 0.5, 0.25, -1]) },
    { name: "bias", value: tensorData("float32", [2], [0.125, -0.5]) },
  ],
  inputs: [matrix],
  outputs: [{ name: "y", dtype: "float32", shape: ["batch", 2] }],
});

const everyKind = model({
  ...graphOf(
    [
      { op: "Constant", inputs: [], outputs: ["c"], attributes: { value: { tensor: tensorData("float64", [2], [Math.PI, -0]) } } },
      { op: "Constant", inputs: [], outputs: ["f"], attributes: { value_floats: { floats: [1.5, -2.25] } } },
      { op: "Constant", inputs: [], outputs: ["i"], attributes: { value_ints: { ints: [-1, 0, 2 ** 40] } } },
      { op: "Cast", inputs: ["mask"], outputs: ["m"], attributes: { to: { int: 6 } } },
      { op: "Resize", inputs: ["picture", "", "scales"], outputs: ["r"], attributes: { mode: { string: "nearest" } } },
      { op: "BitShift", inputs: ["u", "u"], outputs: ["s"], attributes: { direction: { string: "LEFT" } } },
    ],
    [],
    [
      { name: "c", dtype: "float64", shape: [2] },
      { name: "f", dtype: "float32", shape: [2] },
      { name: "i", dtype: "int64", shape: [3] },
      { name: "m", dtype: "int32", shape: [3] },
      { name: "r", dtype: "float32", shape: [1, 1, 2, 4] },
      { name: "s", dtype: "uint32", shape: [2] },
    ],
  ),
  initializers: [
    { name: "mask", value: tensorData("bool", [3], [1, 0, 1]) },
    { name: "picture", value: tensorData("float32", [1, 1, 1, 2], [7, 11]) },
    { name: "scales", value: tensorData("float32", [4], [1, 1, 2, 2]) },
    { name: "u", value: tensorData("uint32", [2], [3, 31]) },
  ],
});

/** Doubles `carried` until its sum passes `limit`, which the body reads from the graph around it. */
const loop = model({
  ...graphOf(
    [
      {
        op: "Loop",
        name: "grow",
        inputs: ["trips", "true", "start"],
        outputs: ["total", "history"],
        attributes: { body: { graph: loopBody() } },
      },
    ],
    [pair("start")],
    [pair("total"), { name: "history", dtype: "float32", shape: ["", 2] }],
  ),
  initializers: [
    { name: "true", value: tensorData("bool", [], [1]) },
    { name: "trips", value: tensorData("int64", [], [20]) },
    { name: "limit", value: tensorData("float32", [], [100]) },
  ],
});

function loopBody(): OnnxGraph {
  return {
    ...graphOf(
      [
        { op: "Add", inputs: ["carried", "carried"], outputs: ["next"] },
        { op: "ReduceSum", inputs: ["next", ""], outputs: ["sum"], attributes: { keepdims: { int: 0 } } },
        { op: "Less", inputs: ["sum", "limit"], outputs: ["again"] },
        { op: "Identity", inputs: ["next"], outputs: ["seen"] },
      ],
      [scalar("step", "int64"), scalar("going", "bool"), pair("carried")],
      [scalar("again", "bool"), pair("next"), pair("seen")],
    ),
    name: "body",
  };
}

const relu = (input: string, output: string, more: Partial<OnnxNode> = {}): OnnxNode => ({
  op: "Relu",
  inputs: [input],
  outputs: [output],
  ...more,
});
const x = scalar("x");
const y = scalar("y");

/** An input with a default value: the initializer shares its name. */
const withDefault = model({
  ...graphOf([relu("x", "y")], [x], [y]),
  initializers: [{ name: "x", value: tensorData("float32", [], [-4]) }],
});

/** Well-formed models by name, with feeds for the reference evaluator. */
export const GOOD: Readonly<Record<string, { readonly model: OnnxModel; readonly feeds: Readonly<Record<string, unknown>> }>> = {
  linear: {
    model: linear,
    feeds: {
      x: [
        [1, 2, 3],
        [-5, 7, 11],
      ],
    },
  },
  everyKind: { model: everyKind, feeds: {} },
  withDefault: { model: withDefault, feeds: {} },
  loop: { model: loop, feeds: { start: [3, 1] } },
};

const branch = (name: string, nodes: readonly OnnxNode[], output = "b"): OnnxGraph => ({ ...graphOf(nodes, [], [scalar(output)]), name });
const chooses = (graph: OnnxGraph): OnnxModel =>
  model(
    graphOf(
      [
        {
          op: "If",
          inputs: ["c"],
          outputs: ["y"],
          attributes: { then_branch: { graph }, else_branch: { graph: branch("else", [relu("x", "e")], "e") } },
        },
      ],
      [x, scalar("c", "bool")],
      [y],
    ),
  );

/** Models with one mistake each, and the message that names it. */
export const BAD: Readonly<Record<string, { readonly model: OnnxModel; readonly message: RegExp }>> = {
  undefinedInput: {
    model: model(graphOf([relu("z", "y")], [x], [y])),
    message: /input 0 of Relu node "y" .* got "z", which nothing defines/,
  },
  wrongOrder: {
    model: model(graphOf([relu("z", "y"), relu("x", "z")], [x], [y])),
    message: /got "z", which Relu defines later. Sort the nodes topologically/,
  },
  twoDefinitions: {
    model: model(graphOf([relu("x", "y"), relu("x", "y")], [x], [y])),
    message: /output 0 of Relu node "y" in graph "main" must be a new name; got "y", defined before/,
  },
  overwritesInput: { model: model(graphOf([relu("x", "x")], [x], [x])), message: /output 0 of Relu node "x" .* must be a new name/ },
  sameInputTwice: { model: model(graphOf([relu("x", "y")], [x, x], [y])), message: /input "x" of graph "main" must be a new name/ },
  sameOutputTwice: { model: model(graphOf([relu("x", "y")], [x], [y, y])), message: /output "y" of graph "main" must be listed once/ },
  sameNodeName: {
    model: model(graphOf([relu("x", "z", { name: "n" }), relu("z", "y", { name: "n" })], [x], [y])),
    message: /the name of Relu node "n" in graph "main" must be unique; got "n" twice/,
  },
  missingOutput: { model: model(graphOf([relu("x", "z")], [x], [y])), message: /output "y" .* got a name that nothing defines/ },
  outerOutput: {
    model: chooses(branch("then", [], "x")),
    message: /output "x" of graph "then" must be defined in its own graph; got a value of a graph around it/,
  },
  shadowing: {
    model: chooses(branch("then", [relu("c", "x")], "x")),
    message: /output 0 of Relu node "x" in graph "then" must be a new name/,
  },
  innerName: {
    model: chooses(branch("then", [relu("q", "b")])),
    message: /input 0 of Relu node "b" in graph "then" must be defined before its use; got "q"/,
  },
  noOpset: {
    model: model(graphOf([relu("x", "y", { domain: "com.microsoft" })], [x], [y])),
    message: /the domain of Relu node "y" in graph "main" must be imported; got "com.microsoft"; imported: ""\. Add "com.microsoft"/,
  },
  badOpset: {
    model: model(graphOf([relu("x", "y")], [x], [y]), { "": 0 }),
    message: /the opset of domain "" must be a whole number >= 1; got 0/,
  },
  noGraphName: { model: model({ ...graphOf([relu("x", "y")], [x], [y]), name: "" }), message: /every graph must have a name; got ""/ },
  noOperator: { model: model(graphOf([relu("x", "y", { op: "" })], [x], [y])), message: /must name an operator; got ""/ },
  namelessInput: { model: model(graphOf([relu("x", "y")], [x, scalar("")], [y])), message: /input "" of graph "main" must have a name/ },
  sameInitializerTwice: {
    model: model({
      ...graphOf([relu("w", "y")], [], [y]),
      initializers: [
        { name: "w", value: tensorData("float32", [], [1]) },
        { name: "w", value: tensorData("float32", [], [2]) },
      ],
    }),
    message: /initializer "w" of graph "main" must be a new name/,
  },
  sameDefaultTwice: {
    model: model({
      ...graphOf([relu("x", "y")], [x], [y]),
      initializers: [
        { name: "x", value: tensorData("float32", [], [1]) },
        { name: "x", value: tensorData("float32", [], [2]) },
      ],
    }),
    message: /initializer "x" of graph "main" must be a new name/,
  },
  defaultOfOtherType: {
    model: model({ ...graphOf([relu("x", "y")], [x], [y]), initializers: [{ name: "x", value: tensorData("float32", [2], [1, 2]) }] }),
    message: /initializer "x" of graph "main" must have the type of the input .* got float32 \[2\] for float32 \[\]/,
  },
};
