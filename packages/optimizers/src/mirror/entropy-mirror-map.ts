import { booleanOption, optionTable } from "@attnlab/check";
import { exp, log, softmax } from "@attnlab/graph";
import type { MirrorMap } from "./mirror-map.ts";

/** Options of {@link entropyMirrorMap}. */
export interface EntropyMirrorMapOptions {
  /** Keep the last axis on the probability simplex. Default `false`: positive weights of any sum. */
  readonly simplex?: boolean;
}

const table = optionTable("entropyMirrorMap", {
  simplex: booleanOption({ doc: "Keep the last axis on the probability simplex.", default: false }),
});

/**
 * The mirror map of the negative entropy $\psi(w) = \sum_i w_i (\log w_i - 1)$: $u = \log w$, which gives exponentiated gradient descent.
 *
 * Its inverse is $e^u$, or the softmax over the last axis on the simplex. Gradients are measured by their largest magnitude,
 * the dual of $\ell_1$. Parameters must be positive: a zero has the dual variable $-\infty$ and stays zero.
 *
 * @param options.simplex - default `false`.
 * @throws {@link OptionError} on an unknown or bad option.
 * @see Kivinen and Warmuth 1997.
 */
export function entropyMirrorMap(options?: EntropyMirrorMapOptions): MirrorMap {
  const { simplex } = table.parse(options);
  return { toDual: log, toPrimal: simplex ? (u) => softmax(u, -1) : exp, dualExponent: Number.POSITIVE_INFINITY };
}
