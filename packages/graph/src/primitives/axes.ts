import { problem, type Shape, ShapeError, show } from "@attnlab/check";

/** One axis, several axes, or `undefined` for all; negative numbers count from the end. */
export type Axes = number | readonly number[] | undefined;

/**
 * Axes as sorted, distinct, non-negative numbers.
 * @throws {@link ShapeError} when an axis is outside the rank or named twice.
 */
export function resolveAxes(where: string, axes: Axes, rank: number): readonly number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const resolved = (typeof axes === "number" ? [axes] : axes).map((axis) => resolveAxis(where, axis, rank));
  if (new Set(resolved).size !== resolved.length) {
    throw new ShapeError(problem({ where, expected: "axes must be distinct", got: show(axes), fix: "Name every axis once." }));
  }
  return resolved.sort((a, b) => a - b);
}

/** One axis as a non-negative number. @throws {@link ShapeError} when it is outside the rank. */
export function resolveAxis(where: string, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    const expected = rank === 0 ? "a scalar has no axes" : `axis must be a whole number from ${-rank} to ${rank - 1}`;
    throw new ShapeError(problem({ where, expected, got: show(axis), fix: `The tensor has ${rank} axes.` }));
  }
  return resolved;
}

/** The shape after a reduction: reduced axes become 1 or go away. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  return keepDims ? shape.map((n, i) => (axes.includes(i) ? 1 : n)) : shape.filter((_, i) => !axes.includes(i));
}
