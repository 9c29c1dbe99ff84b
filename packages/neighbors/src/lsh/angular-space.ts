import { appendColumn, augmentRows } from "../augment.ts";
import type { VectorStore } from "../vector-store.ts";

/**
 * Turns a metric into an angle: the key with the smallest angle to the query is the best one.
 *
 * - cosine: as it is;
 * - inner product: $[x; \sqrt{R^2 - \|x\|^2}]$ against $[q; 0]$, see {@link augmentRows};
 * - Euclidean: $\|q - x\|^2$ falls as $\langle q, x\rangle - \|x\|^2/2$ grows, an inner product with one more coordinate,
 *   $[x; (m - \|x\|^2/2)/s]$ against $[q; s]$; then as above. $m$ centres the coordinate, and $s^2 = \max |m - \|x\|^2/2|$ makes the
 *   product of the two norms smallest, and so the angles as different as they can be.
 */
export interface AngularSpace {
  readonly dimension: number;
  readonly keys: (rows: Float32Array, bias: Float32Array | undefined) => Float32Array;
  readonly queries: (rows: Float32Array) => Float32Array;
  readonly parameters: AngularParameters;
}

/** The numbers $R$, $m$ and $s$ of a space: with them it can be restored. */
export interface AngularParameters {
  readonly radius: number;
  readonly shift: number;
  readonly scale: number;
}

function longest(rows: Float32Array, dimension: number): number {
  let most = 0;
  for (let i = 0; i < rows.length; i += dimension) {
    let sum = 0;
    for (let j = i; j < i + dimension; j++) sum += (rows[j] as number) ** 2;
    most = Math.max(most, sum);
  }
  return Math.sqrt(most);
}

/** The space of a store; `saved` are the parameters of one that was serialised. */
export function angularSpace(store: VectorStore, saved?: AngularParameters): AngularSpace {
  const { metric, dimension, kernelKeys, maxNorm } = store;
  if (metric === "cosine") {
    return { dimension, keys: (rows) => rows, queries: (rows) => rows, parameters: { radius: 1, shift: 0, scale: 1 } };
  }
  if (metric === "inner-product") {
    const radius = saved?.radius ?? maxNorm;
    return {
      dimension: dimension + 1,
      keys: (rows) => augmentRows(rows, dimension, radius),
      queries: (rows) => appendColumn(rows, dimension, 0),
      parameters: { radius, shift: 0, scale: 1 },
    };
  }
  const bias = store.bias as Float32Array;
  const shift = saved?.shift ?? -bias.reduce((sum, b) => sum + b, 0) / store.size;
  const scale = saved?.scale ?? (Math.sqrt(bias.reduce((most, b) => Math.max(most, Math.abs(b + shift)), 0)) || 1);
  const lifted = (rows: Float32Array, halves: Float32Array | undefined): Float32Array =>
    appendColumn(rows, dimension, (row) => (shift + (halves?.[row] ?? 0)) / scale);
  const radius = saved?.radius ?? longest(lifted(kernelKeys, bias), dimension + 1);
  return {
    dimension: dimension + 2,
    keys: (rows, halves) => augmentRows(lifted(rows, halves), dimension + 1, radius),
    queries: (rows) => appendColumn(appendColumn(rows, dimension, scale), dimension + 1, 0),
    parameters: { radius, shift, scale },
  };
}
