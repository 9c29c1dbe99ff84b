import { integerOption, OptionError, optionTable, problem } from "@attnlab/check";
import { checkSameSize, type Matrix } from "@attnlab/linalg";
import { checkKnown } from "../check-input.ts";
import { HARD_MARGIN_RULES, type HardMarginOptions } from "../hard-margin/hard-margin-options.ts";
import { type AttentionSamples, checkSamples, SAMPLE_FIELDS } from "./attention-samples.ts";
import { type AttentionSvmPoint, solveAttentionSvm } from "./attention-svm.ts";
import { isLocallyOptimal } from "./local-optimality.ts";
import { checkScores, optimalTokens } from "./select-tokens.ts";

/** Options of {@link locallyOptimalSelections}. */
export interface LocallyOptimalOptions extends HardMarginOptions {
  /** Most selections to try; default `4096`. More than that is refused before any work. */
  readonly maxSelections?: number;
}

/** The rules behind {@link LocallyOptimalOptions}. */
export const LOCALLY_OPTIMAL_RULES = {
  ...HARD_MARGIN_RULES,
  maxSelections: integerOption({ doc: "Most selections to try.", min: 1, default: 4096 }),
} as const;

/** A selection that training can settle on, with its SVM. */
export interface LocallyOptimalSelection {
  /** alpha, `[n]` */
  readonly selected: Int32Array;
  /** Whether it is the globally optimal selection: the highest score in every sample. */
  readonly isGlobal: boolean;
  readonly svm: AttentionSvmPoint;
}

/**
 * Enumerates the locally optimal selections of a small problem: solves the attention SVM of all T^n selections and keeps those that pass
 * {@link isLocallyOptimal}.
 *
 * $\{\alpha : \gamma_{i,\alpha_i} > \gamma_{it}$ for all i and all support tokens t of the attention SVM of $\alpha\}$
 *
 * Shapes: `tokens [n, T, d]`, `queries [n, d]`, `gamma [n, T]`.
 *
 * @param gamma - token scores, for example from {@link tokenScores}.
 * @param options - those of {@link solveAttentionSvm}, and `maxSelections`, default `4096`.
 * @returns in the order of the selections, the last sample counting fastest; infeasible and unsolved selections are left out.
 * @throws ShapeError when sizes differ or T = 1.
 * @throws DataError when a number is NaN or infinite.
 * @throws OptionError when an option is unknown or out of its range, or there are more than `maxSelections` selections.
 * @example
 * ```ts
 * import { matrix } from "@attnlab/linalg";
 * import { locallyOptimalSelections } from "@attnlab/svm";
 * const samples = { tokens: { shape: [1, 3, 1], data: Float64Array.of(2, 0, -1) }, queries: { shape: [1, 1], data: Float64Array.of(1) } };
 * const found = locallyOptimalSelections(samples, matrix(1, 3, [0.3, 0.1, 0.9]), { p: 2 });
 * found.map(({ selected }) => Array.from(selected)); // => [[0], [2]]
 * found.map(({ isGlobal }) => isGlobal); // => [false, true]
 * ```
 */
export function locallyOptimalSelections(
  samples: AttentionSamples,
  gamma: Matrix,
  options: LocallyOptimalOptions,
): LocallyOptimalSelection[] {
  const where = "locallyOptimalSelections";
  const { maxSelections, ...rest } = optionTable(where, LOCALLY_OPTIMAL_RULES).parse(options);
  const { numSamples, numTokens } = checkSamples(where, samples);
  checkKnown(where, "samples", samples, SAMPLE_FIELDS);
  checkScores(where, "gamma", gamma);
  checkSameSize(where, "rows of gamma must equal the number of samples", [gamma.rows, numSamples]);
  checkSameSize(where, "columns of gamma must equal the number of tokens", [gamma.cols, numTokens]);
  const count = numTokens ** numSamples;
  if (count > maxSelections) {
    const fix = "Raise maxSelections, or pass fewer samples: the number of selections is T to the power n.";
    throw new OptionError(
      problem({ where, expected: `there must be at most maxSelections = ${maxSelections} selections`, got: `${count}`, fix }),
    );
  }
  const best = optimalTokens(gamma);
  const found: LocallyOptimalSelection[] = [];
  for (let code = 0; code < count; code++) {
    const selected = Int32Array.from({ length: numSamples }, (_, i) => Math.floor(code / numTokens ** (numSamples - 1 - i)) % numTokens);
    const svm = solveAttentionSvm({ ...samples, selected }, rest);
    if (svm.status !== "optimal" || !isLocallyOptimal(svm, gamma)) continue;
    found.push({ selected, isGlobal: selected.every((t, i) => t === best[i]), svm });
  }
  return found;
}
