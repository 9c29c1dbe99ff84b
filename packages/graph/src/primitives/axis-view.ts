import { type Shape, sizeOf } from "@attnlab/check";

/** A row-major tensor seen as `[outer, size, inner]` around one axis: element (o, i, r) is at `(o * size + i) * inner + r`. */
export interface AxisView {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** The view of a shape around an axis. */
export function axisView(shape: Shape, axis: number): AxisView {
  return { outer: sizeOf(shape.slice(0, axis)), size: shape[axis] as number, inner: sizeOf(shape.slice(axis + 1)) };
}

/** Calls `visit` once per line along the axis, with the place of its first element; the others follow in steps of `inner`. */
export function forEachLine({ outer, size, inner }: AxisView, visit: (start: number, line: number) => void): void {
  for (let o = 0; o < outer; o++) for (let r = 0; r < inner; r++) visit(o * size * inner + r, o * inner + r);
}
