import { FormatError, type TensorData, tensorData } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import { checkModel } from "./check-model.ts";
import { decodeModel } from "./decode-model.ts";
import { encodeModel } from "./encode-model.ts";
import type { OnnxAttribute, OnnxModel, OnnxValueInfo } from "./model.ts";

const y: OnnxValueInfo = { name: "y", dtype: "float32", shape: [2] };

function constant(attribute: OnnxAttribute): OnnxModel {
  const node = { op: "Constant", inputs: [], outputs: ["y"], attributes: { value: attribute } };
  return { opsets: { "": 21 }, graph: { name: "g", nodes: [node], initializers: [], inputs: [], outputs: [y] } };
}

function weights(value: TensorData): OnnxModel {
  const node = { op: "Relu", inputs: ["w"], outputs: ["y"] };
  return { opsets: { "": 21 }, graph: { name: "g", nodes: [node], initializers: [{ name: "w", value }], inputs: [], outputs: [y] } };
}

/** A value that the types would refuse, as plain JavaScript can pass it. */
function changed<T extends object>(value: T, change: object): T {
  return { ...value, ...change };
}

describe("encodeModel", () => {
  it("writes the version that goes with operator set 21 when none is given", () => {
    expect(decodeModel(encodeModel(constant({ int: 1 }))).irVersion).toBe(10);
  });

  it("writes the standard domain explicitly and leaves empty optional parts out", () => {
    const model = constant({ int: 1 });
    const node = { ...model.graph.nodes[0], domain: "", name: "", op: "Constant", inputs: [], outputs: ["y"] };
    const decoded = decodeModel(encodeModel({ ...model, graph: { ...model.graph, nodes: [node] } }));
    expect(decoded.opsets).toEqual({ "": 21 });
    expect(Object.keys(decoded.graph.nodes[0] ?? {})).toEqual(["op", "inputs", "outputs", "attributes"]);
  });

  it("copies tensors that are views into larger memory, element for element", () => {
    const memory = Float32Array.from({ length: 100_000 }, (_, i) => i / 7);
    const value = tensorData("float32", [3, 20_000], memory.subarray(11, 60_011));
    const decoded = decodeModel(encodeModel(weights(value))).graph.initializers[0]?.value;
    expect(decoded?.data).toEqual(memory.slice(11, 60_011));
    expect(decoded?.data.buffer.byteLength).toBe(240_000);
  });

  it("rounds floats to single precision", () => {
    expect(decodeModel(encodeModel(constant({ float: 0.1 }))).graph.nodes[0]?.attributes).toEqual({ value: { float: Math.fround(0.1) } });
  });

  const wrongLength: TensorData = { dtype: "float32", shape: [2, 3], data: new Float32Array(5) };
  const two = tensorData("float32", [2], [1, 2]);
  const wrongArray = changed<TensorData>(two, { data: new Float64Array(2) });
  const wrongDtype = changed<TensorData>(two, { dtype: "float16" });
  const dynamic = changed<TensorData>(two, { shape: ["n"] });
  it.each([
    [wrongLength, /data of (tensor|initializer) "w".* must be 6 float32 elements for shape \[2, 3\]; got Float32Array\(5\)/],
    [wrongArray, /data of (tensor|initializer) "w".* must be 2 float32 elements for shape \[2\]; got Float64Array\(2\)/],
    [wrongDtype, /dtype of (tensor|initializer) "w".* must be known; got "float16"\. Use one of float32, /],
    [dynamic, /sizes of (tensor|initializer) "w".* must be whole numbers >= 0; got \["n"\]\. Constants have no dynamic dimensions/],
  ])("and checkModel refuse a tensor that is not what it says", (value, message) => {
    for (const use of [encodeModel, checkModel]) {
      expect(() => use(weights(value))).toThrow(FormatError);
      expect(() => use(weights(value))).toThrow(message);
    }
  });

  it("names the node and the attribute of a bad value", () => {
    const expected = 'attribute "value" of Constant node "y" must be a whole number up to 2^53 in size; got 1.5';
    expect(() => encodeModel(constant({ int: 1.5 }))).toThrow(expected);
    expect(() => encodeModel(constant({ ints: [1, 2 ** 53] }))).toThrow("must be a whole number up to 2^53 in size; got 9007199254740992");
    expect(() => encodeModel(constant({ tensor: wrongLength }))).toThrow(
      'data of attribute "value" of Constant node "y" must be 6 float32',
    );
    const noKind: OnnxAttribute = JSON.parse('{ "number": 1 }');
    expect(() => encodeModel(constant(noKind))).toThrow('attribute "value" of Constant node "y" must be of a known kind; got { number }');
  });

  it("names the value and the part of a bad shape, dtype or version", () => {
    const model = constant({ int: 1 });
    const withOutput = (output: OnnxValueInfo): OnnxModel => ({ ...model, graph: { ...model.graph, outputs: [output] } });
    expect(() => encodeModel(withOutput({ ...y, shape: ["n", 0.5] }))).toThrow('axis 1 of "y" must be a whole number');
    expect(() => checkModel(withOutput({ ...y, shape: [-1] }))).toThrow("must be sizes >= 0 or names; got [-1]");
    const half = changed(y, { dtype: "float16" });
    expect(() => encodeModel(withOutput(half))).toThrow('dtype of "y" must be known; got "float16"');
    expect(() => checkModel(withOutput(half))).toThrow('dtype of output "y" of graph "g" must be known; got "float16"');
    expect(() => encodeModel({ ...model, opsets: { "": 2.5 } })).toThrow('opsets[""] must be a whole number');
    expect(() => encodeModel({ ...model, irVersion: Number.NaN })).toThrow("irVersion must be a whole number");
  });
});
