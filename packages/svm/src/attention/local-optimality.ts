import { problem, ShapeError, show } from "@attnlab/check";
import { checkMatrix, checkSameSize, type Matrix } from "@attnlab/linalg";
import { checkFields, checkList } from "../check-input.ts";
import type { AttentionSvmPoint } from "./attention-svm.ts";
import { checkScores } from "./select-tokens.ts";

/**
 * Whether a selection is locally optimal: in every sample the selected token scores higher than each of its support tokens.
 *
 * $\gamma_{i,\alpha_i} > \gamma_{it}$ for all i and all t whose constraint is active in the attention SVM of alpha. Tokens with a larger margin may
 * score higher, and the support depends on p through the solution.
 *
 * Shapes: `svm` of n samples and T tokens, `gamma [n, T]`.
 *
 * @param svm - the attention SVM solved for the selection.
 * @param gamma - token scores, for example from {@link tokenScores}.
 * @throws ShapeError when the sizes differ.
 * @throws DataError when a score is NaN or infinite.
 * @example
 * ```ts
 * import { matrix } from "@attnlab/linalg";
 * import { isLocallyOptimal, solveAttentionSvm } from "@attnlab/svm";
 * const tokens = { shape: [1, 3, 1], data: Float64Array.of(2, 1, -1) };
 * const svm = solveAttentionSvm({ tokens, queries: { shape: [1, 1], data: Float64Array.of(1) }, selected: [0] }, { p: 2 });
 * svm.status !== "infeasible" && isLocallyOptimal(svm, matrix(1, 3, [0.5, 0.4, 0.9])); // => true
 * svm.status !== "infeasible" && isLocallyOptimal(svm, matrix(1, 3, [0.5, 0.6, 0.9])); // => false
 * ```
 */
export function isLocallyOptimal(svm: Pick<AttentionSvmPoint, "selected" | "supportTokens" | "margins">, gamma: Matrix): boolean {
  checkFields("isLocallyOptimal", "svm", svm, ["selected", "supportTokens", "margins"]);
  checkScores("isLocallyOptimal", "gamma", gamma);
  checkMatrix("isLocallyOptimal", "svm.margins", svm.margins);
  checkList("isLocallyOptimal", "svm.selected", svm.selected);
  checkList("isLocallyOptimal", "svm.supportTokens", svm.supportTokens);
  checkSameSize("isLocallyOptimal", "rows of gamma must equal the number of samples", [gamma.rows, svm.selected.length]);
  checkSameSize("isLocallyOptimal", "columns of gamma must equal the number of tokens", [gamma.cols, svm.margins.cols]);
  checkSameSize("isLocallyOptimal", "rows of gamma must equal the lists of support tokens", [gamma.rows, svm.supportTokens.length]);
  svm.selected.forEach((t, i) => {
    checkToken("svm.selected", t, i, gamma.cols);
  });
  svm.supportTokens.forEach((tokens: unknown, i) => {
    checkList("isLocallyOptimal", `svm.supportTokens[${i}]`, tokens);
    for (const t of tokens as readonly unknown[]) checkToken(`svm.supportTokens[${i}]`, t, i, gamma.cols);
  });
  return svm.supportTokens.every((tokens, i) => {
    const own = gamma.data[i * gamma.cols + (svm.selected[i] as number)] as number;
    return tokens.every((t) => own > (gamma.data[i * gamma.cols + t] as number));
  });
}

function checkToken(name: string, token: unknown, sample: number, numTokens: number): void {
  if (Number.isInteger(token) && Number(token) >= 0 && Number(token) < numTokens) return;
  const expected = `${name} must hold whole numbers from 0 to ${numTokens - 1}`;
  const fix = "Pass what solveAttentionSvm returned.";
  throw new ShapeError(problem({ where: "isLocallyOptimal", expected, got: `${show(token)} for sample ${sample}`, fix }));
}
