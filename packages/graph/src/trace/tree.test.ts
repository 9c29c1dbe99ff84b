import { tensorData, UsageError } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import { flatten, isLeaf, mapLeaves, mapTree } from "./tree.ts";

const leaf = (size: number): { readonly dtype: "float32"; readonly shape: readonly number[] } => ({ dtype: "float32", shape: [size] });

describe("trees", () => {
  it("flatten in the order of sorted keys and indices, with paths", () => {
    const tree = { b: [leaf(1), { c: leaf(2) }], a: leaf(3), empty: {}, none: [] };
    expect(flatten(tree).map(({ path, leaf: { shape } }) => [path, shape])).toEqual([
      ["a", [3]],
      ["b.0", [1]],
      ["b.1.c", [2]],
    ]);
    expect(flatten(tree, "root").map(({ path }) => path)).toEqual(["root.a", "root.b.0", "root.b.1.c"]);
    expect(flatten(leaf(7), "x")).toEqual([{ path: "x", leaf: leaf(7) }]);
    const many = Array.from({ length: 11 }, (_, i) => leaf(i));
    expect(flatten(many).map(({ leaf: { shape } }) => shape)).toEqual(many.map(({ shape }) => shape));
  });

  it("know leaves: anything with a dtype and a shape", () => {
    expect([leaf(1), tensorData("int64", [1], [1])].map(isLeaf)).toEqual([true, true]);
    expect([{}, [], null, undefined, 3, { dtype: "float32" }].map(isLeaf)).toEqual([false, false, false, false, false, false]);
  });

  it("map leaves and keep the structure", () => {
    const tree = { b: [leaf(1)], a: leaf(2) };
    expect(mapTree(({ shape }, path) => `${path}:${shape}`, tree)).toEqual({ a: "a:2", b: ["b.0:1"] });
    const sums = mapLeaves(
      (x, _, y, z) => [x.shape, y?.shape, z?.shape].map(Number).reduce((a, b) => a + b),
      tree,
      { a: leaf(10), b: [leaf(20)] },
      tree,
    );
    expect(sums).toEqual({ a: 14, b: [22] });
  });

  it.each<readonly [unknown, unknown, string]>([
    [{ a: leaf(1) }, { b: leaf(1) }, "mapTree: a must hold the same structure in every tree; got undefined. Pass trees of one structure."],
    [
      { a: leaf(1) },
      { a: leaf(1), b: leaf(2) },
      "mapTree: every tree must hold an object of 1; got { a, b }. Pass trees of one structure.",
    ],
    [
      [leaf(1)],
      [leaf(1), leaf(2)],
      "mapTree: every tree must hold an array of 1; got [{ dtype, shape }, { dtype, shape }]. Pass trees of one structure.",
    ],
    [{ a: [leaf(1)] }, { a: { 0: leaf(1) } }, "mapTree: a must hold an array of 1; got { 0 }. Pass trees of one structure."],
    [{ a: leaf(1) }, { a: { b: leaf(1) } }, "mapTree: a must hold a tensor; got { b }. Pass trees of one structure."],
    [{ a: { b: leaf(1) } }, { a: leaf(1) }, "mapTree: a must hold an object of 1; got { dtype, shape }. Pass trees of one structure."],
  ])("refuse other structures: %j and %j", (tree, other, message) => {
    expect(() => mapLeaves((x) => x, tree, other)).toThrow(new UsageError(message));
  });

  it.each<readonly [unknown, string]>([
    [{ a: 3 }, "a: a tree must be made of plain objects, arrays and tensors; got 3. Wrap numbers with constant()."],
    [undefined, "tree: a tree must be made of plain objects, arrays and tensors; got undefined. Wrap numbers with constant()."],
    [
      { a: [Float64Array.of(1)] },
      "a.0: a tree must be made of plain objects, arrays and tensors; got Float64Array(1). Wrap numbers with constant().",
    ],
  ])("refuse %j", (tree, message) => {
    expect(() => flatten(tree)).toThrow(new UsageError(message));
  });
});
