/** A square system with its LU factors, for solutions of A x = b and A'y = c. */
export interface LuSystem {
  readonly size: number;
  readonly solve: (rhs: Float64Array) => Float64Array;
  readonly solveTransposed: (rhs: Float64Array) => Float64Array;
}

/** Factors a square matrix `[size, size]` with partial pivoting; `undefined` when a pivot vanishes. */
export function luSystem(matrix: Float64Array, size: number): LuSystem | undefined {
  const lu = matrix.slice();
  const order = Int32Array.from({ length: size }, (_, i) => i);
  for (let k = 0; k < size; k++) {
    let row = k;
    for (let i = k + 1; i < size; i++) if (Math.abs(lu[i * size + k] as number) > Math.abs(lu[row * size + k] as number)) row = i;
    const pivot = lu[row * size + k] as number;
    if (pivot === 0) return undefined;
    if (row !== k) exchangeRows(lu, order, size, row, k);
    for (let i = k + 1; i < size; i++) {
      const factor = (lu[i * size + k] as number) / pivot;
      lu[i * size + k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < size; j++) lu[i * size + j] = (lu[i * size + j] as number) - factor * (lu[k * size + j] as number);
    }
  }
  return {
    size,
    solve: (rhs) => refined(matrix, size, rhs, false, (b) => solveFactored(lu, order, size, b)),
    solveTransposed: (rhs) => refined(matrix, size, rhs, true, (b) => solveFactoredTransposed(lu, order, size, b)),
  };
}

function exchangeRows(lu: Float64Array, order: Int32Array, size: number, a: number, b: number): void {
  for (let j = 0; j < size; j++) {
    const held = lu[a * size + j] as number;
    lu[a * size + j] = lu[b * size + j] as number;
    lu[b * size + j] = held;
  }
  const held = order[a] as number;
  order[a] = order[b] as number;
  order[b] = held;
}

function solveFactored(lu: Float64Array, order: Int32Array, size: number, rhs: Float64Array): Float64Array {
  const x = Float64Array.from(order, (row) => rhs[row] as number);
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) x[i] = (x[i] as number) - (lu[i * size + j] as number) * (x[j] as number);
  for (let i = size - 1; i >= 0; i--) {
    for (let j = i + 1; j < size; j++) x[i] = (x[i] as number) - (lu[i * size + j] as number) * (x[j] as number);
    x[i] = (x[i] as number) / (lu[i * size + i] as number);
  }
  return x;
}

function solveFactoredTransposed(lu: Float64Array, order: Int32Array, size: number, rhs: Float64Array): Float64Array {
  const y = rhs.slice();
  for (let i = 0; i < size; i++) {
    y[i] = (y[i] as number) / (lu[i * size + i] as number);
    for (let j = i + 1; j < size; j++) y[j] = (y[j] as number) - (lu[i * size + j] as number) * (y[i] as number);
  }
  for (let i = size - 1; i >= 0; i--) for (let j = 0; j < i; j++) y[j] = (y[j] as number) - (lu[i * size + j] as number) * (y[i] as number);
  const x = new Float64Array(size);
  order.forEach((row, i) => {
    x[row] = y[i] as number;
  });
  return x;
}

/** One step of iterative refinement: it makes the residual of every equation small by itself (Skeel 1980). */
function refined(
  matrix: Float64Array,
  size: number,
  rhs: Float64Array,
  transposed: boolean,
  solve: (b: Float64Array) => Float64Array,
): Float64Array {
  const x = solve(rhs);
  const rest = rhs.slice();
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const [row, col] = transposed ? [j, i] : [i, j];
      rest[row] = (rest[row] as number) - (matrix[i * size + j] as number) * (x[col] as number);
    }
  }
  const correction = solve(rest);
  return x.map((v, i) => v + (correction[i] as number));
}
