import { checkDtype, DataError, problem } from "@attnlab/check";
import type { NdArray } from "../ir/primitive.ts";
import type { TensorType } from "../ir/tensor.ts";

/** Requires int64 indices. @throws {@link DtypeError} otherwise. */
export function checkIndexDtype(where: string, indices: TensorType): void {
  checkDtype(`${where} indices`, indices.dtype, ["int64"]);
}

/** Requires every index to name one of `size` entries. @throws {@link DataError} otherwise. */
export function checkIndexRange(where: string, indices: NdArray, size: number): void {
  const bad = indices.data.find((index) => index < 0 || index >= size);
  if (bad === undefined) return;
  const expected = size === 0 ? "an empty axis has no entries to index" : `every index must be from 0 to ${size - 1}`;
  throw new DataError(problem({ where, expected, got: `${bad}`, fix: "Negative indices do not count from the end here." }));
}
