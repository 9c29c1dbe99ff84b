import type { DescMessage } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import { describe, expect, it } from "vitest";
import { ELEMENT_CODE, ELEMENT_NAMES } from "../src/element-type.ts";
import * as fields from "../src/field-numbers.ts";

const MESSAGES: readonly (readonly [string, Readonly<Record<string, number>>, DescMessage])[] = [
  ["model", fields.MODEL, ModelProtoSchema],
  ["operator set", fields.OPERATOR_SET, OperatorSetIdProtoSchema],
  ["string entry", fields.STRING_ENTRY, StringStringEntryProtoSchema],
  ["graph", fields.GRAPH, GraphProtoSchema],
  ["node", fields.NODE, NodeProtoSchema],
  ["attribute", fields.ATTRIBUTE, AttributeProtoSchema],
  ["tensor", fields.TENSOR, TensorProtoSchema],
  ["value info", fields.VALUE_INFO, ValueInfoProtoSchema],
  ["type", fields.TYPE, TypeProtoSchema],
  ["tensor type", fields.TENSOR_TYPE, TypeProto_TensorSchema],
  ["tensor shape", fields.TENSOR_SHAPE, TensorShapeProtoSchema],
  ["dimension", fields.DIMENSION, TensorShapeProto_DimensionSchema],
];

describe("the numbers of the official schema", () => {
  it.each(MESSAGES)("%s: every field", (_, ours, schema) => {
    const official = Object.fromEntries(schema.fields.map((field) => [field.localName, field.number]));
    expect(ours).toEqual(Object.fromEntries(Object.keys(ours).map((name) => [name, official[name]])));
  });

  it("attribute kinds", () => {
    const official: Readonly<Record<string, unknown>> = AttributeProto_AttributeType;
    for (const [name, code] of Object.entries(fields.ATTRIBUTE_TYPE)) expect(official[name], name).toBe(code);
  });

  it("element types", () => {
    const official: Readonly<Record<string, unknown>> = TensorProto_DataType;
    const theirNames: Readonly<Record<string, string>> = { float32: "FLOAT", float64: "DOUBLE" };
    ELEMENT_NAMES.forEach((name, code) => {
      expect(official[theirNames[name] ?? name.toUpperCase()], name).toBe(code);
    });
    expect(Object.entries(ELEMENT_CODE).map(([dtype, code]) => [dtype, ELEMENT_NAMES[code]])).toEqual(
      Object.keys(ELEMENT_CODE).map((dtype) => [dtype, dtype]),
    );
  });
});
