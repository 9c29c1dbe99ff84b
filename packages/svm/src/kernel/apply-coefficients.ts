import type { KernelSource } from "./kernel-source.ts";

/** The function $\sum_s c_s K(x_s, \cdot) + b$ on rows of the data it was fitted on. */
export function applyCoefficients(source: KernelSource, rows: Int32Array, coef: Float64Array, intercept: number): (row: number) => number {
  const support = rows.filter((_, t) => coef[t] !== 0);
  const weights = coef.filter((c) => c !== 0);
  const values = new Float64Array(support.length);
  return (row) => {
    source.fill(row, support, 0, support.length, values);
    let sum = intercept;
    for (let s = 0; s < weights.length; s++) sum += (weights[s] as number) * (values[s] as number);
    return sum;
  };
}
