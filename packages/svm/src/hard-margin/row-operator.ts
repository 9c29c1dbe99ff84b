import { rowDot } from "../row-dot.ts";
import { draftGram } from "./draft-gram.ts";
import { gramOfPacked, type PackedRows, packRows } from "./row-products.ts";
import { simdRows } from "./simd-rows.ts";

/** A set of rows as the solvers use them: by their products, so that rows given as factors need not be formed. */
export interface RowOperator {
  readonly count: number;
  readonly dim: number;
  /** A w, `[count]`, in `out` where given. */
  readonly apply: (w: Float64Array, out?: Float64Array) => Float64Array;
  /** A' multipliers, `[dim]`, in `out` where given. */
  readonly combine: (multipliers: Float64Array, out?: Float64Array) => Float64Array;
  /** A diag(weights) A', `[count, count]`, valid until the next call; weights are ones when absent. */
  readonly gram: (weights?: Float64Array) => Float64Array;
  /** The same to about six digits where that is faster, otherwise `undefined`. */
  readonly draft: (weights?: Float64Array) => Float64Array | undefined;
}

/** The operator of rows that are stored one after the other, `[count, dim]`. */
export function denseOperator(rows: Float64Array, count: number, dim: number): RowOperator {
  // Megabytes that every Newton step would ask for anew.
  let packed: PackedRows | undefined;
  let gram: Float64Array | undefined;
  const fast = simdRows(rows, count, dim);
  return {
    count,
    dim,
    apply: (w, out = new Float64Array(count)) => {
      if (fast?.apply(w, out)) return out;
      const whole = count - (count % 4);
      for (let i = 0; i < whole; i += 4) {
        const [r0, r1, r2, r3] = [i * dim, (i + 1) * dim, (i + 2) * dim, (i + 3) * dim];
        let [s0, s1, s2, s3] = [0, 0, 0, 0];
        for (let j = 0; j < dim; j++) {
          const x = w[j] as number;
          s0 += (rows[r0 + j] as number) * x;
          s1 += (rows[r1 + j] as number) * x;
          s2 += (rows[r2 + j] as number) * x;
          s3 += (rows[r3 + j] as number) * x;
        }
        [out[i], out[i + 1], out[i + 2], out[i + 3]] = [s0, s1, s2, s3];
      }
      for (let i = whole; i < count; i++) out[i] = rowDot(rows, i * dim, w);
      return out;
    },
    combine: (multipliers, out = new Float64Array(dim)) => {
      return fast?.combine(multipliers, out) ? out : combineDense(rows, dim, multipliers, out);
    },
    gram: (weights) => {
      packed = packRows(rows, count, dim, weights?.map(Math.sqrt), packed);
      gram = gramOfPacked(packed, gram);
      return gram;
    },
    draft: (weights) => {
      gram ??= new Float64Array(count * count);
      return draftGram(rows, count, dim, weights?.map(Math.sqrt), gram) ? gram : undefined;
    },
  };
}

/** Four rows at a time: the sum is then read and written once for the four. */
function combineDense(rows: Float64Array, dim: number, multipliers: Float64Array, u: Float64Array): Float64Array {
  u.fill(0);
  const used: number[] = [];
  for (let i = 0; i < multipliers.length; i++) if (multipliers[i] !== 0) used.push(i);
  const whole = used.length - (used.length % 4);
  for (let k = 0; k < whole; k += 4) {
    const [i0, i1, i2, i3] = [used[k] as number, used[k + 1] as number, used[k + 2] as number, used[k + 3] as number];
    const [s0, s1, s2, s3] = [multipliers[i0] as number, multipliers[i1] as number, multipliers[i2] as number, multipliers[i3] as number];
    const [r0, r1, r2, r3] = [i0 * dim, i1 * dim, i2 * dim, i3 * dim];
    for (let j = 0; j < dim; j++) {
      const pair = s0 * (rows[r0 + j] as number) + s1 * (rows[r1 + j] as number);
      u[j] = (u[j] as number) + pair + (s2 * (rows[r2 + j] as number) + s3 * (rows[r3 + j] as number));
    }
  }
  for (let k = whole; k < used.length; k++) {
    const i = used[k] as number;
    const scale = multipliers[i] as number;
    for (let j = 0; j < dim; j++) u[j] = (u[j] as number) + scale * (rows[i * dim + j] as number);
  }
  return u;
}
