import type { Dtype } from "@attnlab/check";

// Numbers of TensorProto.DataType in the ONNX schema.
const ELEMENT_TYPES: Readonly<Record<Dtype, number>> = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11, uint32: 12 };

/** The number by which ONNX attributes name a dtype. */
export function onnxElementType(dtype: Dtype): number {
  return ELEMENT_TYPES[dtype];
}
