import { problem, ShapeError, show } from "@attnlab/check";
import type { Matrix } from "@attnlab/linalg";
import { checkFields, checkKnown, checkList } from "../check-input.ts";
import type { FactoredRows } from "../hard-margin/factored-rows.ts";
import { type AttentionSamples, type AttentionSizes, checkSamples, checkSelected, SELECTION_FIELDS } from "./attention-samples.ts";
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

/** A token counts as a support token when its margin is below 1 plus this. */
export const SUPPORT_TOLERANCE = 1e-6;

/** Margins of a selection as linear constraints on W: row r compares the selected token of `sample[r]` with token `token[r]`. */
export interface TokenMargins {
  readonly sizes: AttentionSizes;
  /** $x_{i,\alpha_i} - x_{it}$ as left factors, the z_i as right ones. */
  readonly rows: FactoredRows;
  /** The least margin of each row: 1, or 0 in a relaxed sample. */
  readonly rhs: Float64Array;
  readonly sample: Int32Array;
  readonly token: Int32Array;
  /** The least margin of each sample, `[n]`. */
  readonly required: Float64Array;
  /** alpha, `[n]`. */
  readonly selected: Int32Array;
}

/**
 * Checks a selection and writes its margins as constraints, samples in order and their tokens in order.
 * @throws ShapeError, DataError or OptionError naming the argument.
 */
export function tokenMargins(where: string, selection: AttentionSelection): TokenMargins {
  const sizes = checkSamples(where, selection);
  const { numSamples, numTokens, tokenDim: d } = sizes;
  checkFields(where, "selection", selection, ["selected"]);
  checkKnown(where, "selection", selection, SELECTION_FIELDS);
  checkSelected(where, selection.selected, sizes);
  const required = requiredMargins(where, selection.relaxed ?? [], numSamples);
  if (numTokens < 2) {
    const fix = "A single token needs no SVM: attention always selects it.";
    throw new ShapeError(problem({ where, expected: "there must be at least two tokens", got: "1", fix }));
  }
  const { tokens, queries } = selection;
  const selected = Int32Array.from(selection.selected);
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
  return {
    sizes,
    rows: { left: { rows: count, cols: d, data: left }, right, rightIndex: sample },
    rhs: Float64Array.from(sample, (i) => required[i] as number),
    sample,
    token,
    required,
    selected,
  };
}

/** The least margin of each sample: 1, or 0 where it is relaxed. */
function requiredMargins(where: string, relaxed: ArrayLike<number>, numSamples: number): Float64Array {
  checkList(where, "relaxed", relaxed);
  const required = new Float64Array(numSamples).fill(1);
  for (const i of Array.from(relaxed)) {
    if (!Number.isInteger(i) || i < 0 || i >= numSamples) {
      const fix = "Sample indices count from 0.";
      throw new ShapeError(problem({ where, expected: `relaxed must be whole numbers from 0 to ${numSamples - 1}`, got: show(i), fix }));
    }
    required[i] = 0;
  }
  return required;
}

/** One number per row as `[n, T]`, 0 at the selected tokens. */
export function perToken({ sizes: { numSamples, numTokens }, sample, token }: TokenMargins, values: Float64Array): Matrix {
  const data = new Float64Array(numSamples * numTokens);
  values.forEach((v, r) => {
    data[(sample[r] as number) * numTokens + (token[r] as number)] = v;
  });
  return { rows: numSamples, cols: numTokens, data };
}

/** What a solution says about the tokens. */
export interface TokenSupport {
  /** $(x_{i,\alpha_i} - x_{it})^\top W z_i$, `[n, T]`; 0 at the selected token itself. */
  readonly margins: Matrix;
  /** Per sample, the tokens other than the selected one whose margin is below 1 (0 in a relaxed sample) + {@link SUPPORT_TOLERANCE}, ascending. */
  readonly supportTokens: readonly (readonly number[])[];
  /** Number of active constraints: support tokens over all samples. */
  readonly numSupport: number;
}

/** The margins that W gives to all tokens, and the tokens that hold it. */
export function tokenSupport(selection: AttentionSelection, { selected, required }: TokenMargins, W: Matrix): TokenSupport {
  const { rows, cols, data: scores } = attentionScores(selection, W);
  const chosen = selected.map((t, i) => i * cols + t);
  const data = scores.map((s, at) => (scores[chosen[Math.floor(at / cols)] as number] as number) - s);
  const supportTokens = Array.from(selected, (own, i) => {
    const row = data.subarray(i * cols, (i + 1) * cols);
    return Array.from(row.keys()).filter((t) => t !== own && (row[t] as number) < (required[i] as number) + SUPPORT_TOLERANCE);
  });
  return {
    margins: { rows, cols, data },
    supportTokens,
    numSupport: supportTokens.reduce((sum, tokens) => sum + tokens.length, 0),
  };
}
