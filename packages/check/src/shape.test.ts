import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ShapeError } from "./errors.ts";
import { broadcastShapes, checkShape, type Shape, sameShape, showShape, sizeOf, stridesOf } from "./shape.ts";

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 });

/** Every index of a shape in row-major order, by counting. */
function indices(shape: Shape): number[][] {
  return shape.reduce<number[][]>((all, n) => all.flatMap((head) => Array.from({ length: n }, (_, i) => [...head, i])), [[]]);
}

test("a scalar has one element, and an empty axis leaves none", () => {
  expect([sizeOf([]), sizeOf([2, 3, 5]), sizeOf([2, 0, 5])]).toEqual([1, 30, 0]);
});

test("strides put the elements in counting order", () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const strides = stridesOf(shape);
      const positions = indices(shape).map((index) => index.reduce((at, i, axis) => at + i * (strides[axis] as number), 0));
      expect(positions).toEqual(Array.from({ length: sizeOf(shape) }, (_, i) => i));
    }),
  );
});

test("shapes are the same axis by axis", () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
  expect(sameShape([2], [2, 1])).toBe(false);
  expect(sameShape([], [])).toBe(true);
});

test("shapes print as people write them", () => {
  expect([showShape([]), showShape([2, 3])]).toEqual(["[]", "[2, 3]"]);
});

describe("broadcastShapes", () => {
  test.each<[Shape, Shape, Shape]>([
    [
      [7, 1, 3],
      [5, 1],
      [7, 5, 3],
    ],
    [[], [2, 3], [2, 3]],
    [[2, 3], [], [2, 3]],
    [[1], [0], [0]],
    [
      [0, 1],
      [1, 3],
      [0, 3],
    ],
  ])("%j and %j give %j", (a, b, expected) => {
    expect(broadcastShapes("f", a, b)).toEqual(expected);
  });

  test("is commutative, and a shape with any of its axes set to 1 broadcasts back to it", () => {
    fc.assert(
      fc.property(shapes, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.nat(4), (shape, kept, drop) => {
        const part = shape.map((n, i) => (kept[i] === true ? n : 1)).slice(Math.min(drop, shape.length));
        expect(broadcastShapes("f", shape, part)).toEqual(shape);
        expect(broadcastShapes("f", part, shape)).toEqual(shape);
      }),
    );
  });

  test("is associative wherever it is defined", () => {
    const mask = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(shapes, mask, mask, mask, (shape, ...masks) => {
        const part = (keep: readonly boolean[]): Shape => shape.map((n, i) => (keep[i] === true ? n : 1));
        const [a, b, c] = [part(masks[0]), part(masks[1]), part(masks[2])];
        expect(broadcastShapes("f", broadcastShapes("f", a, b), c)).toEqual(broadcastShapes("f", a, broadcastShapes("f", b, c)));
      }),
    );
  });

  test("axes that differ are refused by name", () => {
    expect(() => broadcastShapes("add", [4, 2, 3], [5, 3])).toThrow(
      new ShapeError(
        "add: aligned axes must be equal or 1 to broadcast; got [4, 2, 3] and [5, 3]. Reshape or broadcast so that axis 1 of the result agrees.",
      ),
    );
  });
});

test.each([[[2, -1]], [[1.5]], [[Number.NaN]], [[Number.POSITIVE_INFINITY]], ["23"], [undefined]])("%j is no shape", (shape) => {
  expect(() => checkShape("reshape", shape as Shape)).toThrow(
    /^reshape: a shape must be an array of whole sizes >= 0; got .+\. Pass for example \[2, 3\], or \[\] for a scalar\.$/,
  );
});

test("whole sizes are a shape, zero and none included", () => {
  for (const shape of [[], [0], [2, 3]]) checkShape("reshape", shape);
});
