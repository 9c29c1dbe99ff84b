import { customOption, type OptionRule } from "@attnlab/check";
import type { ProductKernel } from "./product-kernel.ts";
import { typedArrayKernel } from "./typed-array-kernel.ts";

/** The rule for the kernel, which every index and `kMeans` has. */
export const kernelOption: OptionRule<ProductKernel> = customOption<ProductKernel>({
  doc: "What multiplies: typedArrayKernel(), or createOnnxKernel() of @attnlab/neighbors/node.",
  default: typedArrayKernel(),
  expected: "a kernel with topProducts, products and unitRoundoff",
  accepts: (value) =>
    typeof value === "object" &&
    value !== null &&
    "topProducts" in value &&
    typeof value.topProducts === "function" &&
    "products" in value &&
    typeof value.products === "function" &&
    "unitRoundoff" in value &&
    typeof value.unitRoundoff === "number",
  invalid: [null, {}, "onnx"],
});
