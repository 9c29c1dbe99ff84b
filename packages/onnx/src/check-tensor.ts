import { FormatError, problem, show, showShape, sizeOf, type TensorData } from "@attnlab/check";
import { ELEMENT_CODE } from "./element-type.ts";
import { isArrayOf } from "./tensor-bytes.ts";

/**
 * Requires a known dtype, whole sizes and a typed array of the dtype with as many elements as the shape has.
 * @throws {@link FormatError} otherwise, naming the tensor with `what`.
 */
export function checkTensor(where: string, tensor: TensorData, what: () => string): void {
  const { dtype, shape, data } = tensor;
  if (!Object.hasOwn(ELEMENT_CODE, dtype)) {
    const fix = `Use one of ${Object.keys(ELEMENT_CODE).join(", ")}.`;
    throw new FormatError(problem({ where, expected: `dtype of ${what()} must be known`, got: show(dtype), fix }));
  }
  for (const n of shape) {
    if (!Number.isSafeInteger(n) || n < 0) {
      const expected = `sizes of ${what()} must be whole numbers >= 0`;
      throw new FormatError(problem({ where, expected, got: show(shape), fix: "Constants have no dynamic dimensions." }));
    }
  }
  if (!isArrayOf(dtype, data) || data.length !== sizeOf(shape)) {
    const expected = `data of ${what()} must be ${sizeOf(shape)} ${dtype} elements for shape ${showShape(shape)}`;
    throw new FormatError(problem({ where, expected, got: show(data), fix: "Make the tensor with tensorData from @attnlab/check." }));
  }
}
