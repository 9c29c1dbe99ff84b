import { expect, test } from "vitest";
import { bytesPerElement, checkDtype, DTYPES, type Dtype, isFloat } from "./dtype.ts";
import { DtypeError } from "./errors.ts";
import { tensorData } from "./tensor-data.ts";

test("bytes are those of the typed array", () => {
  for (const dtype of DTYPES) expect(bytesPerElement(dtype)).toBe(tensorData(dtype, [0], []).data.BYTES_PER_ELEMENT);
});

test("gradients flow through float32 and float64 only", () => {
  expect(DTYPES.filter(isFloat)).toEqual(["float32", "float64"]);
});

test("a dtype outside the allowed ones is refused with the list", () => {
  checkDtype("erf", "float32", ["float32", "float64"]);
  checkDtype("erf", "bool");
  expect(() => checkDtype("erf", "int32", ["float32", "float64"])).toThrow(
    new DtypeError('erf: dtype must be one of float32, float64; got "int32". Convert it with cast first.'),
  );
  expect(() => checkDtype("erf", "float16" as Dtype)).toThrow('got "float16"');
});
