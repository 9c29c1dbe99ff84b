import type { Rng } from "@attnlab/random";
import { fitSigmoid, type Sigmoid } from "./sigmoid.ts";

/** Fits a binary problem to the given rows and returns its decision function on rows. */
export type BinaryFit = (train: Int32Array) => (row: number) => number;

/**
 * Platt's sigmoid from decision values on rows that the deciding model has not seen.
 *
 * Rows of either sign are dealt to the folds in a random order, so every fold has its share of both. Where a fold would leave one sign without a row to
 * train on, its decision values are that of the other sign, -1 or +1.
 *
 * @param rows - the rows of the problem.
 * @param signs - +1 or -1 per entry of `rows`.
 */
export function crossValidatedSigmoid(rows: Int32Array, signs: Float64Array, folds: number, rng: Rng, fit: BinaryFit): Sigmoid {
  const fold = new Int32Array(rows.length);
  let dealt = 0;
  for (const sign of [1, -1]) {
    const members = Int32Array.from(rows.keys()).filter((at) => signs[at] === sign);
    for (const at of rng.shuffle(members)) fold[at] = dealt++ % folds;
  }
  const decisions = new Float64Array(rows.length);
  for (let k = 0; k < folds; k++) {
    const training = Int32Array.from(rows.keys()).filter((at) => fold[at] !== k);
    const hasPositive = training.some((at) => signs[at] === 1);
    const hasNegative = training.some((at) => signs[at] === -1);
    const decide = hasPositive && hasNegative ? fit(training.map((at) => rows[at] as number)) : () => (hasPositive ? 1 : -1);
    fold.forEach((own, at) => {
      if (own === k) decisions[at] = decide(rows[at] as number);
    });
  }
  return fitSigmoid(
    decisions,
    Array.from(signs, (sign) => sign > 0),
  );
}
