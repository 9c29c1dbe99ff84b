import type { Matrix } from "@attnlab/linalg";

/** Adds columns to orthonormal ones until they are a basis: unit vectors, those furthest from the span first, made orthogonal twice. */
export function completeColumns(basis: Matrix): Matrix {
  const { rows: n, cols: k } = basis;
  const columns = Array.from({ length: k }, (_, j) => Float64Array.from({ length: n }, (_, i) => basis.data[i * k + j] as number));
  const outside = Float64Array.from({ length: n }, (_, i) => 1 - columns.reduce((sum, q) => sum + (q[i] as number) ** 2, 0));
  while (columns.length < n) {
    const furthest = outside.indexOf(Math.max(...outside));
    const next = new Float64Array(n);
    next[furthest] = 1;
    for (let pass = 0; pass < 2; pass++) {
      for (const q of columns) {
        let along = 0;
        for (let i = 0; i < n; i++) along += (q[i] as number) * (next[i] as number);
        for (let i = 0; i < n; i++) next[i] = (next[i] as number) - along * (q[i] as number);
      }
    }
    const length = Math.sqrt(next.reduce((sum, v) => sum + v * v, 0));
    for (let i = 0; i < n; i++) {
      next[i] = (next[i] as number) / length;
      outside[i] = (outside[i] as number) - (next[i] as number) ** 2;
    }
    columns.push(next);
  }
  return {
    rows: n,
    cols: n,
    data: Float64Array.from({ length: n * n }, (_, at) => (columns[at % n] as Float64Array)[Math.floor(at / n)] as number),
  };
}
