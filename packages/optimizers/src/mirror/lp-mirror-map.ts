import { numberOption, optionTable } from "@attnlab/check";
import type { MirrorMap } from "./mirror-map.ts";
import { signedPower } from "./signed-power.ts";

const table = optionTable("lpMirrorMap", {
  p: numberOption({ doc: "Exponent of the potential; the identity for 2.", above: 1, required: true }),
});

/**
 * The mirror map of $\psi(w) = \tfrac1p \lVert w\rVert_p^p$: $u = \operatorname{sign}(w)\,|w|^{p-1}$, entry by entry.
 *
 * Its inverse is $\operatorname{sign}(u)\,|u|^{1/(p-1)}$; gradients are measured in $\ell_q$, $q = p/(p-1)$. For $p = 2$ both
 * maps are the identity and mirror descent is gradient descent, bit for bit.
 *
 * @param p - finite, > 1.
 * @throws {@link OptionError} for any other `p`.
 * @see Julistiono, Tarzanagh, Azizan, arXiv 2410.14581: $\phi$ of their $\ell_p$-AttGD is `toDual`.
 */
export function lpMirrorMap(p: number): MirrorMap {
  table.parse({ p });
  return {
    toDual: (w) => signedPower(w, p - 1),
    toPrimal: (u) => signedPower(u, 1 / (p - 1)),
    dualExponent: p / (p - 1),
    identity: p === 2,
  };
}
