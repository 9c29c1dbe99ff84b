import type { Dtype } from "./dtype.ts";
import { DataError, DtypeError, problem, ShapeError, show } from "./errors.ts";
import { checkShape, type Shape, showShape, sizeOf } from "./shape.ts";

/** The typed array that carries each dtype outside a program; `bool` is one byte, 0 or 1. */
export interface TypedArrayOf {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint32: Uint32Array;
  readonly bool: Uint8Array;
}

/** A tensor with values: row-major elements in the typed array of its dtype. */
export type TensorData = {
  readonly [D in Dtype]: { readonly dtype: D; readonly shape: Shape; readonly data: TypedArrayOf[D] };
}[Dtype];

const CONSTRUCTORS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;

/**
 * Makes a {@link TensorData}; numbers are converted, a typed array of the right kind is kept without a copy.
 *
 * @throws {@link ShapeError} when the number of values is not the product of the shape.
 * @throws {@link DtypeError} when an unknown dtype is named.
 * @throws {@link DataError} when a number does not fit an integer or boolean dtype.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * tensorData("float32", [2], [1, 2]).data; // => Float32Array [1, 2]
 * ```
 */
export function tensorData<D extends Dtype>(
  dtype: D,
  shape: Shape,
  values: ArrayLike<number> | BigInt64Array,
): Extract<TensorData, { readonly dtype: D }> {
  checkShape("tensorData", shape);
  if (!Object.hasOwn(CONSTRUCTORS, dtype)) {
    const fix = `Use one of ${Object.keys(CONSTRUCTORS).join(", ")}.`;
    throw new DtypeError(problem({ where: "tensorData", expected: "dtype must be known", got: show(dtype), fix }));
  }
  if (values.length !== sizeOf(shape)) {
    const got = `${values.length} values for shape ${showShape(shape)}`;
    const fix = `Pass ${sizeOf(shape)} values, or another shape.`;
    throw new ShapeError(problem({ where: "tensorData", expected: "the shape's product must equal the number of values", got, fix }));
  }
  return { dtype, shape, data: convert(dtype, values) } as Extract<TensorData, { readonly dtype: D }>;
}

/** Smallest and largest value of the dtypes that would wrap around or drop a fraction in silence. */
const WHOLE_RANGE: Readonly<Partial<Record<Dtype, readonly [number, number]>>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  // The doubles next to the ends of the 64-bit range.
  int64: [-(2 ** 63), 2 ** 63 - 1024],
  uint32: [0, 2 ** 32 - 1],
  bool: [0, 1],
};

function convert(dtype: Dtype, values: ArrayLike<number> | BigInt64Array): TypedArrayOf[Dtype] {
  const Target = CONSTRUCTORS[dtype];
  if (values instanceof Target) return values;
  const range = WHOLE_RANGE[dtype];
  if (range !== undefined) checkWhole(dtype, values, range);
  if (dtype === "int64") return BigInt64Array.from(values as ArrayLike<number>, (v) => BigInt(v));
  if (values instanceof BigInt64Array) {
    const numbers = Array.from(values, Number);
    return convert(dtype, numbers);
  }
  return (Target as Float64ArrayConstructor).from(values) as TypedArrayOf[Dtype];
}

function checkWhole(dtype: Dtype, values: ArrayLike<number> | BigInt64Array, [min, max]: readonly [number, number]): void {
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isInteger(value) || value < min || value > max) {
      const expected = `${dtype} values must be whole numbers from ${min} to ${max}`;
      const fix = "Round or clip them first, or use another dtype.";
      throw new DataError(problem({ where: "tensorData", expected, got: `${show(values[i])} at index ${i}`, fix }));
    }
  }
}

/**
 * The elements as ordinary numbers; int64 values are exact up to 2^53. A float64 tensor gives its own array, not a copy.
 *
 * @example
 * ```ts
 * import { tensorData, toNumbers } from "@attnlab/check";
 * toNumbers(tensorData("int64", [2], [3, 5])); // => Float64Array [3, 5]
 * ```
 */
export function toNumbers(tensor: TensorData): Float64Array {
  if (tensor.dtype === "float64") return tensor.data;
  if (tensor.dtype === "int64") return Float64Array.from(tensor.data, Number);
  return Float64Array.from(tensor.data);
}
