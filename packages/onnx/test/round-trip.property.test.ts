import { FormatError } from "@attnlab/check";
import { checkModel, decodeModel, encodeModel, printModel } from "@attnlab/onnx";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ModelProtoSchema } from "onnx-buf";
import { expect, test } from "vitest";
import { arbitraryModel } from "./arbitrary-model.ts";

test("decoding gives back what was encoded", () => {
  fc.assert(
    fc.property(arbitraryModel, (model) => {
      expect(decodeModel(encodeModel(model))).toEqual(model);
    }),
  );
});

test("the official schema reads the same model from our bytes and writes bytes that we read", () => {
  fc.assert(
    fc.property(arbitraryModel, (model) => {
      const official = fromBinary(ModelProtoSchema, encodeModel(model));
      expect(official.$unknown).toBeUndefined();
      expect(official.graph?.node.map((node) => node.opType)).toEqual(model.graph.nodes.map((node) => node.op));
      expect(decodeModel(toBinary(ModelProtoSchema, official))).toEqual(model);
    }),
  );
});

test("encoding twice gives the same bytes, printing twice the same text", () => {
  fc.assert(
    fc.property(arbitraryModel, (model) => {
      const bytes = encodeModel(model);
      expect(encodeModel(decodeModel(bytes))).toEqual(bytes);
      expect(printModel(decodeModel(bytes))).toBe(printModel(model));
    }),
  );
});

test("decoding neither changes nor keeps the bytes", () => {
  fc.assert(
    fc.property(arbitraryModel, (model) => {
      const bytes = encodeModel(model);
      const copy = bytes.slice();
      const decoded = decodeModel(bytes);
      expect(bytes).toEqual(copy);
      bytes.fill(0);
      expect(decoded).toEqual(model);
    }),
  );
});

test("bytes that are cut or changed give a FormatError or another model, never anything else", () => {
  const damage = fc.tuple(arbitraryModel, fc.nat(), fc.nat({ max: 255 }), fc.boolean());
  let refused = 0;
  fc.assert(
    fc.property(damage, ([model, where, byte, cut]) => {
      const bytes = encodeModel(model);
      const at = where % bytes.length;
      bytes[at] = byte;
      try {
        checkModel(decodeModel(cut ? bytes.subarray(0, at) : bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        refused++;
      }
    }),
    { numRuns: 500 },
  );
  expect(refused).toBeGreaterThan(100);
});

test("random bytes give a FormatError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(() => decodeModel(bytes)).toThrow(FormatError);
    }),
  );
});
