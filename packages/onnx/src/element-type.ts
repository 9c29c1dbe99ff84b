import type { Dtype } from "@attnlab/check";

/** Codes of `TensorProto.DataType` for the dtypes we carry. */
export const ELEMENT_CODE: Readonly<Record<Dtype, number>> = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11, uint32: 12 };

const DTYPE_OF_CODE: ReadonlyMap<number, Dtype> = new Map(
  Object.entries(ELEMENT_CODE).map(([dtype, code]) => [code, dtype as Dtype] as const),
);

/** Names of all codes of the format, so that an error can name a type we do not carry. */
export const ELEMENT_NAMES: readonly string[] = [
  "undefined",
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
  "complex64",
  "complex128",
  "bfloat16",
  "float8e4m3fn",
  "float8e4m3fnuz",
  "float8e5m2",
  "float8e5m2fnuz",
  "uint4",
  "int4",
  "float4e2m1",
  "float8e8m0",
  "uint2",
  "int2",
];

/** The dtype of an element code, or `undefined` when we do not carry it. */
export function dtypeOfCode(code: number): Dtype | undefined {
  return DTYPE_OF_CODE.get(code);
}
