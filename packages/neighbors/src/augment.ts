/**
 * Keys with one more coordinate that gives all of them the norm $R$: $\tilde x = [x; \sqrt{R^2 - \|x\|^2}]$. With $\tilde q = [q; 0]$,
 * $\|\tilde q - \tilde x\|^2 = \|q\|^2 + R^2 - 2\langle q, x\rangle$: the nearest augmented key has the largest inner product, whatever its sign.
 *
 * @param rows - `[count, dimension]`.
 * @param radius - $R$; of a longer row added later the coordinate is 0.
 * @returns `[count, dimension + 1]`.
 * @see Bachrach et al. 2014; Neyshabur and Srebro 2015.
 */
export function augmentRows(rows: Float32Array, dimension: number, radius: number): Float32Array {
  const count = rows.length / dimension;
  const out = new Float32Array(count * (dimension + 1));
  for (let i = 0; i < count; i++) {
    const [from, to] = [i * dimension, i * (dimension + 1)];
    let square = 0;
    for (let j = 0; j < dimension; j++) {
      const value = rows[from + j] as number;
      out[to + j] = value;
      square += value * value;
    }
    out[to + dimension] = Math.sqrt(Math.max(0, radius * radius - square));
  }
  return out;
}

/** Rows with one more coordinate: a number, or a function of the row. */
export function appendColumn(rows: Float32Array, dimension: number, column: number | ((row: number) => number)): Float32Array {
  const count = rows.length / dimension;
  const out = new Float32Array(count * (dimension + 1));
  for (let i = 0; i < count; i++) {
    out.set(rows.subarray(i * dimension, (i + 1) * dimension), i * (dimension + 1));
    out[i * (dimension + 1) + dimension] = typeof column === "number" ? column : column(i);
  }
  return out;
}
