import { DtypeError, problem, show } from "./errors.ts";

/** The element types of attnlab tensors. */
export type Dtype = "float32" | "float64" | "int32" | "int64" | "uint32" | "bool";

/** Every dtype, in the order of {@link Dtype}. */
export const DTYPES: readonly Dtype[] = ["float32", "float64", "int32", "int64", "uint32", "bool"];

/** Whether values of this dtype are real numbers that a gradient can flow through. */
export function isFloat(dtype: Dtype): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** Bytes of one element. */
export function bytesPerElement(dtype: Dtype): number {
  return dtype === "float64" || dtype === "int64" ? 8 : dtype === "bool" ? 1 : 4;
}

/**
 * Requires one of `allowed`.
 * @throws {@link DtypeError} otherwise.
 */
export function checkDtype(where: string, dtype: Dtype, allowed: readonly Dtype[] = DTYPES): void {
  if (!allowed.includes(dtype)) {
    throw new DtypeError(
      problem({ where, expected: `dtype must be one of ${allowed.join(", ")}`, got: show(dtype), fix: "Convert it with cast first." }),
    );
  }
}
