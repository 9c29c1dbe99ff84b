import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DTYPES, type Dtype } from "./dtype.ts";
import { DataError, DtypeError, ShapeError } from "./errors.ts";
import { tensorData, toNumbers } from "./tensor-data.ts";

test.each([
  ["float32", Float32Array],
  ["float64", Float64Array],
  ["int32", Int32Array],
  ["int64", BigInt64Array],
  ["uint32", Uint32Array],
  ["bool", Uint8Array],
] as const)("%s is carried by its typed array", (dtype, Carrier) => {
  const tensor = tensorData(dtype, [3], [1, 0, 1]);
  expect(tensor.data).toBeInstanceOf(Carrier);
  expect([tensor.dtype, tensor.shape, [...toNumbers(tensor)]]).toEqual([dtype, [3], [1, 0, 1]]);
});

test("a typed array of the right kind is kept, any other is converted", () => {
  const data = Float32Array.of(1, 2);
  expect(tensorData("float32", [2], data).data).toBe(data);
  expect(tensorData("float64", [2], data).data).toEqual(Float64Array.of(1, 2));
  expect(tensorData("int32", [2], BigInt64Array.of(3n, -4n)).data).toEqual(Int32Array.of(3, -4));
});

test("whole numbers survive the way in and out in every dtype that holds them", () => {
  const cases = fc.tuple(fc.constantFrom<Dtype>("float64", "int32", "int64"), fc.array(fc.integer(), { maxLength: 11 }));
  fc.assert(
    fc.property(cases, ([dtype, values]) => {
      expect([...toNumbers(tensorData(dtype, [values.length], values))]).toEqual(values);
    }),
  );
});

test("toNumbers gives a float64 tensor's own array", () => {
  const data = Float64Array.of(1);
  expect(toNumbers(tensorData("float64", [1], data))).toBe(data);
});

describe("refuses", () => {
  test.each<[string, Dtype, number[], string]>([
    [
      "a fraction",
      "int32",
      [1, 1.5],
      "tensorData: int32 values must be whole numbers from -2147483648 to 2147483647; got 1.5 at index 1. Round or clip them first, or use another dtype.",
    ],
    ["a fraction in int64", "int64", [0.5], "got 0.5 at index 0"],
    ["NaN", "uint32", [Number.NaN], "got NaN at index 0"],
    ["a negative uint32", "uint32", [-1], "uint32 values must be whole numbers from 0 to 4294967295; got -1"],
    ["an int32 that would wrap", "int32", [2 ** 31], "got 2147483648"],
    ["a bool that is neither 0 nor 1", "bool", [2], "bool values must be whole numbers from 0 to 1; got 2"],
  ])("%s", (_what, dtype, values, message) => {
    const make = (): unknown => tensorData(dtype, [values.length], values);
    expect(make).toThrow(DataError);
    expect(make).toThrow(message);
  });

  test("a bigint out of the range of the target", () => {
    expect(() => tensorData("int32", [1], BigInt64Array.of(2n ** 40n))).toThrow("got 1099511627776n at index 0");
  });

  test("a wrong number of values", () => {
    const message =
      "tensorData: the shape's product must equal the number of values; got 5 values for shape [2, 3]. Pass 6 values, or another shape.";
    expect(() => tensorData("float32", [2, 3], [1, 2, 3, 4, 5])).toThrow(new ShapeError(message));
  });

  test("a shape that is none", () => {
    expect(() => tensorData("float32", [-1], [])).toThrow("tensorData: a shape must be an array of whole sizes >= 0; got [-1].");
  });

  test.each(["float16", "toString"])("the unknown dtype %s", (dtype) => {
    expect(() => tensorData(dtype as Dtype, [1], [1])).toThrow(
      new DtypeError(`tensorData: dtype must be known; got "${dtype}". Use one of ${DTYPES.join(", ")}.`),
    );
  });
});
