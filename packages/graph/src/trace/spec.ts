import { checkDtype, checkShape, type Dtype, problem, ShapeError, show } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { flatten, type MapTree, mapTree, type Tree } from "./tree.ts";

/** The type of an input: element type and sizes. A string is a named dynamic dimension, for export. */
export interface TensorSpec {
  readonly dtype: Dtype;
  readonly shape: readonly (number | string)[];
}

/** The symbolic tensors that stand for a tree of specifications. */
export type Symbolic<S> = MapTree<S, Tensor>;

/** The specification of a tensor, of data or of another specification. */
export function specOf<S>(tree: S): MapTree<S, { readonly dtype: Dtype; readonly shape: readonly number[] }> {
  return mapTree((leaf: { readonly dtype: Dtype; readonly shape: readonly number[] }) => ({ dtype: leaf.dtype, shape: leaf.shape }), tree);
}

// Primes above a million stand for dynamic sizes while a program is traced: a size that is a multiple of one is
// recognised again when the program is lowered, and no real axis is such a multiple by accident.
const STAND_INS = [1_000_003, 1_000_033, 1_000_037, 1_000_039, 1_000_081, 1_000_099];

/** Smallest stand-in; sizes below it are never dynamic. */
export const FIRST_STAND_IN: number = STAND_INS[0] as number;

/** Whether a size may stand for a dynamic one, so that its value must not be built into a program. */
export function mayBeDynamic(size: number): boolean {
  return size >= FIRST_STAND_IN && STAND_INS.some((standIn) => size % standIn === 0);
}

/** Assigns a stand-in size to every dynamic dimension that the specifications name. */
export function standInsFor(specs: Tree<TensorSpec>): Readonly<Record<string, number>> {
  const dynamic: Record<string, number> = {};
  for (const { leaf } of flatten<TensorSpec>(specs)) {
    for (const dim of leaf.shape) {
      if (typeof dim !== "string" || Object.hasOwn(dynamic, dim)) continue;
      const next = STAND_INS[Object.keys(dynamic).length];
      if (next === undefined) {
        const got = `a further one, ${show(dim)}`;
        throw new ShapeError(
          problem({ where: "trace", expected: `at most ${STAND_INS.length} dynamic dimensions`, got, fix: "Fix some sizes." }),
        );
      }
      dynamic[dim] = next;
    }
  }
  return dynamic;
}

/** The shape to trace with: dynamic names are replaced by their stand-ins. */
export function concreteShape(where: string, spec: TensorSpec, dynamic: Readonly<Record<string, number>>): number[] {
  checkDtype(where, spec.dtype);
  const shape = spec.shape.map((dim) => (typeof dim === "string" ? (dynamic[dim] as number) : dim));
  checkShape(where, shape);
  return shape;
}

/** A size as a product of dynamic names and a fixed factor; `names` is empty for a fixed size. */
export interface DimFactors {
  readonly factor: number;
  readonly names: readonly string[];
}

/**
 * Splits a traced size into its fixed factor and its dynamic names.
 * @throws {@link ShapeError} when a size depends on a dynamic one other than by a product.
 */
export function factorDim(size: number, dynamic: Readonly<Record<string, number>>): DimFactors {
  let factor = size;
  const names: string[] = [];
  if (size >= FIRST_STAND_IN) {
    for (const [name, standIn] of Object.entries(dynamic)) {
      while (factor > 0 && factor % standIn === 0) {
        factor /= standIn;
        names.push(name);
      }
    }
    if (factor >= FIRST_STAND_IN && Object.keys(dynamic).length > 0) {
      throw new ShapeError(
        problem({
          where: "lowering",
          expected: "a size must be a product of dynamic dimensions and a constant",
          got: `${size} with ${show(dynamic)}`,
          fix: "Do not concatenate, pad or slice along a dynamic dimension, or fix its size.",
        }),
      );
    }
  }
  return { factor, names };
}
