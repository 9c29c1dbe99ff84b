/** A matrix whose rows and columns have largest entries near 1: `matrix = diag(rowScale) A diag(colScale)`, all scales powers of two. */
export interface Equilibrated {
  readonly matrix: Float64Array;
  readonly rowScale: Float64Array;
  readonly colScale: Float64Array;
}

/** Scales rows and columns by powers of two, so that no digit is lost: geometric passes, then largest entries to [1, 2). */
export function equilibrate({
  count,
  dim,
  rows,
}: {
  readonly count: number;
  readonly dim: number;
  readonly rows: Float64Array;
}): Equilibrated {
  const rowLog = new Float64Array(count);
  const colLog = new Float64Array(dim);
  const logs = rows.map((v) => (v === 0 ? Number.NaN : Math.log2(Math.abs(v))));
  for (let pass = 0; pass < 3; pass++) {
    centre(rowLog, colLog, (i, j) => logs[i * dim + j] as number, "middle");
    centre(colLog, rowLog, (j, i) => logs[i * dim + j] as number, pass === 2 ? "largest" : "middle");
  }
  const rowScale = rowLog.map((v) => 2 ** Math.round(v));
  const colScale = colLog.map((v) => 2 ** Math.round(v));
  const matrix = new Float64Array(count * dim);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < dim; j++) matrix[i * dim + j] = (rows[i * dim + j] as number) * (rowScale[i] as number) * (colScale[j] as number);
  }
  return { matrix, rowScale, colScale };
}

/** Sets the logarithmic scales of one side so that the largest entry of each, or the middle of largest and least, becomes 1. */
function centre(own: Float64Array, other: Float64Array, log: (mine: number, its: number) => number, to: "middle" | "largest"): void {
  for (let i = 0; i < own.length; i++) {
    let most = Number.NEGATIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < other.length; j++) {
      const v = log(i, j) + (other[j] as number);
      if (v > most) most = v;
      if (v < least) least = v;
    }
    own[i] = most === Number.NEGATIVE_INFINITY ? 0 : -(to === "largest" ? most : (most + least) / 2);
  }
}
