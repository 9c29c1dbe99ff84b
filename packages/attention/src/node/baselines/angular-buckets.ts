import type { ProductKernel } from "@attnlab/neighbors";
import type { Rng } from "@attnlab/random";

/** Tokens per call of the kernel: bounds the memory of the products. */
const BLOCK = 4096;

/**
 * $h(x) = \arg\max([xR; -xR])$ for each row of `rows`; with several factors the number whose digits are the hashes of each.
 *
 * @param rotations - $R^\top$ of all factors, one under the other, `[half the sum of the factors, dimension]`.
 * @param factors - even numbers of buckets.
 */
export async function angularBuckets(
  kernel: ProductKernel,
  rows: Float32Array,
  dimension: number,
  { rotations, factors }: { readonly rotations: Float32Array; readonly factors: readonly number[] },
): Promise<Int32Array> {
  const count = rows.length / dimension;
  const directions = rotations.length / dimension;
  const buckets = new Int32Array(count);
  for (let start = 0; start < count; start += BLOCK) {
    const queries = rows.subarray(start * dimension, Math.min(count, start + BLOCK) * dimension);
    const products = await kernel.products({ queries, keys: rotations, dimension });
    for (let i = 0; i < queries.length / dimension; i++) {
      let [bucket, first] = [0, i * directions];
      for (const factor of factors) {
        bucket = bucket * factor + largest(products, first, factor / 2);
        first += factor / 2;
      }
      buckets[start + i] = bucket;
    }
  }
  return buckets;
}

/** The place of the largest of `count` numbers and their negatives. */
function largest(products: Float32Array | Float64Array, first: number, count: number): number {
  let [best, place] = [Number.NEGATIVE_INFINITY, 0];
  for (let j = 0; j < count; j++) {
    if ((products[first + j] as number) > best) [best, place] = [products[first + j] as number, j];
  }
  for (let j = 0; j < count; j++) {
    if (-(products[first + j] as number) > best) [best, place] = [-(products[first + j] as number), count + j];
  }
  return place;
}

/** Normal directions for the factors given. */
export function drawRotations(rng: Rng, factors: readonly number[], dimension: number): Float32Array {
  const directions = factors.reduce((sum, factor) => sum + factor / 2, 0);
  return rng.fillNormal(new Float32Array(directions * dimension));
}

/** One factor up to 64 buckets, two of nearly equal size for more: hashing then costs the root of their number. */
export function bucketFactors(wanted: number): readonly number[] {
  const even = (x: number): number => 2 * Math.max(1, Math.round(x / 2));
  if (wanted <= 64) return [even(wanted)];
  const first = even(Math.sqrt(wanted));
  return [first, even(wanted / first)];
}
