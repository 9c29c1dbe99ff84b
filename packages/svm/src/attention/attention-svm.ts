import { problem, ShapeError, show } from "@attnlab/check";
import type { Matrix } from "@attnlab/linalg";
import { type FactoredRows, writeOut } from "../hard-margin/factored-rows.ts";
import { type HardMarginInfeasible, type HardMarginPoint, solveConstraints } from "../hard-margin/hard-margin.ts";
import { type HardMarginOptions, hardMarginOptions } from "../hard-margin/hard-margin-options.ts";
import { type AttentionSamples, type AttentionSizes, checkSamples, checkSelected } from "./attention-samples.ts";
import { attentionScores } from "./attention-scores.ts";

/** Samples with the token that attention should settle on in each of them. */
export interface AttentionSelection extends AttentionSamples {
  /** alpha, `[n]`: index of the selected token of each sample. */
  readonly selected: ArrayLike<number>;
  /**
   * Samples whose margins need only be >= 0 instead of >= 1, by index: the relaxed problem of joint training, where a sample that does not support
   * the decoder v does not push its attention either. {@link slackSamples} finds them. Default: none.
   */
  readonly relaxed?: ArrayLike<number>;
}

/** The constraints of the attention SVM; row r compares the selected token of `sample[r]` with token `token[r]`. */
export interface AttentionMarginProblem {
  /** A, `[n (T - 1), d d]`. */
  readonly rows: Matrix;
  /** b, `[n (T - 1)]`: 1, or 0 in a relaxed sample. */
  readonly rhs: Float64Array;
  /** Sample of each row, `[n (T - 1)]`. */
  readonly sample: Int32Array;
  /** The token that each row holds against the selected one, `[n (T - 1)]`. */
  readonly token: Int32Array;
}

/** A token counts as a support token when its margin is below 1 plus this. */
export const SUPPORT_TOLERANCE = 1e-6;

/**
 * Writes the attention SVM as linear constraints on the entries of W.
 *
 * Row (i, t), t != alpha_i, is $\operatorname{vec}\bigl((x_{i,\alpha_i} - x_{it})\,z_i^\top\bigr)$, so that row times vec(W) is $(x_{i,\alpha_i} - x_{it})^\top W z_i$.
 *
 * Shapes: `tokens [n, T, d]`, `queries [n, d]`, `selected [n]` → `rows [n (T - 1), d d]`, samples in order and their tokens in order.
 *
 * @throws ShapeError when sizes differ, an index is no token, or T = 1: then there is nothing to separate.
 * @throws DataError when a number is NaN or infinite.
 * @example
 * ```ts
 * import { attentionMarginProblem } from "@attnlab/svm";
 * const problem = attentionMarginProblem({
 *   tokens: { shape: [1, 2, 2], data: Float64Array.of(3, 0, 1, 5) },
 *   queries: { shape: [1, 2], data: Float64Array.of(1, 10) },
 *   selected: [0],
 * });
 * Array.from(problem.rows.data); // => [2, 20, -5, -50]
 * ```
 * @see Julistiono, Tarzanagh and Azizan 2024 (arXiv 2410.14581), the lp-AttSVM; W is the matrix of $x^\top W z$, not its transpose.
 */
export function attentionMarginProblem(selection: AttentionSelection): AttentionMarginProblem {
  const { rows, sample, token } = factoredMargin(selection, checkSelection("attentionMarginProblem", selection));
  const required = requiredMargins(selection, selection.queries.shape[0] as number);
  return { rows: writeOut("attentionMarginProblem", rows), rhs: Float64Array.from(sample, (i) => required[i] as number), sample, token };
}

function checkSelection(where: string, selection: AttentionSelection): AttentionSizes {
  const sizes = checkSamples(where, selection);
  checkSelected(where, selection.selected, sizes);
  checkRelaxed(where, selection.relaxed ?? [], sizes.numSamples);
  if (sizes.numTokens < 2) {
    const fix = "A single token needs no SVM: attention always selects it.";
    throw new ShapeError(problem({ where, expected: "there must be at least two tokens", got: "1", fix }));
  }
  return sizes;
}

