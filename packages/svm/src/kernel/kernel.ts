import { customOption, DataError, integerOption, numberOption, oneOfOption, problem } from "@attnlab/check";
import { LARGEST } from "../check-input.ts";
import { isSparse, rowOperations, type SampleRows } from "../linear/sample-rows.ts";
import { negativeExp } from "./negative-exp.ts";

/** Names of the kernels. */
export type KernelName = "linear" | "rbf" | "poly" | "sigmoid" | "precomputed";

/** A kernel with all its numbers. */
export interface Kernel {
  /**
   * `"linear"` $\langle x, z\rangle$, `"rbf"` $e^{-\gamma\lVert x - z\rVert^2}$, `"poly"` $(\gamma\langle x, z\rangle + c)^d$,
   * `"sigmoid"` $\tanh(\gamma\langle x, z\rangle + c)$, or `"precomputed"`: the data are the kernel's values themselves.
   */
  readonly name: KernelName;
  readonly gamma: number;
  readonly coef0: number;
  readonly degree: number;
}

/** Options that choose a kernel. */
export interface KernelOptions {
  /** Default `"rbf"`. With `"precomputed"` the rows are kernel values: `[samples, samples]` to fit, `[rows, samples]` to predict. */
  readonly kernel?: KernelName;
  /** γ of rbf, poly and sigmoid, > 0; `"scale"` (default) is 1 / (features · variance of all entries), `"auto"` is 1 / features. */
  readonly gamma?: number | "scale" | "auto";
  /** d of poly, a whole number >= 1; default `3`. */
  readonly degree?: number;
  /** c of poly and sigmoid; default `0`. */
  readonly coef0?: number;
}

/** The rules behind {@link KernelOptions}. */
export const KERNEL_RULES = {
  kernel: oneOfOption(["linear", "rbf", "poly", "sigmoid", "precomputed"], { doc: "Inner product to use.", default: "rbf" }),
  gamma: customOption<number | "scale" | "auto">({
    doc: 'gamma of rbf, poly and sigmoid; "scale" is 1 / (features x variance of all entries), "auto" is 1 / features.',
    expected: 'a finite number > 0, "scale" or "auto"',
    accepts: (v) => v === "scale" || v === "auto" || (typeof v === "number" && v > 0 && Number.isFinite(v)),
    invalid: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "wide", null],
    default: "scale",
  }),
  degree: integerOption({ doc: "Exponent of poly.", min: 1, default: 3 }),
  coef0: numberOption({ doc: "Constant of poly and sigmoid.", default: 0 }),
} as const;

/**
 * The kernel that options name, with gamma as a number.
 * @throws DataError when values of poly would leave the range that sums of them need.
 */
export function resolveKernel(
  where: string,
  rows: SampleRows,
  options: {
    readonly kernel: KernelName;
    readonly gamma: number | "scale" | "auto";
    readonly degree: number;
    readonly coef0: number;
  },
): Kernel {
  const { kernel: name, degree, coef0 } = options;
  const uses = name === "rbf" || name === "poly" || name === "sigmoid";
  const kernel = { name, gamma: uses ? resolveGamma(rows, options.gamma) : 1, coef0, degree };
  if (name === "poly") checkPowers(where, kernel, rows);
  return kernel;
}

/** By Cauchy and Schwarz no inner product is larger than the largest squared length. */
function checkPowers(where: string, { gamma, coef0, degree }: Kernel, rows: SampleRows): void {
  const largest = rowOperations(rows)
    .squaredNorms()
    .reduce((most, v) => Math.max(most, v), 0);
  const value = (gamma * largest + Math.abs(coef0)) ** degree;
  if (value <= LARGEST ** 2) return;
  const fix = "Lower gamma or degree, or use fitStandardScaler first.";
  throw new DataError(problem({ where, expected: `values of poly must be at most ${LARGEST ** 2}`, got: `up to ${value}`, fix }));
}

function resolveGamma(rows: SampleRows, gamma: number | "scale" | "auto"): number {
  if (typeof gamma === "number") return gamma;
  if (gamma === "auto") return 1 / rows.cols;
  const count = rows.rows * rows.cols;
  let mean = 0;
  for (const v of rows.data) mean += v;
  mean /= count;
  // Entries that a sparse matrix does not store are zeros.
  let variance = isSparse(rows) ? (count - rows.data.length) * mean * mean : 0;
  for (const v of rows.data) variance += (v - mean) * (v - mean);
  variance /= count;
  return variance > 0 ? 1 / (rows.cols * variance) : 1;
}

/** Turns inner products `out[k]`, `from <= k < to`, into kernel values in place; `norms` are squared lengths, of `x` and of each `listed[k]`. */
export function applyKernel(
  kernel: Kernel,
  out: Float64Array,
  range: { readonly from: number; readonly to: number },
  norms: { readonly ofX: number; readonly ofRows: Float64Array; readonly listed: Int32Array },
): void {
  const { name, gamma, coef0, degree } = kernel;
  const { from, to } = range;
  if (name === "rbf") {
    const { ofX, ofRows, listed } = norms;
    for (let k = from; k < to; k++) {
      const distance = ofX + (ofRows[listed[k] as number] as number) - 2 * (out[k] as number);
      // Rounding can leave a distance of zero below zero.
      out[k] = distance > 0 ? gamma * distance : 0;
    }
    negativeExp(out, from, to);
  } else if (name === "poly") for (let k = from; k < to; k++) out[k] = (gamma * (out[k] as number) + coef0) ** degree;
  else if (name === "sigmoid") for (let k = from; k < to; k++) out[k] = Math.tanh(gamma * (out[k] as number) + coef0);
}
