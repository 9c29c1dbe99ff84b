import { problem, ShapeError } from "@attnlab/check";
import { checkFinite, checkMatrix, type Matrix } from "@attnlab/linalg";

/** The token that attention prefers in every sample, and how clearly. */
export interface TokenSelection {
  /** Index of the token with the highest score, `[n]`; the lowest index among equals. */
  readonly selected: Int32Array;
  /** Highest minus second highest attention probability, `[n]`; 1 when there is one token. Below 0.5 the selection is undecided. */
  readonly probabilityGap: Float64Array;
  /** Highest attention probability, `[n]`. */
  readonly topProbability: Float64Array;
}

/**
 * Reads the selected tokens off attention scores: the one with the highest softmax probability in each row.
 *
 * $\alpha_i = \arg\max_t s_{it}$
 *
 * Shape: `scores [n, T]`. Logarithms of probabilities serve as scores too: the softmax gives the probabilities back.
 *
 * @returns the selection with the gap between the two highest probabilities, because an SVM for an undecided selection means little.
 * @throws ShapeError when there is no sample or no token.
 * @throws DataError when a score is NaN or infinite.
 * @example
 * ```ts
 * import { matrix } from "@attnlab/linalg";
 * import { selectTokens } from "@attnlab/svm";
 * const picked = selectTokens(matrix(2, 3, [0, 9, 1, 4, 4, 2]));
 * Array.from(picked.selected); // => [1, 0]
 * Array.from(picked.probabilityGap, (gap) => gap < 0.5); // => [false, true]
 * ```
 */
export function selectTokens(scores: Matrix): TokenSelection {
  checkScores("selectTokens", "scores", scores);
  const { rows, cols, data } = scores;
  const selected = highestPerRow(scores);
  const probabilityGap = new Float64Array(rows);
  const topProbability = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const top = data[i * cols + (selected[i] as number)] as number;
    let total = 0;
    let second = 0;
    for (let t = 0; t < cols; t++) {
      const weight = Math.exp((data[i * cols + t] as number) - top);
      total += weight;
      if (t !== selected[i]) second = Math.max(second, weight);
    }
    topProbability[i] = 1 / total;
    probabilityGap[i] = (1 - second) / total;
  }
  return { selected, probabilityGap, topProbability };
}

/**
 * The globally optimal token of every sample: the one with the highest token score.
 *
 * $\mathrm{opt}_i = \arg\max_t \gamma_{it}$
 *
 * Shape: `gamma [n, T]` → `[n]`; the lowest index among equals.
 *
 * @throws ShapeError when there is no sample or no token.
 * @throws DataError when a score is NaN or infinite.
 * @example
 * ```ts
 * import { matrix } from "@attnlab/linalg";
 * import { optimalTokens } from "@attnlab/svm";
 * Array.from(optimalTokens(matrix(2, 2, [0.1, 0.7, -1, -2]))); // => [1, 0]
 * ```
 */
export function optimalTokens(gamma: Matrix): Int32Array {
  checkScores("optimalTokens", "gamma", gamma);
  return highestPerRow(gamma);
}

function highestPerRow({ rows, cols, data }: Matrix): Int32Array {
  const highest = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let t = 1; t < cols; t++) {
      if ((data[i * cols + t] as number) > (data[i * cols + (highest[i] as number)] as number)) highest[i] = t;
    }
  }
  return highest;
}

/** Requires at least one sample and one token, all finite. */
export function checkScores(where: string, name: string, scores: Matrix): void {
  checkMatrix(where, name, scores);
  if (scores.rows === 0 || scores.cols === 0) {
    const fix = "Pass one row per sample and one column per token.";
    throw new ShapeError(problem({ where, expected: `${name} must not be empty`, got: `${scores.rows} x ${scores.cols}`, fix }));
  }
  checkFinite(where, name, scores.data);
}
