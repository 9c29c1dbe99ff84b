import { DTYPES, type Dtype } from "@attnlab/check";
import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { logicalNot } from "./logical.ts";
import { type Operand, operands } from "./operand.ts";

function comparison(
  name: string,
  onnx: string,
  compute: (a: number, b: number) => boolean,
  dtypes?: readonly Dtype[],
): Primitive<NoAttributes> {
  return binaryPrimitive({
    name,
    ...(dtypes === undefined ? {} : { dtypes }),
    result: "bool",
    compute: (a, b) => (compute(a, b) ? 1 : 0),
    vjp: notDifferentiable("a truth value is piecewise constant"),
    onnx,
  });
}

const equalPrimitive = comparison("equal", "Equal", (a, b) => a === b, DTYPES);
const lessPrimitive = comparison("less", "Less", (a, b) => a < b);
const lessEqualPrimitive = comparison("lessEqual", "LessOrEqual", (a, b) => a <= b);
const greaterPrimitive = comparison("greater", "Greater", (a, b) => a > b);
const greaterEqualPrimitive = comparison("greaterEqual", "GreaterOrEqual", (a, b) => a >= b);

/**
 * Elementwise $a = b$ with broadcasting, as `bool`. Any one dtype; NaN equals nothing.
 *
 * @throws {@link DtypeError} when the dtypes differ; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, equal, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => equal(constantOf("int64", [3], [1, 2, 1]), 1), []), []).data // => Uint8Array [1, 0, 1]
 * ```
 */
export function equal(a: Operand, b: Operand): Tensor {
  return applyOne(equalPrimitive, operands("equal", a, b), {});
}

/**
 * Elementwise $a \ne b$ with broadcasting, as `bool`: the negation of {@link equal}, so NaN differs from everything.
 *
 * @throws {@link DtypeError} when the dtypes differ; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, notEqual, trace } from "@attnlab/graph";
 * evaluate(trace(() => notEqual(constantOf("int64", [3], [1, 2, 1]), 1), []), []).data // => Uint8Array [0, 1, 0]
 * ```
 */
export function notEqual(a: Operand, b: Operand): Tensor {
  return logicalNot(applyOne(equalPrimitive, operands("notEqual", a, b), {}));
}

/**
 * Elementwise $a < b$ with broadcasting, as `bool`. Any one dtype but bool; false beside NaN.
 *
 * @throws {@link DtypeError} when the dtypes differ or are bool; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, less, trace } from "@attnlab/graph";
 * evaluate(trace(() => less(constantOf("int64", [3], [1, 2, 3]), 2), []), []).data // => Uint8Array [1, 0, 0]
 * ```
 */
export function less(a: Operand, b: Operand): Tensor {
  return applyOne(lessPrimitive, operands("less", a, b), {});
}

/**
 * Elementwise $a \le b$ with broadcasting, as `bool`. Any one dtype but bool; false beside NaN.
 *
 * @throws {@link DtypeError} when the dtypes differ or are bool; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, lessEqual, trace } from "@attnlab/graph";
 * evaluate(trace(() => lessEqual(constantOf("int64", [3], [1, 2, 3]), 2), []), []).data // => Uint8Array [1, 1, 0]
 * ```
 */
export function lessEqual(a: Operand, b: Operand): Tensor {
  return applyOne(lessEqualPrimitive, operands("lessEqual", a, b), {});
}

/**
 * Elementwise $a > b$ with broadcasting, as `bool`. Any one dtype but bool; false beside NaN.
 *
 * @throws {@link DtypeError} when the dtypes differ or are bool; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, greater, trace } from "@attnlab/graph";
 * evaluate(trace(() => greater(constantOf("int64", [3], [1, 2, 3]), 2), []), []).data // => Uint8Array [0, 0, 1]
 * ```
 */
export function greater(a: Operand, b: Operand): Tensor {
  return applyOne(greaterPrimitive, operands("greater", a, b), {});
}

/**
 * Elementwise $a \ge b$ with broadcasting, as `bool`. Any one dtype but bool; false beside NaN.
 *
 * @throws {@link DtypeError} when the dtypes differ or are bool; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, greaterEqual, trace } from "@attnlab/graph";
 * evaluate(trace(() => greaterEqual(constantOf("int64", [3], [1, 2, 3]), 2), []), []).data // => Uint8Array [0, 1, 1]
 * ```
 */
export function greaterEqual(a: Operand, b: Operand): Tensor {
  return applyOne(greaterEqualPrimitive, operands("greaterEqual", a, b), {});
}
