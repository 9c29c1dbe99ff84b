import type { ProductKernel } from "@attnlab/neighbors";

/** Rows of queries or keys. */
export interface FeatureRows {
  readonly data: Float32Array;
  readonly start: number;
  readonly end: number;
  readonly role: "query" | "key";
}

/**
 * Positive features $\varphi$ by their logarithms, for attention with weights $\langle\varphi(q), \varphi(k)\rangle$. Those of a query leave out a constant
 * of its row, which cancels in the output.
 */
export interface FeatureMap {
  /** How many features a token has. */
  readonly size: number;
  /** What the logarithms of the query at `from` leave out. */
  readonly queryConstant: (data: Float32Array, from: number) => number;
  /** Writes the logarithms of the row of `data` at `from` into `out`, in float64. */
  readonly write: (out: Float64Array, data: Float32Array, from: number, role: "query" | "key") => void;
  /** The logarithms of some rows in float32, `[rows, size]`. */
  readonly logs: (kernel: ProductKernel, rows: FeatureRows) => Promise<Float32Array>;
}

/** What is multiplied to queries and keys so that products are multiplied by `scale`. */
export function rootFactors(scale: number): Readonly<Record<"query" | "key", number>> {
  const root = Math.sqrt(Math.abs(scale));
  return { query: root, key: scale < 0 ? -root : root };
}
