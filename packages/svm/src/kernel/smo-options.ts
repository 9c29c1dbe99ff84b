import { booleanOption, DataError, integerOption, numberOption, problem, ShapeError } from "@attnlab/check";
import { isSparse, type SampleRows } from "../linear/sample-rows.ts";
import { KERNEL_RULES, type KernelName, type KernelOptions } from "./kernel.ts";

/** Options that every kernel machine shares. */
export interface SmoOptions extends KernelOptions {
  /** Largest violation of the optimality conditions between two multipliers; default `1e-3`. */
  readonly tol?: number;
  /** Most pairs of multipliers changed, for each binary problem; default `10_000_000`. */
  readonly maxIter?: number;
  /** Memory for kernel values, in MiB; default `200`, and 3,000 are as many as are used. */
  readonly cacheMb?: number;
  /** Leaves multipliers that seem settled at a bound out for a while; default `true`. */
  readonly shrinking?: boolean;
}

/** The rules behind {@link SmoOptions}. */
export const SMO_RULES = {
  ...KERNEL_RULES,
  tol: numberOption({ doc: "Largest violation of the optimality conditions.", above: 0, default: 1e-3 }),
  maxIter: integerOption({ doc: "Most pairs of multipliers changed.", min: 1, default: 10_000_000 }),
  cacheMb: numberOption({ doc: "Memory for kernel values, in MiB.", above: 0, default: 200 }),
  shrinking: booleanOption({ doc: "Leaves multipliers that seem settled at a bound out for a while.", default: true }),
} as const;

/** The rule of the C of kernel machines. */
export const COST_RULE = numberOption({ doc: "Price of the losses against the penalty.", above: 0, default: 1 });

/** The rule of nu. */
export const NU_RULE = numberOption({
  doc: "Upper bound on the share of errors and lower bound on the share of support vectors.",
  above: 0,
  max: 1,
  default: 0.5,
});

/**
 * Requires a precomputed kernel to be a square symmetric matrix; other kernels pass.
 * @throws ShapeError or DataError otherwise.
 */
export function checkPrecomputed(where: string, kernel: KernelName, rows: SampleRows): void {
  if (kernel !== "precomputed") return;
  const n = rows.rows;
  if (rows.cols !== n) {
    const expected = "a precomputed kernel must be square, [samples, samples]";
    const fix = "Pass the kernel between all pairs of samples as rows.";
    throw new ShapeError(problem({ where, expected, got: `${n} x ${rows.cols}`, fix }));
  }
  const values = denseValues(rows);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const a = values[i * n + j] as number;
      const b = values[j * n + i] as number;
      if (Math.abs(a - b) > 1e-8 * Math.max(1, Math.abs(a), Math.abs(b))) {
        const got = `${a} at (${i}, ${j}) and ${b} at (${j}, ${i})`;
        const fix = "Pass K(x_i, x_j) with rows and columns in one order, or average K with its transpose.";
        throw new DataError(problem({ where, expected: "a precomputed kernel must be symmetric", got, fix }));
      }
    }
  }
}

function denseValues(rows: SampleRows): Float64Array {
  if (!isSparse(rows)) return rows.data;
  const values = new Float64Array(rows.rows * rows.cols);
  for (let i = 0; i < rows.rows; i++) {
    for (let k = rows.indptr[i] as number; k < (rows.indptr[i + 1] as number); k++) {
      values[i * rows.cols + (rows.indices[k] as number)] = rows.data[k] as number;
    }
  }
  return values;
}
