import { checkDtype, checkShape, type Dtype, tensorData } from "@attnlab/check";
import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { type Attributes, applyOne, type Tensor } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { onnxElementType } from "../lower/element-type.ts";
import { NUMBERS } from "./elementwise.ts";

type IotaAttributes = { readonly dtype: Dtype; readonly size: number };

const iotaPrimitive: Primitive<IotaAttributes> = {
  name: "iota",
  infer: (_, { dtype, size }) => {
    checkDtype("iota", dtype, NUMBERS);
    checkShape("iota", [size]);
    return [{ dtype, shape: [size] }];
  },
  evaluate: (_, { size }) => [Float64Array.from({ length: size }, (_, i) => i)],
  vjp: notDifferentiable("iota has no inputs"),
  lower: (context) => [iotaName(context, context.attributes.dtype, context.attributes.size)],
};

// Up to here the numbers are stored in the model; above, and for dynamic sizes, they are counted when it runs.
const STORED = 4096;

/** Emits 0, 1, …, `size - 1` in the lowering of any primitive. */
export function iotaName(context: LowerContext<Attributes>, dtype: Dtype, size: number): string {
  const { constant, emit, int64s, isDynamic, scalar, shape } = context;
  if (!isDynamic(size) && size <= STORED) {
    return constant(
      tensorData(
        dtype,
        [size],
        Float64Array.from({ length: size }, (_, i) => i),
      ),
    );
  }
  const limit = isDynamic(size) ? emit("Squeeze", [shape([size]), int64s([0])]) : scalar(size, "int64");
  const range = emit("Range", [scalar(0, "int64"), limit, scalar(1, "int64")]);
  return dtype === "int64" ? range : emit("Cast", [range], { to: { int: onnxElementType(dtype) } });
}

/**
 * The numbers 0, 1, …, `size - 1`.
 *
 * @param dtype - any but bool; float32 counts exactly up to 2^24.
 * @throws {@link ShapeError} when `size` is not a whole number >= 0; {@link DtypeError} on bool.
 * @example
 * ```ts
 * import { evaluate, iota, trace } from "@attnlab/graph";
 * evaluate(trace(() => iota("float32", 3), []), []).data // => Float32Array [0, 1, 2]
 * ```
 */
export function iota(dtype: Dtype, size: number): Tensor {
  return applyOne(iotaPrimitive, [], { dtype, size });
}
