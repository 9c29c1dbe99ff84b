import { numberOption, optionTable } from "@attnlab/check";
import { maximum, mul, pow, type Tensor } from "@attnlab/graph";
import { batchAxesOption, innerAxes } from "../batch-axes.ts";
import { scaledNorm } from "../tensor-norm.ts";
import type { MirrorMap } from "./mirror-map.ts";
import { signedPower } from "./signed-power.ts";

/** Options of {@link pNormMirrorMap}. */
export interface PNormMirrorMapOptions {
  /** Leading axes that hold independent runs; each run has its own norm. Default 0. */
  readonly batchAxes?: number;
}

const table = optionTable("pNormMirrorMap", {
  p: numberOption({ doc: "Exponent of the norm; the identity for 2.", above: 1, required: true }),
  batchAxes: batchAxesOption(),
});

/**
 * The mirror map of $\psi(w) = \tfrac12 \lVert w\rVert_p^2$: $u = \operatorname{sign}(w)\,|w|^{p-1}\,\lVert w\rVert_p^{2-p}$, tensor by tensor.
 *
 * Its inverse is the same formula with $q = p/(p-1)$. Unlike {@link lpMirrorMap} it has degree 1, so steps scale with the weights.
 *
 * @param p - finite, > 1.
 * @param options.batchAxes - leading axes of independent runs; default 0.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 * @see Grove, Littlestone, Schuurmans 2001; Gentile 2003: the p-norm algorithms.
 */
export function pNormMirrorMap(p: number, options?: PNormMirrorMapOptions): MirrorMap {
  const { batchAxes } = table.parse({ ...options, p });
  const q = p / (p - 1);
  // With w = m r, max|r| = 1, the norm of r is at least 1 and no power of it leaves the range.
  const gradient = (x: Tensor, exponent: number): Tensor => {
    if (exponent === 2) return x;
    const { largest, scaled, norm } = scaledNorm(x, exponent, innerAxes("pNormMirrorMap", x, batchAxes));
    return mul(signedPower(scaled, exponent - 1), mul(largest, pow(maximum(norm, 1), 2 - exponent)));
  };
  return { toDual: (w) => gradient(w, p), toPrimal: (u) => gradient(u, q), dualExponent: q, identity: p === 2 };
}
