import fc from "fast-check";

/** Shapes of up to three axes with 1 to 4 entries each; `[]` is a scalar. */
export const anyShape: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });

/** Shapes of one to three axes. */
export const axedShape: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });

/** A shape that broadcasts to another: leading axes left out, others of size 1. */
export function shapeInto(shape: readonly number[]): fc.Arbitrary<number[]> {
  return fc
    .tuple(fc.integer({ min: 0, max: shape.length }), fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }))
    .map(([drop, single]) => shape.map((n, i) => (single[i] ? 1 : n)).slice(drop));
}

/** `count` shapes that broadcast together. */
export function broadcastable(count: number): fc.Arbitrary<number[][]> {
  return anyShape.chain((shape) => fc.tuple(...Array.from({ length: count }, () => shapeInto(shape))));
}

/** A shape, some of its axes in any order and sign, and whether to keep them. */
export const reduction: fc.Arbitrary<{ readonly shape: number[]; readonly axes: number[] | undefined; readonly keepDims: boolean }> =
  axedShape.chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axes: fc.option(
        fc
          .subarray(
            shape.map((_, i) => i),
            { minLength: 1 },
          )
          .chain((axes) =>
            fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }).map((sign) => axes.map((a, i) => (sign[i] ? a - shape.length : a))),
          ),
        { nil: undefined },
      ),
      keepDims: fc.boolean(),
    }),
  );
