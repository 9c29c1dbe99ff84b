/** $\sum_j \varphi_r(k_j) [v_j, 1]$ of every feature over the keys so far, each times $e^{-\text{shift}_r}$. */
export interface FeatureSums {
  /** `[1, size]`, the largest logarithms so far; minus infinity before the first key. */
  readonly shift: Float32Array;
  /** `[size, width]`. */
  readonly rows: () => Float32Array;
  /** Adds sums over other keys with shifts of their own. */
  readonly add: (rows: Float32Array, shift: Float32Array) => void;
}

/** Sums of no keys. They are kept in float64: a long sequence adds thousands of blocks. */
export function createFeatureSums(size: number, width: number): FeatureSums {
  const sums = new Float64Array(size * width);
  const shift = new Float32Array(size).fill(Number.NEGATIVE_INFINITY);
  return {
    shift,
    rows: () => new Float32Array(sums),
    add: (rows, other) => {
      for (let r = 0; r < size; r++) {
        const [mine, theirs] = [shift[r] as number, other[r] as number];
        const most = Math.max(mine, theirs);
        const [keep, take] = [Math.exp(mine - most), Math.exp(theirs - most)];
        for (let j = r * width; j < (r + 1) * width; j++) sums[j] = keep * (sums[j] as number) + take * (rows[j] as number);
        shift[r] = most;
      }
    },
  };
}
