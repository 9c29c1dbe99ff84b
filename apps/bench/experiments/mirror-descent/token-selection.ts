/** Attention of one query over the visible tokens of a text, stretched so that the least is 0 and the greatest is 1. */
export function minMaxScale(attention: ArrayLike<number>, length: number): Float64Array {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) {
    low = Math.min(low, attention[i] as number);
    high = Math.max(high, attention[i] as number);
  }
  // Equal attention everywhere selects nothing.
  return Float64Array.from({ length }, (_, i) => (high > low ? ((attention[i] as number) - low) / (high - low) : 0));
}

/** The paper's token-selection score of one text: the scaled attention of the token that decides its class. */
export function selectionScore(attention: ArrayLike<number>, length: number, optimal: number): number {
  return minMaxScale(attention, length)[optimal] ?? Number.NaN;
}

/** Number of visible tokens of a row: padding comes last. */
export function visibleLength(mask: ArrayLike<number>): number {
  let length = 0;
  while (length < mask.length && mask[length] === 1) length++;
  return length;
}

/** The position of the greatest attention among the visible tokens; the first of equals. */
export function selectedToken(attention: ArrayLike<number>, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if ((attention[i] as number) > (attention[best] as number)) best = i;
  return best;
}
