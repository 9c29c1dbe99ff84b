import type { VisibleHead } from "../visible-head.ts";
import { createLazyGumbelSampler, type LazyGumbelSampler } from "./lazy-gumbel.ts";
import { type DotProductCounter, type NearestKeys, scoreOf } from "./nearest-keys.ts";

/** A sampler of the keys of one query, $p_i(j) \propto e^{s\langle q_i, k_j\rangle}$ over the keys it sees. */
export function keySampler(
  head: VisibleHead,
  { query, visible, indices, logits }: NearestKeys,
  { scale, gap, counter }: { readonly scale: number; readonly gap: number; readonly counter: DotProductCounter },
): LazyGumbelSampler {
  const logit = (j: number): number => {
    counter.direct++;
    return scoreOf(head, query, j, scale);
  };
  return createLazyGumbelSampler({ count: visible, logit, top: indices, topLogits: logits, gap });
}
