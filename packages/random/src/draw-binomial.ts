import { OptionError, problem, show } from "@attnlab/check";
import { positiveUniform } from "./draw-gumbel.ts";
import { portableLog1p } from "./portable-exp.ts";
import { portableLog } from "./portable-log.ts";
import type { Rng } from "./rng.ts";

/** From this mean on rejection is cheaper than one gap per success, and its constants are proven. */
const REJECTION_MEAN = 10;

/** $\ln k! - \ln$ of Stirling's formula in $k + 1$, for k = 0 to 9. */
const STIRLING_TAIL = [
  0.0810614667953272, 0.0413406959554093, 0.0276779256849983, 0.0207906721037651, 0.0166446911898212, 0.0138761288230707,
  0.0118967099458917, 0.0104112652619721, 0.0092554621827127, 0.0083305634333594,
];

/**
 * Draws how many of `trials` independent trials succeed: $P(m) = \binom{n}{m} p^m (1-p)^{n-m}$.
 *
 * Small means count the gaps between successes, large ones use transformed rejection: time is bounded whatever `trials` is.
 *
 * @param rng - the source of chance.
 * @param trials - $n$, a whole number from 0 to 2^32 - 1.
 * @param probability - $p$, from 0 to 1.
 * @returns a whole number from 0 to `trials`.
 * @throws OptionError for other trials or probabilities.
 * @example
 * ```ts
 * import { createRng, drawBinomial } from "@attnlab/random";
 * drawBinomial(createRng(1), 1e6, 0.25); // => 249406
 * drawBinomial(createRng(1), 10, 1); // => 10
 * ```
 * @see W. Hörmann, "The generation of binomial random variates", 1993, algorithm BTRS.
 */
export function drawBinomial(rng: Rng, trials: number, probability: number): number {
  if (!Number.isInteger(trials) || trials < 0 || trials >= 2 ** 32) {
    const expected = "trials must be a whole number from 0 to 2^32 - 1";
    throw new OptionError(problem({ where: "drawBinomial", expected, got: show(trials), fix: "Pass the number of trials." }));
  }
  if (!(probability >= 0 && probability <= 1)) {
    const expected = "probability must be from 0 to 1";
    throw new OptionError(problem({ where: "drawBinomial", expected, got: show(probability), fix: "Pass the chance of one success." }));
  }
  if (probability > 0.5) return trials - drawFew(rng, trials, 1 - probability);
  return drawFew(rng, trials, probability);
}

/** For probabilities up to 1/2. */
function drawFew(rng: Rng, trials: number, p: number): number {
  if (p === 0 || trials === 0) return 0;
  return trials * p < REJECTION_MEAN ? countGaps(rng, trials, p) : reject(rng, trials, p);
}

/** Jumps from success to success; a gap is geometric. */
function countGaps(rng: Rng, trials: number, p: number): number {
  const logFailure = portableLog1p(-p);
  let at = 0;
  for (let successes = 0; ; successes++) {
    at += Math.floor(portableLog(positiveUniform(rng)) / logFailure) + 1;
    if (at > trials) return successes;
  }
}

function stirlingTail(k: number): number {
  const tabled = STIRLING_TAIL[k];
  if (tabled !== undefined) return tabled;
  const next = k + 1;
  const square = next * next;
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / next;
}

/** BTRS; the names of the constants are Hörmann's. */
function reject(rng: Rng, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = n * p + 0.5;
  const alpha = (2.83 + 5.1 / b) * spread;
  const vr = 0.92 - 4.2 / b;
  const ratio = p / (1 - p);
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = rng.uniform() - 0.5;
    const v = positiveUniform(rng);
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (us >= 0.07 && v <= vr) return k;
    // `!(>=)` also turns away the -infinity of us = 0.
    if (!(k >= 0) || k > n) continue;
    const height = portableLog((v * alpha) / (a / (us * us) + b));
    const mass =
      (mode + 0.5) * portableLog((mode + 1) / (ratio * (n - mode + 1))) +
      (n + 1) * portableLog((n - mode + 1) / (n - k + 1)) +
      (k + 0.5) * portableLog((ratio * (n - k + 1)) / (k + 1)) +
      (stirlingTail(mode) + stirlingTail(n - mode) - stirlingTail(k) - stirlingTail(n - k));
    if (height <= mass) return k;
  }
}
