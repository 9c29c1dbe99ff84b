import { DataError, problem, show } from "@attnlab/check";
import { checkFinite, checkSameSize, type Matrix } from "@attnlab/linalg";
import { checkFields, checkKnown, checkList } from "../check-input.ts";
import { type HardMarginSolution, solveConstraints } from "../hard-margin/hard-margin.ts";
import { type HardMarginOptions, hardMarginOptions } from "../hard-margin/hard-margin-options.ts";
import { type AttentionSizes, checkSelected, checkTokens, type Float64Tensor, SELECTION_FIELDS } from "./attention-samples.ts";

/** Tokens with the label of each sample. */
export interface LabelledTokens {
  /** X, `[n, T, d]`. */
  readonly tokens: Float64Tensor;
  /** y, `[n]`, each -1 or 1. */
  readonly labels: ArrayLike<number>;
}

/** Labelled tokens with the selected token of each sample. */
export interface LabelledSelection extends LabelledTokens {
  /** alpha, `[n]`. */
  readonly selected: ArrayLike<number>;
}

/**
 * The score of every token: how much it would add to the margin of its sample.
 *
 * $\gamma_{it} = y_i\, v^\top x_{it}$
 *
 * Shapes: `tokens [n, T, d]`, `labels [n]`, `v [d]` → `[n, T]`.
 *
 * @throws ShapeError when sizes differ.
 * @throws DataError when a number is NaN or infinite, or a label is neither -1 nor 1.
 * @example
 * ```ts
 * import { tokenScores } from "@attnlab/svm";
 * const tokens = { shape: [1, 2, 2], data: Float64Array.of(1, 2, 3, 4) };
 * Array.from(tokenScores({ tokens, labels: [-1] }, Float64Array.of(1, 1)).data); // => [-3, -7]
 * ```
 */
export function tokenScores(labelled: LabelledTokens, v: Float64Array): Matrix {
  checkFields("tokenScores", "labelled", labelled, ["tokens", "labels"]);
  checkKnown("tokenScores", "labelled", labelled, SELECTION_FIELDS);
  const { tokens, labels } = labelled;
  const sizes = checkTokens("tokenScores", tokens);
  checkLabels("tokenScores", labels, sizes);
  checkList("tokenScores", "v", v);
  checkSameSize("tokenScores", "v.length must equal the token dimension", [v.length, sizes.tokenDim]);
  checkFinite("tokenScores", "v", v);
  const { numSamples, numTokens, tokenDim: d } = sizes;
  const data = new Float64Array(numSamples * numTokens);
  for (let i = 0; i < numSamples; i++) {
    for (let t = 0; t < numTokens; t++) {
      let sum = 0;
      for (let a = 0; a < d; a++) sum += (v[a] as number) * (tokens.data[(i * numTokens + t) * d + a] as number);
      data[i * numTokens + t] = (labels[i] as number) * sum;
    }
  }
  return { rows: numSamples, cols: numTokens, data };
}

function checkLabels(where: string, labels: ArrayLike<number>, { numSamples }: AttentionSizes): void {
  checkList(where, "labels", labels);
  checkSameSize(where, "labels.length must equal the number of samples", [labels.length, numSamples]);
  for (let i = 0; i < numSamples; i++) {
    if (labels[i] === 1 || labels[i] === -1) continue;
    const fix = "Map the two classes to -1 and 1.";
    throw new DataError(problem({ where, expected: "labels must be -1 or 1", got: `${show(labels[i])} for sample ${i}`, fix }));
  }
}

/**
 * Solves the lp SVM of the decoder v on the selected tokens.
 *
 * $\min_v \lVert v\rVert_p$ subject to $y_i\, v^\top x_{i,\alpha_i} \ge 1$ for all i
 *
 * Shapes: `tokens [n, T, d]`, `labels [n]`, `selected [n]` → `w [d]` (the decoder v), `dual [n]`.
 *
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.tol - largest relative gap and residual of an optimal solution; default `1e-8`.
 * @param options.maxIter - most Newton steps; default `200`.
 * @returns the solution, or `status: "infeasible"` with its proof when no v separates the labels.
 * @throws ShapeError when sizes differ or an index is no token.
 * @throws DataError when a number is NaN or infinite, or a label is neither -1 nor 1.
 * @throws OptionError when an option or a field of the selection is unknown, or an option out of its range.
 * @example
 * ```ts
 * import { solveLabelSvm } from "@attnlab/svm";
 * const tokens = { shape: [2, 1, 2], data: Float64Array.of(4, 0, 0, -2) };
 * const solution = solveLabelSvm({ tokens, labels: [1, -1], selected: [0, 0] }, { p: 2 });
 * solution.status === "optimal" && Array.from(solution.w); // => [0.25, 0.5]
 * ```
 * @see Julistiono, Tarzanagh and Azizan 2024 (arXiv 2410.14581), the lp-SVM of the joint problem.
 */
export function solveLabelSvm(selection: LabelledSelection, options: HardMarginOptions): HardMarginSolution {
  const resolved = hardMarginOptions("solveLabelSvm", options);
  checkFields("solveLabelSvm", "selection", selection, ["tokens", "labels", "selected"]);
  checkKnown("solveLabelSvm", "selection", selection, SELECTION_FIELDS);
  const { tokens, labels, selected } = selection;
  const sizes = checkTokens("solveLabelSvm", tokens);
  checkLabels("solveLabelSvm", labels, sizes);
  checkSelected("solveLabelSvm", selected, sizes);
  const { numSamples, numTokens, tokenDim: d } = sizes;
  const data = new Float64Array(numSamples * d);
  for (let i = 0; i < numSamples; i++) {
    const from = (i * numTokens + (selected[i] as number)) * d;
    for (let a = 0; a < d; a++) data[i * d + a] = (labels[i] as number) * (tokens.data[from + a] as number);
  }
  return solveConstraints({ rows: numSamples, cols: d, data }, new Float64Array(numSamples).fill(1), {
    ...resolved,
    where: "solveLabelSvm",
  });
}
