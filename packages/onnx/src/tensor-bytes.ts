import { bytesPerElement, type Dtype, type TensorData, type TypedArrayOf } from "@attnlab/check";

const ARRAYS: { readonly [D in Dtype]: new (buffer: ArrayBuffer) => TypedArrayOf[D] } = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint32: Uint32Array,
  bool: Uint8Array,
};

/** Whether the data is the typed array that carries the dtype. */
export function isArrayOf(dtype: Dtype, data: unknown): boolean {
  return data instanceof ARRAYS[dtype];
}

/** The memory of a tensor's elements, not a copy; little-endian as `raw_data` wants it on every platform JavaScript runs on. */
export function bytesOf(tensor: TensorData): Uint8Array {
  const { buffer, byteOffset, byteLength } = tensor.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A copy of little-endian bytes as the dtype's typed array; `undefined` when their number is no multiple of the element size. */
export function arrayFromBytes(dtype: Dtype, bytes: Uint8Array): TypedArrayOf[Dtype] | undefined {
  if (bytes.length % bytesPerElement(dtype) !== 0) return undefined;
  const copy = new Uint8Array(bytes);
  return new ARRAYS[dtype](copy.buffer);
}
