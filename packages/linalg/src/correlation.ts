import { DataError, problem, ShapeError } from "@attnlab/check";
import { checkFloat64 } from "./check-float64.ts";
import { matmul } from "./matmul.ts";
import { checkFinite, checkMatrix, checkSameSize, type Matrix } from "./matrix.ts";
import { unitVector } from "./norm.ts";
import { dot } from "./vector.ts";

/**
 * Pearson's correlation between the columns of a data matrix.
 *
 * $R_{jk} = \frac{\langle x_j - \bar x_j,\ x_k - \bar x_k\rangle}{\lVert x_j - \bar x_j\rVert\,\lVert x_k - \bar x_k\rVert}$
 *
 * Shape: `samples [m, n]`, one observation per row → `[n, n]`, diagonal exactly 1, values within [-1, 1].
 *
 * @throws ShapeError when there are fewer than two samples or no column.
 * @throws DataError when a value is NaN or infinite, or a column is constant.
 * @example
 * ```ts
 * import { correlationMatrix, matrix } from "@attnlab/linalg";
 * const r = correlationMatrix(matrix(3, 2, [1, -2, 2, -4, 3, -6]));
 * Array.from(r.data, Math.round); // => [1, -1, -1, 1]
 * ```
 */
export function correlationMatrix(samples: Matrix): Matrix {
  checkMatrix("correlationMatrix", "samples", samples);
  checkFinite("correlationMatrix", "samples", samples.data);
  const { rows: m, cols: n } = samples;
  if (m < 2 || n === 0) {
    const fix = "Correlation needs at least two observations, one per row.";
    throw new ShapeError(
      problem({ where: "correlationMatrix", expected: "samples must have >= 2 rows and >= 1 column", got: `${m} x ${n}`, fix }),
    );
  }
  const centred = new Float64Array(n * m);
  for (let j = 0; j < n; j++) centred.set(centredDirection(samples, j), j * m);
  const r = matmul({ rows: n, cols: m, data: centred }, { rows: n, cols: m, data: centred }, { transposeB: true });
  return { rows: n, cols: n, data: r.data.map((v, i) => (i % (n + 1) === 0 ? 1 : Math.max(-1, Math.min(1, v)))) };
}

function centredDirection(samples: Matrix, j: number): Float64Array {
  const { rows: m, cols: n, data } = samples;
  const column = Float64Array.from({ length: m }, (_, i) => data[i * n + j] as number);
  const first = column[0] as number;
  if (column.every((v) => v === first)) {
    const fix = "A constant column has no correlation: drop it.";
    throw new DataError(
      problem({ where: "correlationMatrix", expected: "every column must vary", got: `column ${j} constant at ${first}`, fix }),
    );
  }
  const mean = column.reduce((sum, v) => sum + v / m, 0);
  return unitVector(
    "correlationMatrix",
    column.map((v) => v - mean),
    2,
  );
}

/**
 * The cosine of the angle between two vectors.
 *
 * $\cos(a, b) = \frac{\langle a, b\rangle}{\lVert a\rVert_2 \lVert b\rVert_2}$
 *
 * Shapes: `a [n]`, `b [n]`; overflow-safe, within [-1, 1].
 *
 * @throws ShapeError when the lengths differ or an argument is no `Float64Array`.
 * @throws DataError when one of the vectors is zero or not finite.
 * @example
 * ```ts
 * import { cosineSimilarity } from "@attnlab/linalg";
 * cosineSimilarity(Float64Array.of(2, 0), Float64Array.of(-3, 0)); // => -1
 * ```
 */
export function cosineSimilarity(a: Float64Array, b: Float64Array): number {
  checkFloat64("cosineSimilarity", "a", a);
  checkFloat64("cosineSimilarity", "b", b);
  checkSameSize("cosineSimilarity", "a.length must equal b.length", [a.length, b.length]);
  return Math.max(-1, Math.min(1, dot(unitVector("cosineSimilarity", a, 2), unitVector("cosineSimilarity", b, 2))));
}
