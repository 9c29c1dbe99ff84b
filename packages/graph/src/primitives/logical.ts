import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { binaryPrimitive, type NoAttributes, unaryPrimitive } from "./elementwise.ts";

const reason = notDifferentiable("truth values are not real numbers");

const notPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "logicalNot",
  dtypes: ["bool"],
  compute: (x) => 1 - x,
  vjp: reason,
  onnx: "Not",
  simplify: (x) => (x.node.primitive.name === "logicalNot" ? x.node.inputs[0] : undefined),
});

const andPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "logicalAnd",
  dtypes: ["bool"],
  compute: (a, b) => a * b,
  vjp: reason,
  onnx: "And",
});

const orPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "logicalOr",
  dtypes: ["bool"],
  compute: (a, b) => Math.max(a, b),
  vjp: reason,
  onnx: "Or",
});

/**
 * Elementwise negation of `bool`. Keeps the shape.
 *
 * @throws {@link DtypeError} when the input is not bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, logicalNot, trace } from "@attnlab/graph";
 * evaluate(trace(() => logicalNot(constantOf("bool", [2], [1, 0])), []), []).data // => Uint8Array [0, 1]
 * ```
 */
export function logicalNot(x: Tensor): Tensor {
  return applyOne(notPrimitive, [x], {});
}

/**
 * Elementwise "both" of `bool` tensors, with broadcasting.
 *
 * @throws {@link DtypeError} when an input is not bool; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, logicalAnd, trace } from "@attnlab/graph";
 * const a = constantOf("bool", [3], [1, 1, 0]);
 * const b = constantOf("bool", [3], [1, 0, 0]);
 * evaluate(trace(() => logicalAnd(a, b), []), []).data // => Uint8Array [1, 0, 0]
 * ```
 */
export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  return applyOne(andPrimitive, [a, b], {});
}

/**
 * Elementwise "at least one" of `bool` tensors, with broadcasting.
 *
 * @throws {@link DtypeError} when an input is not bool; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, logicalOr, trace } from "@attnlab/graph";
 * const a = constantOf("bool", [3], [1, 1, 0]);
 * const b = constantOf("bool", [3], [1, 0, 0]);
 * evaluate(trace(() => logicalOr(a, b), []), []).data // => Uint8Array [1, 1, 0]
 * ```
 */
export function logicalOr(a: Tensor, b: Tensor): Tensor {
  return applyOne(orPrimitive, [a, b], {});
}
