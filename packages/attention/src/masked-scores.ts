import { add, constant, matmul, type Tensor, where } from "@attnlab/graph";
import { checkQuery } from "./attention-shapes.ts";
import { type ScoreScale, scaleOf } from "./score-options.ts";
import { seesAny, visibleKeys } from "./visible-keys.ts";

/** Scores of attention whose weights are exponentials of them. */
export interface MaskedScores {
  /** `[..., queries, keys]`: hidden keys have a score whose exponential is 0 beside that of any visible one. */
  readonly scores: Tensor;
  /** The mask, when some row may have no visible key; its weights have to be set to zero. */
  readonly visible: Tensor | undefined;
}

/** The options that scores depend on. */
export interface MaskedScoreOptions {
  readonly scale: ScoreScale;
  readonly mask: Tensor | undefined;
  readonly causal: boolean;
}

/**
 * $s\,QK^\top + M$ with $M = 0$ for visible keys and a huge negative number for hidden ones.
 *
 * @throws {@link ShapeError} when `query` and `key` differ in `headDim`, or the mask does not fit.
 */
export function maskedScores(name: string, query: Tensor, key: Tensor, { scale, mask, causal }: MaskedScoreOptions): MaskedScores {
  checkQuery(name, query, key);
  const scores = matmul(query, key, { transposeB: true, alpha: scaleOf(scale, query) }); // [..., queries, keys]
  const visible = visibleKeys(mask, causal, scores.shape);
  return {
    scores: visible === undefined ? scores : add(scores, penalty(visible, scores)),
    // Causality alone leaves every query at least one key.
    visible: mask === undefined ? undefined : visible,
  };
}

/** Sets rows without a visible key to zero. */
export function zeroBlindRows(rows: Tensor, visible: Tensor | undefined): Tensor {
  return visible === undefined ? rows : where(seesAny(visible), rows, 0);
}

/**
 * 0 for visible keys, a huge negative number for hidden ones. A visible score stays as it is, bit for bit; a hidden one is
 * swallowed whatever its size, and its weight underflows to exactly 0, as does its gradient. Unlike a choice between score
 * and constant, a sum costs nothing on the way back.
 */
function penalty(visible: Tensor, { dtype }: Tensor): Tensor {
  return where(visible, constant(0, dtype), dtype === "float64" ? -1e300 : -1e30);
}
