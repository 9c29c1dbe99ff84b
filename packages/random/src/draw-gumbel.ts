import { OptionError, problem, show } from "@attnlab/check";
import { portableExp, portableExpm1, portableLog1p } from "./portable-exp.ts";
import { portableLog } from "./portable-log.ts";
import type { Rng } from "./rng.ts";

/** Uniform on (0, 1): the zero that a logarithm cannot take is drawn again. */
export function positiveUniform(rng: Rng): number {
  for (;;) {
    const u = rng.uniform();
    if (u > 0) return u;
  }
}

/**
 * Draws from the standard Gumbel distribution, $P(G \le g) = e^{-e^{-g}}$, or from its part above a bound.
 *
 * $$G = -\ln(-\ln(1 - \pi U)), \qquad \pi = P(G > a) = 1 - e^{-e^{-a}}$$
 *
 * The largest of $y_j + G_j$ is at $j$ with probability $e^{y_j} / \sum_i e^{y_i}$. Takes two words.
 *
 * @param rng - the source of chance.
 * @param above - the bound $a$; default minus infinity.
 * @returns a number, at least `above`; as exact near large bounds, where $\pi$ is tiny, as elsewhere.
 * @throws OptionError when `above` is not a number or plus infinity.
 * @example
 * ```ts
 * import { createRng, drawGumbel } from "@attnlab/random";
 * drawGumbel(createRng(1)); // => 2.0736
 * drawGumbel(createRng(1), 40); // => 42.1358
 * ```
 * @see Gumbel 1954; used as in Mussmann, Levy, Ermon 2017.
 */
export function drawGumbel(rng: Rng, above: number = Number.NEGATIVE_INFINITY): number {
  if (!(above < Number.POSITIVE_INFINITY)) {
    const expected = "above must be a number below infinity";
    throw new OptionError(problem({ where: "drawGumbel", expected, got: show(above), fix: "Leave it out for no bound." }));
  }
  const u = positiveUniform(rng);
  // From here on the tail is exponential to the last bit, and far beyond it exp(-above) would underflow.
  if (above > 40) return above - portableLog(u);
  const chance = -portableExpm1(-portableExp(-above));
  return Math.max(above, -portableLog(-portableLog1p(-chance * u)));
}
