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
  // The last panel is filled up with rows of the identity.
  const rowAt = (row: number): number => (row < count ? (members[row] as number) * size : -1);
  for (let p = 0; p < panels; p++) {
    for (let q = 0; q < p; q++) {
      const block = kernel.multiply(panelAt(p), panelAt(q), PANEL * PANEL * q);
      const c0 = members[PANEL * q] as number;
      const c1 = members[PANEL * q + 1] as number;
      const c2 = members[PANEL * q + 2] as number;
      const c3 = members[PANEL * q + 3] as number;
      // The triangle of panel q, column by column; written out, because a loop over so few elements costs more than they do.
      const from = panelAt(q) + PANEL * PANEL * q;
      const d0 = numbers[from] as number;
      const l10 = numbers[from + 1] as number;
      const l20 = numbers[from + 2] as number;
      const l30 = numbers[from + 3] as number;
      const d1 = numbers[from + 5] as number;
      const l21 = numbers[from + 6] as number;
      const l31 = numbers[from + 7] as number;
      const d2 = numbers[from + 10] as number;
      const l32 = numbers[from + 11] as number;
      const d3 = numbers[from + 15] as number;
      for (let r = 0; r < PANEL; r++) {
        const own = rowAt(p * PANEL + r);
        if (own < 0) break;
        const at = PANEL * r;
        const x0 = ((matrix[own + c0] as number) - (block[at] as number)) / d0;
        const x1 = ((matrix[own + c1] as number) - (block[at + 1] as number) - x0 * l10) / d1;
        const x2 = ((matrix[own + c2] as number) - (block[at + 2] as number) - x0 * l20 - x1 * l21) / d2;
        const x3 = ((matrix[own + c3] as number) - (block[at + 3] as number) - x0 * l30 - x1 * l31 - x2 * l32) / d3;
        const to = panelAt(p) + PANEL * PANEL * q + r;
        numbers[to] = x0;
        numbers[to + PANEL] = x1;
        numbers[to + 2 * PANEL] = x2;
        numbers[to + 3 * PANEL] = x3;
      }
      for (let row = Math.max(count, p * PANEL); row < (p + 1) * PANEL; row++) {
        const to = panelAt(p) + PANEL * PANEL * q + (row % PANEL);
        for (let c = 0; c < PANEL; c++) numbers[to + c * PANEL] = 0;
      }
    }
    const block = kernel.multiply(panelAt(p), panelAt(p), PANEL * PANEL * p);
    for (let r = 0; r < PANEL; r++) {
      const row = p * PANEL + r;
      const own = rowAt(row);
      const to = panelAt(p) + r;
      for (let c = 0; c < r; c++) {
        const col = p * PANEL + c;
        let v = own >= 0 ? (matrix[own + (members[col] as number)] as number) - (block[r * PANEL + c] as number) : 0;
        const other = panelAt(p) + c;
        for (let k = p * PANEL; k < col; k++) v -= (numbers[to + k * PANEL] as number) * (numbers[other + k * PANEL] as number);
        numbers[to + col * PANEL] = v / (numbers[other + col * PANEL] as number);
      }
      const diagonal = own >= 0 ? (matrix[own + (members[row] as number)] as number) : 1;
      let rest = diagonal - (block[r * PANEL + r] as number);
      for (let k = p * PANEL; k < row; k++) rest -= (numbers[to + k * PANEL] as number) ** 2;
      if (!(rest > least * diagonal)) return false;
      numbers[to + row * PANEL] = Math.sqrt(rest);
    }
  }
  for (let i = 0; i < count; i++) {
    const from = panelAt(Math.floor(i / PANEL)) + (i % PANEL);
    for (let j = 0; j <= i; j++) factor[i * size + j] = numbers[from + j * PANEL] as number;
  }
  return true;
}
