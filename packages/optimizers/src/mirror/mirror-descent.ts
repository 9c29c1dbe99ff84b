import { booleanOption, customOption, numberOption, OptionError, optionTable, problem, show } from "@attnlab/check";
import { batchAxesOption } from "../batch-axes.ts";
import { type LearningRate, learningRateOption } from "../learning-rate.ts";
import { normalizedDescent } from "../normalize.ts";
import type { Optimizer } from "../optimizer.ts";
import { scaleByLearningRate } from "../scale.ts";
import { lpMirrorMap } from "./lp-mirror-map.ts";
import type { MirrorMap } from "./mirror-map.ts";
import { isMirrorMap, type MirrorMode, type MirrorState, mirrorOptimizer, modeRule } from "./mirror-optimizer.ts";

/** Options of {@link mirrorDescent}. Give either `p` or `map`. */
export interface MirrorDescentOptions {
  /** $\eta$: a number >= 0 or a schedule. Required. */
  readonly learningRate: LearningRate;
  /** $p > 1$ of the potential $\tfrac1p\lVert w\rVert_p^p$. */
  readonly p?: number;
  /** Another geometry than $\ell_p$. */
  readonly map?: MirrorMap;
  /** Divide the gradient of each tensor by its dual norm. Default `false`. */
  readonly normalized?: boolean;
  /** Default `"stable"`. */
  readonly mode?: MirrorMode;
  /** Leading axes that hold independent runs; each run has its own norm. Default 0. */
  readonly batchAxes?: number;
}

const AUTHORS_EPS = 2.22e-16;

const table = optionTable("mirrorDescent", {
  learningRate: learningRateOption(),
  p: { ...numberOption({ doc: "Exponent of the potential.", above: 1 }), fallback: undefined as number | undefined },
  map: customOption<MirrorMap | undefined>({
    doc: "Another geometry, for example entropyMirrorMap().",
    expected: "an object with toDual and toPrimal",
    accepts: isMirrorMap,
    invalid: [null, {}],
  }),
  normalized: booleanOption({ doc: "Divide the gradient of each tensor by its dual norm.", default: false }),
  mode: modeRule,
  batchAxes: batchAxesOption(),
});

/**
 * Mirror descent: $\nabla\psi(w_{k+1}) = \nabla\psi(w_k) - \eta\,g$, with $\psi = \tfrac1p\lVert\cdot\rVert_p^p$ or any {@link MirrorMap}.
 *
 * With `normalized`, $g$ is divided by $\lVert g\rVert_q + \varepsilon$, $q = p/(p-1)$, tensor by tensor. Mode `"stable"` carries
 * the dual variable $u = \nabla\psi(w)$ and has $\varepsilon = 0$; a zero gradient changes nothing. Mode `"authors"` recomputes $u$
 * from the weights and has $\varepsilon$ = 2.22e-16, as the published code; its progress ends where rounding begins.
 * For $p = 2$ both are gradient descent, and `"stable"` is it bit for bit.
 *
 * Beware of $p$ near 1: the inverse map is a power $1/(p-1)$, the tenth at $p = 1.1$, and overflows float32 at $|u|$ > 7e3.
 *
 * @param options.learningRate - $\eta$; required.
 * @param options.p - > 1; or `options.map`.
 * @param options.normalized - default `false`.
 * @param options.mode - default `"stable"`.
 * @param options.batchAxes - for weights `[runs, d, d]` that hold independent runs 1; default 0.
 * @returns an optimizer whose state holds the dual variable.
 * @throws {@link OptionError} on an unknown option, p <= 1, a negative rate, or both or none of `p` and `map`.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { mirrorDescent } from "@attnlab/optimizers";
 * const descent = mirrorDescent({ p: 3, learningRate: 0.5 });
 * const [w, g] = [tensorData("float64", [2], [1, 0]), tensorData("float64", [2], [-6, 8])];
 * const program = trace((g, w) => descent.step(g, descent.init(w), w).params, [specOf(g), specOf(w)]);
 * evaluate(program, [g, w]).data; // => Float64Array [2, -2]
 * ```
 * @see Julistiono, Tarzanagh, Azizan, arXiv 2410.14581, $\ell_p$-AttGD; Sun et al. 2022, p-GD.
 */
export function mirrorDescent(options: MirrorDescentOptions): Optimizer<MirrorState> {
  const { learningRate, p, map, normalized, mode, batchAxes } = table.parse(options);
  if ((p === undefined) === (map === undefined)) {
    const got = p === undefined ? "none" : "both";
    throw new OptionError(
      problem({ where: "mirrorDescent", expected: "exactly one of p and map must be given", got, fix: "Pass for example p: 1.5." }),
    );
  }
  const geometry = map ?? lpMirrorMap(p as number);
  if (!normalized) return mirrorOptimizer(scaleByLearningRate(learningRate), { map: geometry, mode });
  const ord = geometry.dualExponent;
  if (ord === undefined) {
    const fix = "Give the map a dualExponent, or leave normalized out.";
    throw new OptionError(
      problem({ where: "mirrorDescent", expected: "map must have a dualExponent for normalized steps", got: show(ord), fix }),
    );
  }
  const eps = mode === "authors" ? AUTHORS_EPS : 0;
  return mirrorOptimizer(normalizedDescent("mirrorDescent", learningRate, { ord, eps, batchAxes }), { map: geometry, mode });
}
