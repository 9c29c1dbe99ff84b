import { problem, ShapeError, show } from "./errors.ts";

/** Sizes of a tensor's axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** The number of elements of a tensor of this shape; a scalar has one. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** Whether two shapes are the same, axis by axis. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/**
 * Row-major strides in elements: element $(i_0, i_1, ...)$ stands at $\sum_k i_k s_k$.
 *
 * @example
 * ```ts
 * import { stridesOf } from "@attnlab/check";
 * stridesOf([2, 3, 5]); // => [15, 5, 1]
 * ```
 */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i] as number;
  }
  return strides;
}

/** `[2, 3]` as people write it. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Requires whole, non-negative sizes.
 * @throws {@link ShapeError} when an axis is negative, fractional or not a number.
 */
export function checkShape(where: string, shape: Shape): void {
  if (!Array.isArray(shape) || shape.some((n) => !Number.isSafeInteger(n) || n < 0)) {
    throw new ShapeError(
      problem({
        where,
        expected: "a shape must be an array of whole sizes >= 0",
        got: show(shape),
        fix: "Pass for example [2, 3], or [] for a scalar.",
      }),
    );
  }
}

/**
 * The shape two tensors broadcast to: axes are aligned at the end, and an axis of size 1 repeats, as in NumPy and ONNX.
 *
 * @param where - the caller, for the message.
 * @throws {@link ShapeError} when two aligned axes differ and neither is 1.
 * @example
 * ```ts
 * import { broadcastShapes } from "@attnlab/check";
 * broadcastShapes("add", [7, 1, 3], [5, 1]); // => [7, 5, 3]
 * broadcastShapes("add", [2, 3], [2]);
 * // => throws ShapeError: add: aligned axes must be equal or 1 to broadcast; got [2, 3] and [2]. Reshape or broadcast so that axis 1 of the result agrees.
 * ```
 */
export function broadcastShapes(where: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const m = a[a.length - rank + i] ?? 1;
    const n = b[b.length - rank + i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(
        problem({
          where,
          expected: "aligned axes must be equal or 1 to broadcast",
          got: `${showShape(a)} and ${showShape(b)}`,
          fix: `Reshape or broadcast so that axis ${i} of the result agrees.`,
        }),
      );
    }
    out[i] = m === 1 ? n : m;
  }
  return out;
}
