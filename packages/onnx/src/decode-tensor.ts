import { bytesPerElement, type Dtype, FormatError, problem, show, showShape, sizeOf, type TensorData, tensorData } from "@attnlab/check";
import { dtypeOfCode, ELEMENT_NAMES } from "./element-type.ts";
import { TENSOR } from "./field-numbers.ts";
import { arrayFromBytes } from "./tensor-bytes.ts";
import {
  nextField,
  readBigInts,
  readBytes,
  readDoubles,
  readFloats,
  readInt,
  readInts,
  readString,
  skipField,
  type WireReader,
} from "./wire-reader.ts";

/** A tensor as it stands in a file, before its values are put into a typed array. */
interface RawTensor {
  name: string;
  code: number;
  readonly dims: number[];
  raw: Uint8Array | undefined;
  readonly floats: number[];
  readonly doubles: number[];
  readonly ints: number[];
  readonly bigs: bigint[];
  elsewhere: string | undefined;
}

/** The dtype of an element code. */
export function knownDtype(code: number, what: string): Dtype {
  const dtype = dtypeOfCode(code);
  if (dtype === undefined) {
    const got = ELEMENT_NAMES[code] ?? `element type ${code}`;
    const expected = `the element type of ${what} must be one of float32, float64, int32, int64, uint32, bool`;
    throw new FormatError(problem({ where: "decodeModel", expected, got, fix: "Convert the model to one of these types first." }));
  }
  return dtype;
}

/** Reads one `TensorProto`, whichever of its fields the values are in. */
export function readTensor(reader: WireReader): { readonly name: string; readonly value: TensorData } {
  const raw: RawTensor = { name: "", code: 0, dims: [], raw: undefined, floats: [], doubles: [], ints: [], bigs: [], elsewhere: undefined };
  while (nextField(reader)) readTensorField(reader, raw);
  const what = `tensor ${show(raw.name)}`;
  if (raw.elsewhere !== undefined) {
    const expected = `the values of ${what} must be in the file itself`;
    const fix = "Save the model again with all its tensors inside.";
    throw new FormatError(problem({ where: "decodeModel", expected, got: raw.elsewhere, fix }));
  }
  const dtype = knownDtype(raw.code, what);
  return { name: raw.name, value: assemble(dtype, raw, what) };
}

function readTensorField(reader: WireReader, raw: RawTensor): void {
  const field = reader.field;
  if (field === TENSOR.dims) readInts(reader, raw.dims);
  else if (field === TENSOR.dataType) raw.code = readInt(reader);
  else if (field === TENSOR.name) raw.name = readString(reader);
  else if (field === TENSOR.rawData) raw.raw = readBytes(reader);
  else if (field === TENSOR.floatData) readFloats(reader, raw.floats);
  else if (field === TENSOR.doubleData) readDoubles(reader, raw.doubles);
  else if (field === TENSOR.int32Data) readInts(reader, raw.ints);
  else if (field === TENSOR.int64Data || field === TENSOR.uint64Data) readBigInts(reader, raw.bigs);
  else if (field === TENSOR.dataLocation) {
    if (readInt(reader) !== 0) raw.elsewhere = "data in another file";
  } else {
    if (field === TENSOR.externalData) raw.elsewhere = "data in another file";
    if (field === TENSOR.segment) raw.elsewhere = "a segment of a larger tensor";
    skipField(reader);
  }
}

function assemble(dtype: Dtype, raw: RawTensor, what: string): TensorData {
  const shape = raw.dims;
  const size = sizeOf(shape);
  const wholeSizes = shape.every((n) => n >= 0);
  const data = raw.raw === undefined ? typedField(dtype, raw) : arrayFromBytes(dtype, raw.raw);
  if (!wholeSizes || data === undefined || data.length !== size) {
    const got = raw.raw === undefined ? `${data?.length} values` : `${raw.raw.length} bytes`;
    const needs = raw.raw === undefined ? `${size} values` : `${size * bytesPerElement(dtype)} bytes`;
    const expected = `${what} must hold ${needs} for ${dtype} ${showShape(shape)}`;
    throw new FormatError(problem({ where: "decodeModel", expected, got, fix: "The file is damaged: write it again." }));
  }
  return { dtype, shape, data } as TensorData;
}

/** The values of a tensor that does not use `raw_data`; the field depends on the dtype (`onnx.proto`, TensorProto). */
function typedField(dtype: Dtype, raw: RawTensor): TensorData["data"] {
  if (dtype === "int64") return BigInt64Array.from(raw.bigs);
  const values =
    dtype === "float32" ? raw.floats : dtype === "float64" ? raw.doubles : dtype === "uint32" ? raw.bigs.map(Number) : raw.ints;
  return tensorData(dtype, [values.length], values).data;
}
