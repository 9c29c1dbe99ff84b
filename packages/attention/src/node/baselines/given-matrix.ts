import { customOption, type OptionRule, problem, ShapeError, showShape, sizeOf } from "@attnlab/check";
import { checkFinite, checkTensor, type FloatTensor } from "../attention-input.ts";

/** The rule of an option that takes the random or trained matrix of a method instead of drawing it. */
export function matrixOption(doc: string): OptionRule<FloatTensor | undefined> {
  return customOption<FloatTensor | undefined>({
    doc,
    expected: "a float32 tensor",
    accepts: (value) => typeof value === "object" && value !== null && "dtype" in value && value.dtype === "float32",
    invalid: [true, null, [], { dtype: "float64" }],
  });
}

/**
 * Requires a finite tensor that ends in the axes wanted, alone or after those of the heads. An axis of `undefined` may have any size.
 *
 * @returns its last axes, and the part that belongs to a head.
 */
export function checkGivenMatrix(
  where: string,
  name: string,
  tensor: FloatTensor,
  { leading, axes }: { readonly leading: readonly number[]; readonly axes: readonly (number | undefined)[] },
): { readonly shape: readonly number[]; readonly of: (head: number) => Float32Array } {
  checkTensor(where, name, tensor);
  const { shape, data } = tensor;
  const before = shape.slice(0, -axes.length);
  const last = shape.slice(-axes.length);
  const ends = shape.length >= axes.length && last.every((size, i) => size > 0 && (axes[i] === undefined || size === axes[i]));
  const starts = before.length === 0 || (before.length === leading.length && before.every((size, i) => size === leading[i]));
  if (!ends || !starts) {
    const words = `[${axes.map((size) => size ?? "any").join(", ")}]`;
    const expected = `${name} must have the axes ${words}, after none or all of the axes ${showShape(leading)}`;
    throw new ShapeError(problem({ where, expected, got: showShape(shape), fix: "Pass one matrix for all heads, or one for each." }));
  }
  checkFinite(where, name, tensor);
  const size = sizeOf(last);
  return { shape: last, of: (head) => (before.length === 0 ? data : data.subarray(head * size, (head + 1) * size)) };
}
