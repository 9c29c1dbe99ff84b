import type { OnnxAttribute, OnnxNode } from "@attnlab/onnx";
import type { Kernel } from "../kernel/kernel.ts";
import type { KernelExpansion } from "../kernel/kernel-expansion.ts";
import type { StoredRows } from "../kernel/stored-rows.ts";

/** The operator set of classical machine learning. */
export const ML = "ai.onnx.ml";

/** The attributes that name a kernel. */
export function kernelAttributes({ name, gamma, coef0, degree }: Kernel): Readonly<Record<string, OnnxAttribute>> {
  return { kernel_type: { string: name.toUpperCase() }, kernel_params: { floats: [gamma, coef0, degree] } };
}

/** Support vectors as the operators want them: all numbers, row by row. */
export function denseRows({ rows, cols, data, indptr, indices }: StoredRows): readonly number[] {
  if (indptr === undefined || indices === undefined) return data;
  const dense = new Array<number>(rows * cols).fill(0);
  for (let i = 0; i < rows; i++) {
    for (let k = indptr[i] as number; k < (indptr[i + 1] as number); k++) dense[i * cols + (indices[k] as number)] = data[k] as number;
  }
  return dense;
}

/** One kernel function as an SVMRegressor; vectors that it does not use are left out. */
export function machine(
  { kernel, supportVectors }: KernelExpansion,
  parts: {
    readonly features: string;
    readonly output: string;
    readonly coefficients: readonly number[];
    readonly intercept: number;
  },
): OnnxNode {
  const { cols } = supportVectors;
  const dense = denseRows(supportVectors);
  const used = Array.from(parts.coefficients.keys()).filter((s) => parts.coefficients[s] !== 0);
  return {
    op: "SVMRegressor",
    domain: "ai.onnx.ml",
    inputs: [parts.features],
    outputs: [parts.output],
    attributes: {
      ...kernelAttributes(kernel),
      support_vectors: { floats: used.flatMap((s) => dense.slice(s * cols, (s + 1) * cols)) },
      n_supports: { int: used.length },
      coefficients: { floats: used.map((s) => parts.coefficients[s] as number) },
      rho: { floats: [parts.intercept] },
      post_transform: { string: "NONE" },
    },
  };
}