function checkRelaxed(where: string, relaxed: ArrayLike<number>, numSamples: number): void {
  for (const i of Array.from(relaxed)) {
    if (Number.isInteger(i) && i >= 0 && i < numSamples) continue;
    const fix = "Sample indices count from 0.";
    throw new ShapeError(problem({ where, expected: `relaxed must be whole numbers from 0 to ${numSamples - 1}`, got: show(i), fix }));
  }
}

/** The least margin that each sample asks for, `[n]`. */
function requiredMargins({ relaxed = [] }: AttentionSelection, numSamples: number): Float64Array {
  const required = new Float64Array(numSamples).fill(1);
  for (const i of Array.from(relaxed)) required[i] = 0;
  return required;
}

/** Which sample and token each row stands for, and the difference to the selected token: the left factor of the row. */
interface FactoredMargin {
  readonly rows: FactoredRows;
  readonly sample: Int32Array;
  readonly token: Int32Array;
}

function factoredMargin({ tokens, queries, selected }: AttentionSelection, sizes: AttentionSizes): FactoredMargin {
  const { numSamples, numTokens, tokenDim: d } = sizes;
  const count = numSamples * (numTokens - 1);
  const left = new Float64Array(count * d);
  const sample = new Int32Array(count);
  const token = new Int32Array(count);
  let row = 0;
  for (let i = 0; i < numSamples; i++) {
    const chosen = (i * numTokens + (selected[i] as number)) * d;
    for (let t = 0; t < numTokens; t++) {
      if (t === selected[i]) continue;
      const other = (i * numTokens + t) * d;
      for (let a = 0; a < d; a++) left[row * d + a] = (tokens.data[chosen + a] as number) - (tokens.data[other + a] as number);
      sample[row] = i;
      token[row] = t;
      row++;
    }
  }
  const right: Matrix = { rows: numSamples, cols: d, data: queries.data };
  return { rows: { left: { rows: count, cols: d, data: left }, right, rightIndex: sample }, sample, token };
}

/** Rows of at most this many numbers in all are written out: small ones are quicker that way, and QR keeps more digits. */
const WRITTEN_OUT = 2 ** 16;

/** The attention SVM's solution; gap, residuals and objectives as in {@link HardMarginPoint}. */
export interface AttentionSvmPoint extends Omit<HardMarginPoint, "w" | "dual"> {
  /** W, `[d, d]`, the matrix of $x^\top W z$. */
  readonly W: Matrix;
  /** $(x_{i,\alpha_i} - x_{it})^\top W z_i$, `[n, T]`; 0 at the selected token itself. */
  readonly margins: Matrix;
  /** Per sample, the tokens other than the selected one whose margin is below 1 (0 in a relaxed sample) + {@link SUPPORT_TOLERANCE}, ascending. */
  readonly supportTokens: readonly (readonly number[])[];
  /** Number of active constraints: support tokens over all samples. */
  readonly numSupport: number;
  /** Multipliers, `[n, T]`; 0 at the selected token itself. */
  readonly dual: Matrix;
  /** The selection it was solved for, `[n]`. */
  readonly selected: Int32Array;
}

/** Proof that no W selects these tokens: for instance one lies in the convex hull of the others of its sample. */
export interface AttentionSvmInfeasible extends Omit<HardMarginInfeasible, "farkas"> {
  /** Farkas vector, `[n, T]`; 0 at the selected token itself. */
  readonly farkas: Matrix;
  readonly selected: Int32Array;
}

/** What {@link solveAttentionSvm} returns; look at `status` first. */
export type AttentionSvmSolution = AttentionSvmPoint | AttentionSvmInfeasible;

