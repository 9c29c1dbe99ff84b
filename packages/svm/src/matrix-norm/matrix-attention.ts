import { problem as message, ShapeError, show } from "@attnlab/check";
import type { Matrix } from "@attnlab/linalg";
import { checkSamples, checkSelected } from "../attention/attention-samples.ts";
import { attentionScores } from "../attention/attention-scores.ts";
import { type AttentionSelection, SUPPORT_TOLERANCE } from "../attention/attention-svm.ts";
import type { FactoredRows } from "../hard-margin/factored-rows.ts";
import { type MatrixMarginInfeasible, type MatrixMarginOptions, type MatrixMarginPoint, solveReduced } from "./matrix-margin.ts";

/** The attention SVM's solution in a matrix norm; gap, residuals and objectives as in {@link MatrixMarginPoint}. */
export interface MatrixAttentionPoint extends Omit<MatrixMarginPoint, "dual"> {
  /** $(x_{i,\alpha_i} - x_{it})^\top W z_i$, `[n, T]`; 0 at the selected token itself. */
  readonly margins: Matrix;
  /** Per sample, the tokens other than the selected one whose margin is below 1 (0 in a relaxed sample) + `SUPPORT_TOLERANCE`, ascending. */
  readonly supportTokens: readonly (readonly number[])[];
  /** Number of active constraints: support tokens over all samples. */
  readonly numSupport: number;
  /** Multipliers, `[n, T]`; 0 at the selected token itself. */
  readonly dual: Matrix;
  /** The selection it was solved for, `[n]`. */
  readonly selected: Int32Array;
}

/** Proof that no W selects these tokens. */
export interface MatrixAttentionInfeasible extends Omit<MatrixMarginInfeasible, "farkas"> {
  /** Farkas vector, `[n, T]`; 0 at the selected token itself. */
  readonly farkas: Matrix;
  readonly selected: Int32Array;
}

/** What {@link solveMatrixAttentionSvm} returns; look at `status` first. */
export type MatrixAttentionSolution = MatrixAttentionPoint | MatrixAttentionInfeasible;

/**
 * Solves the attention SVM in the nuclear, spectral or Frobenius norm, with constraints kept as factors.
 *
 * $\min_W \lVert W\rVert$ subject to $(x_{i,\alpha_i} - x_{it})^\top W z_i \ge 1$ for all i and all t != alpha_i. The nuclear norm is the one of attention with
 * separate key and query matrices: $\lVert W\rVert_* = \min \tfrac12(\lVert K\rVert_F^2 + \lVert Q\rVert_F^2)$ over $K^\top Q = W$, see {@link keyQueryFactors}.
 *
 * Shapes: `tokens [n, T, d]`, `queries [n, d]`, `selected [n]` → `W [d, d]`, `margins [n, T]`, `dual [n, T]`.
 *
 * @param selection - samples and the selected token of each; margins of `relaxed` samples need only be >= 0.
 * @param options.norm - `"nuclear"`, `"spectral"` or `"frobenius"`.
 * @param options.tol - largest relative gap and residual of an optimal solution; default `1e-8`.
 * @param options.maxIter - most interior-point steps; default `100`.
 * @returns the solution, or `status: "infeasible"` with its proof when no W selects these tokens.
 * @throws ShapeError when sizes differ, an index is no token, or T = 1.
 * @throws DataError when a number is NaN or infinite.
 * @throws OptionError when an option is unknown or out of its range.
 * @example
 * ```ts
 * import { solveMatrixAttentionSvm } from "@attnlab/svm";
 * const tokens = { shape: [1, 2, 2], data: Float64Array.of(2, 0, 0, 0) };
 * const queries = { shape: [1, 2], data: Float64Array.of(1, 0) };
 * const solution = solveMatrixAttentionSvm({ tokens, queries, selected: [0] }, { norm: "nuclear" });
 * solution.status === "optimal" && Array.from(solution.W.data, (v) => Number(v.toFixed(6))); // => [0.5, 0, 0, 0]
 * ```
 * @see Tarzanagh, Li, Thrampoulidis and Oymak 2023 (arXiv 2308.16898), the nuclear-norm attention SVM; W is the matrix of $x^\top W z$.
 */
export function solveMatrixAttentionSvm(selection: AttentionSelection, options: MatrixMarginOptions): MatrixAttentionSolution {
  const where = "solveMatrixAttentionSvm";
  const { numSamples: n, numTokens: T, tokenDim: d } = checkSamples(where, selection);
  checkSelected(where, selection.selected, { numSamples: n, numTokens: T, tokenDim: d });
  if (T < 2) {
    const fix = "A single token needs no SVM: attention always selects it.";
    throw new ShapeError(message({ where, expected: "there must be at least two tokens", got: "1", fix }));
  }
  const required = requiredMargins(where, selection.relaxed ?? [], n);
  const selected = Int32Array.from(selection.selected);
  const places = Array.from({ length: n * T }, (_, at) => at).filter((at) => at % T !== selected[Math.floor(at / T)]);
  const rhs = Float64Array.from(places, (at) => required[Math.floor(at / T)] as number);
  const solved = solveReduced(where, { rows: factors(selection, selected, places, d), rhs }, options);
  const spread = (values: Float64Array): Matrix => {
    const data = new Float64Array(n * T);
    places.forEach((at, row) => {
      data[at] = values[row] as number;
    });
    return { rows: n, cols: T, data };
  };
  if (solved.status === "infeasible") return { ...solved, farkas: spread(solved.farkas), selected };
  const scores = attentionScores(selection, solved.W).data;
  const margins = scores.map((score, at) => {
    const sample = Math.floor(at / T);
    return (scores[sample * T + (selected[sample] as number)] as number) - score;
  });
  const supportTokens = Array.from({ length: n }, (): number[] => []);
  for (const at of places) {
    const sample = Math.floor(at / T);
    if ((margins[at] as number) < (required[sample] as number) + SUPPORT_TOLERANCE) supportTokens[sample]?.push(at % T);
  }
  return {
    ...solved,
    margins: { rows: n, cols: T, data: margins },
    supportTokens,
    numSupport: supportTokens.reduce((sum, tokens) => sum + tokens.length, 0),
    dual: spread(solved.dual),
    selected,
  };
}

/** The least margin of each sample: 1, or 0 where it is relaxed. */
function requiredMargins(where: string, relaxed: ArrayLike<number>, n: number): Float64Array {
  const required = new Float64Array(n).fill(1);
  for (const i of Array.from(relaxed)) {
    if (!Number.isInteger(i) || i < 0 || i >= n) {
      const fix = "Sample indices count from 0.";
      throw new ShapeError(message({ where, expected: `relaxed must be whole numbers from 0 to ${n - 1}`, got: show(i), fix }));
    }
    required[i] = 0;
  }
  return required;
}

/** $x_{i,\alpha_i} - x_{it}$ for every place (i, t) with t != alpha_i, and the z_i. */
function factors({ tokens, queries }: AttentionSelection, selected: Int32Array, places: readonly number[], d: number): FactoredRows {
  const [n = 0, T = 0] = tokens.shape;
  const left = new Float64Array(places.length * d);
  const rightIndex = Int32Array.from(places, (at) => Math.floor(at / T));
  places.forEach((at, row) => {
    const sample = rightIndex[row] as number;
    const chosen = (sample * T + (selected[sample] as number)) * d;
    for (let a = 0; a < d; a++) left[row * d + a] = (tokens.data[chosen + a] as number) - (tokens.data[at * d + a] as number);
  });
  return { left: { rows: places.length, cols: d, data: left }, right: { rows: n, cols: d, data: queries.data }, rightIndex };
}
