import type { ProductKernel } from "@attnlab/neighbors";

/** Tokens per call of the kernel. */
const BLOCK = 16384;

/**
 * The place of each row among all sign patterns $[\langle w_b, x\rangle > 0]_b$ in the order of a Gray code, where neighbours differ in one sign.
 *
 * @param directions - $w$, `[bits, dimension]`.
 */
export async function grayCodes(
  kernel: ProductKernel,
  rows: Float32Array,
  dimension: number,
  directions: Float32Array,
): Promise<Uint32Array> {
  const bits = directions.length / dimension;
  const count = rows.length / dimension;
  const codes = new Uint32Array(count);
  for (let start = 0; start < count; start += BLOCK) {
    const queries = rows.subarray(start * dimension, Math.min(count, start + BLOCK) * dimension);
    const products = await kernel.products({ queries, keys: directions, dimension });
    for (let i = 0; i < queries.length / dimension; i++) {
      let [code, last] = [0, 0];
      for (let b = 0; b < bits; b++) {
        last ^= (products[i * bits + b] as number) > 0 ? 1 : 0;
        code = 2 * code + last;
      }
      codes[start + i] = code;
    }
  }
  return codes;
}

/** The numbers `start` to `end - 1`, by code, equal ones ascending. */
export function sortedByCode(codes: Uint32Array, start: number, end: number): Int32Array {
  const order = Int32Array.from({ length: end - start }, (_, i) => start + i);
  return order.sort((a, b) => (codes[a] as number) - (codes[b] as number) || a - b);
}