/**
 * Solves the lp attention SVM: the matrix of least norm that separates the selected token of every sample from its other tokens.
 *
 * $\min_W \lVert W\rVert_p$ subject to $(x_{i,\alpha_i} - x_{it})^\top W z_i \ge 1$ for all i and all t != alpha_i, the norm taken entrywise.
 *
 * Shapes: `tokens [n, T, d]`, `queries [n, d]`, `selected [n]` → `W [d, d]`, `margins [n, T]`, `dual [n, T]`.
 *
 * For 1 < p < Infinity the n (T - 1) rows of d² numbers are never formed once they are large: the solver works on their factors.
 *
 * @param selection - samples and the selected token of each.
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.tol - largest relative gap and residual of an optimal solution; default `1e-8`.
 * @param options.maxIter - most Newton steps; default `200`.
 * @returns the solution, or `status: "infeasible"` with its proof when no W selects these tokens.
 * @throws ShapeError when sizes differ, an index is no token, or T = 1.
 * @throws DataError when a number is NaN or infinite.
 * @throws OptionError when an option is unknown or out of its range.
 * @example
 * ```ts
 * import { solveAttentionSvm } from "@attnlab/svm";
 * const solution = solveAttentionSvm(
 *   { tokens: { shape: [1, 2, 2], data: Float64Array.of(2, 0, 0, 0) }, queries: { shape: [1, 2], data: Float64Array.of(1, 0) }, selected: [0] },
 *   { p: 2 },
 * );
 * solution.status === "optimal" && Array.from(solution.W.data); // => [0.5, 0, 0, 0]
 * ```
 * @see Julistiono, Tarzanagh and Azizan 2024 (arXiv 2410.14581), the lp-AttSVM.
 */
export function solveAttentionSvm(selection: AttentionSelection, options: HardMarginOptions): AttentionSvmSolution {
  const resolved = hardMarginOptions("solveAttentionSvm", options);
  const sizes = checkSelection("solveAttentionSvm", selection);
  const margin = factoredMargin(selection, sizes);
  const count = margin.sample.length;
  const small = count * sizes.tokenDim ** 2 <= WRITTEN_OUT;
  const rows = small ? writeOut("solveAttentionSvm", margin.rows) : margin.rows;
  const required = requiredMargins(selection, sizes.numSamples);
  const rhs = Float64Array.from(margin.sample, (i) => required[i] as number);
  const solved = solveConstraints(rows, rhs, { ...resolved, where: "solveAttentionSvm" });
  const selected = Int32Array.from(selection.selected);
  if (solved.status === "infeasible") return { ...solved, farkas: perToken(margin, sizes, solved.farkas), selected };
  const { w, dual, ...certificate } = solved;
  const W: Matrix = { rows: sizes.tokenDim, cols: sizes.tokenDim, data: w };
  const margins = marginsOf(attentionScores(selection, W), selected);
  const supportTokens = supportOf(margins, selected, required);
  return {
    ...certificate,
    W,
    margins,
    supportTokens,
    numSupport: supportTokens.reduce((sum, tokens) => sum + tokens.length, 0),
    dual: perToken(margin, sizes, dual),
    selected,
  };
}

function perToken(margin: FactoredMargin, { numSamples, numTokens }: AttentionSizes, values: Float64Array): Matrix {
  const data = new Float64Array(numSamples * numTokens);
  values.forEach((v, r) => {
    data[(margin.sample[r] as number) * numTokens + (margin.token[r] as number)] = v;
  });
  return { rows: numSamples, cols: numTokens, data };
}

function marginsOf(scores: Matrix, selected: Int32Array): Matrix {
  const { rows, cols, data } = scores;
  const chosen = selected.map((t, i) => i * cols + t);
  return { rows, cols, data: data.map((s, at) => (data[chosen[Math.floor(at / cols)] as number] as number) - s) };
}

function supportOf(margins: Matrix, selected: Int32Array, required: Float64Array): number[][] {
  return Array.from(selected, (chosen, i) => {
    const row = margins.data.subarray(i * margins.cols, (i + 1) * margins.cols);
    return Array.from(row.keys()).filter((t) => t !== chosen && (row[t] as number) < (required[i] as number) + SUPPORT_TOLERANCE);
  });
}
