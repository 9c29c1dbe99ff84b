import { simdKernel } from "./simd-kernel.ts";

/** Rows are factored in panels of this many. */
const PANEL = 4;

/**
 * Writes the Cholesky factor of the rows and columns `members` of a symmetric matrix `[size, size]` into `factor`, row by row, by the SIMD kernel.
 *
 * Answers `false`, with `factor` undefined, where there is no such kernel or a squared pivot is not above `least` of its diagonal element.
 */
export function factorPacked(matrix: Float64Array, size: number, members: readonly number[], factor: Float64Array, least: number): boolean {
  const count = members.length;
  const panels = Math.ceil(count / PANEL);
  const width = panels * PANEL;
  const kernel = simdKernel(width * width);
  if (kernel === undefined) return false;
  const start = kernel.load(new Float64Array(0), 0);
  const { numbers } = kernel;
  const panelAt = (panel: number): number => start + panel * PANEL * width;
  for (let p = 0; p < panels; p++) {
    for (let q = 0; q <= p; q++) {
      const block = kernel.multiply(panelAt(p), panelAt(q), PANEL * PANEL * q);
      for (let r = 0; r < PANEL; r++) {
        const row = p * PANEL + r;
        // The last panel is filled up with rows of the identity.
        const own = row < count ? (members[row] as number) * size : -1;
        const to = panelAt(p) + r;
        for (let c = 0; c < (p === q ? r : PANEL); c++) {
          const col = q * PANEL + c;
          let v = own >= 0 && col < count ? (matrix[own + (members[col] as number)] as number) : 0;
          if (q > 0) v -= block[r * PANEL + c] as number;
          const other = panelAt(q) + c;
          for (let k = q * PANEL; k < col; k++) v -= (numbers[to + k * PANEL] as number) * (numbers[other + k * PANEL] as number);
          numbers[to + col * PANEL] = v / (numbers[other + col * PANEL] as number);
        }
        if (p !== q) continue;
        const diagonal = own >= 0 ? (matrix[own + (members[row] as number)] as number) : 1;
        let rest = diagonal;
        if (q > 0) rest -= block[r * PANEL + r] as number;
        for (let k = q * PANEL; k < row; k++) rest -= (numbers[to + k * PANEL] as number) ** 2;
        if (!(rest > least * diagonal)) return false;
        numbers[to + row * PANEL] = Math.sqrt(rest);
      }
    }
  }
  for (let i = 0; i < count; i++) {
    const from = panelAt(Math.floor(i / PANEL)) + (i % PANEL);
    for (let j = 0; j <= i; j++) factor[i * size + j] = numbers[from + j * PANEL] as number;
  }
  return true;
}
