import { FormatError, tensorData } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import { decodeModel } from "./decode-model.ts";
import { encodeModel } from "./encode-model.ts";
import { ATTRIBUTE, GRAPH, MODEL, NODE, TENSOR } from "./field-numbers.ts";
import type { OnnxGraph, OnnxModel } from "./model.ts";
import { createWriter, endMessage, finishWriter, type WireWriter, writeBytes, writeInt, writeString } from "./wire-writer.ts";

const initializer = { name: "w", value: tensorData("float32", [2], [3, 5]) };
const model: OnnxModel = { opsets: { "": 21 }, graph: { name: "g", nodes: [], initializers: [initializer], inputs: [], outputs: [] } };

/** A model whose graph has one field, written by hand. */
function handMade(field: number, content: (writer: WireWriter) => void): Uint8Array {
  const writer = createWriter(0);
  content(writer);
  endMessage(writer, field, 0);
  endMessage(writer, MODEL.graph, 0);
  return finishWriter(writer);
}

function tensorOf(dims: readonly number[], bytes: number): Uint8Array {
  return handMade(GRAPH.initializer, (writer) => {
    writeBytes(writer, TENSOR.rawData, new Uint8Array(bytes));
    writeString(writer, TENSOR.name, "w");
    writeInt(writer, TENSOR.dataType, 1);
    for (const n of dims.toReversed()) writeInt(writer, TENSOR.dims, n);
  });
}

describe("decodeModel", () => {
  it("reads bytes that start anywhere in their memory", () => {
    const bytes = encodeModel(model);
    for (const offset of [1, 2, 3]) {
      const memory = new Uint8Array(bytes.length + offset);
      memory.set(bytes, offset);
      expect(decodeModel(memory.subarray(offset))).toEqual({ ...model, irVersion: 10 });
    }
  });

  it("says where a file is damaged", () => {
    expect(() => decodeModel(new Uint8Array())).toThrow("got the end of the model without a graph at byte 0 of 0");
    const bytes = encodeModel(model);
    const cut = bytes.subarray(0, bytes.length - 8);
    expect(() => decodeModel(cut)).toThrow(
      /the bytes must be a complete ONNX model; got a field of \d+ bytes where \d+ are left at byte \d+ of/,
    );
    expect(() => decodeModel(new TextEncoder().encode("<html>"))).toThrow(FormatError);
    expect(() => decodeModel(Uint8Array.of(0x08, ...new Array<number>(11).fill(0xff)))).toThrow("an integer of more than ten bytes");
    expect(() => decodeModel(Uint8Array.of(0x07))).toThrow("an impossible field number");
    expect(() => decodeModel(Uint8Array.of(0xfb, 0x01))).toThrow("wire type 3 at byte 2 of 2");
    expect(() => decodeModel(Uint8Array.of(0x12, 0x01, 0xff))).toThrow("text that is not UTF-8");
    expect(() => decodeModel(Uint8Array.of(0x0d, 0, 0, 0, 0))).toThrow("wire type 5 instead of 0 in field 1");
  });

  it("refuses tensors whose values do not fill their shape", () => {
    expect(decodeModel(tensorOf([2, 3], 24)).graph.initializers[0]?.value.shape).toEqual([2, 3]);
    expect(() => decodeModel(tensorOf([2, 3], 20))).toThrow('tensor "w" must hold 24 bytes for float32 [2, 3]; got 20 bytes');
    expect(() => decodeModel(tensorOf([2, 3], 23))).toThrow("got 23 bytes. The file is damaged");
    expect(() => decodeModel(tensorOf([-2, -3], 24))).toThrow("for float32 [-2, -3]");
    expect(() => decodeModel(tensorOf([2 ** 40, 2 ** 40], 24))).toThrow(FormatError);
  });

  it("refuses integers that a number cannot hold, and attributes given twice", () => {
    const node = (content: (writer: WireWriter) => void): Uint8Array =>
      handMade(GRAPH.node, (writer) => {
        for (let i = 0; i < 2; i++) {
          const before = writer.used;
          content(writer);
          writeInt(writer, ATTRIBUTE.type, 2);
          writeString(writer, ATTRIBUTE.name, "axis");
          endMessage(writer, NODE.attribute, before);
        }
      });
    expect(() => decodeModel(node((writer) => writeInt(writer, ATTRIBUTE.i, -(2 ** 60))))).toThrow(
      "the integer -1152921504606847000, beyond 2^53,",
    );
    expect(() => decodeModel(node((writer) => writeInt(writer, ATTRIBUTE.i, 1)))).toThrow('attribute "axis" for the second time');
  });

  it("reads any number of nodes side by side", () => {
    const nodes = Array.from({ length: 500 }, (_, i) => ({ op: "Relu", inputs: [`v${i}`], outputs: [`v${i + 1}`] }));
    expect(decodeModel(encodeModel({ ...model, graph: { ...model.graph, nodes } })).graph.nodes).toEqual(nodes);
  });

  it("refuses nesting that no model has instead of overflowing the stack", () => {
    let graph: OnnxGraph = { name: "g", nodes: [], initializers: [], inputs: [], outputs: [] };
    for (let i = 0; i < 60; i++)
      graph = { ...graph, nodes: [{ op: "If", inputs: [], outputs: [], attributes: { then_branch: { graph } } }] };
    expect(decodeModel(encodeModel({ opsets: {}, graph })).graph.nodes[0]?.op).toBe("If");
    for (let i = 0; i < 10; i++)
      graph = { ...graph, nodes: [{ op: "If", inputs: [], outputs: [], attributes: { then_branch: { graph } } }] };
    expect(() => decodeModel(encodeModel({ opsets: {}, graph }))).toThrow("messages nested more than 200 deep");
  });
});
