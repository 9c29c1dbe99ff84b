import { numberOption, optionTable } from "@attnlab/check";
import { batchAxesOption, innerAxes } from "./batch-axes.ts";
import { type LearningRate, learningRateOption, negative, type RateState, rateOf } from "./learning-rate.ts";
import { mapUpdates } from "./map-tensors.ts";
import { type GradientOptimizer, optimizer } from "./optimizer.ts";
import { divideByNorm } from "./tensor-norm.ts";
import { stateless, type Transformation } from "./transformation.ts";

/** Options of {@link normalize}. */
export interface NormalizeOptions {
  /** Exponent $r$ of the norm, >= 1; `Infinity` for the largest magnitude. Default 2. */
  readonly ord?: number;
  /** $\varepsilon$ >= 0, added to the norm. Default 0: a zero gradient then stays zero. */
  readonly eps?: number;
  /** Leading axes that hold independent runs; each run has its own norm. Default 0. */
  readonly batchAxes?: number;
}

/** Options of {@link normalizedGradientDescent}. */
export interface NormalizedGradientDescentOptions extends NormalizeOptions {
  /** $\eta$: a number >= 0 or a schedule. Required. */
  readonly learningRate: LearningRate;
}

const rules = {
  ord: numberOption({ doc: "Exponent of the norm.", min: 1, max: Number.POSITIVE_INFINITY, default: 2 }),
  eps: numberOption({ doc: "Added to the norm.", min: 0, default: 0 }),
  batchAxes: batchAxesOption(),
};
const normalizeTable = optionTable("normalize", rules);
const descentTable = optionTable("normalizedGradientDescent", { ...rules, learningRate: learningRateOption() });

/**
 * Divides the gradient of every tensor by its own norm: $u = g / (\lVert g\rVert_r + \varepsilon)$.
 *
 * The norm is computed without overflow or underflow of the powers. Tensors are normalised one by one, not jointly.
 * Before `momentum` it gives normalised momentum, and so on.
 *
 * @param options.ord - $r$; default 2.
 * @param options.eps - $\varepsilon$; default 0.
 * @param options.batchAxes - leading axes of independent runs, for `[runs, rows, columns]` 1; default 0.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 * @throws {@link ShapeError} while tracing, when a parameter has fewer axes than `batchAxes`.
 */
export function normalize(options?: NormalizeOptions): Transformation<Readonly<Record<string, never>>> {
  const { ord, eps, batchAxes } = normalizeTable.parse(options);
  return stateless((grads) => mapUpdates((g) => divideByNorm(g, ord, innerAxes("normalize", g, batchAxes), eps), grads));
}

/**
 * Normalised gradient descent: $w \leftarrow w - \eta\,g / (\lVert g\rVert_r + \varepsilon)$, per tensor.
 *
 * @param options.learningRate - $\eta$, the length of every step in the norm; required.
 * @param options.ord - $r$; default 2.
 * @param options.eps - $\varepsilon$; default 0.
 * @param options.batchAxes - leading axes of independent runs; default 0.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 * @example
 * ```ts
 * import { tensorData, toNumbers } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { normalizedGradientDescent } from "@attnlab/optimizers";
 * const descent = normalizedGradientDescent({ learningRate: 1 });
 * const [w, g] = [tensorData("float64", [2], [0, 0]), tensorData("float64", [2], [3e200, -4e200])];
 * const program = trace((g, w) => descent.step(g, descent.init(w), w).params, [specOf(g), specOf(w)]);
 * toNumbers(evaluate(program, [g, w])).map((v) => Math.round(v * 1e9) / 1e9); // => Float64Array [-0.6, 0.8]
 * ```
 */
export function normalizedGradientDescent(options: NormalizedGradientDescentOptions): GradientOptimizer<RateState> {
  const { learningRate, ...norm } = descentTable.parse(options);
  return optimizer(normalizedDescent("normalizedGradientDescent", learningRate, norm));
}

/** $u = -\eta\,g / (\lVert g\rVert_r + \varepsilon)$: {@link normalize} and the learning rate in one, for one operation less. */
export function normalizedDescent(
  where: string,
  learningRate: LearningRate,
  { ord, eps, batchAxes }: Required<NormalizeOptions>,
): Transformation<RateState> {
  const rate = rateOf(learningRate);
  return {
    init: () => rate.init(),
    update: (grads, state) => {
      const factor = negative(rate.at(state));
      return {
        updates: mapUpdates((g) => divideByNorm(g, ord, innerAxes(where, g, batchAxes), eps, factor), grads),
        state: rate.next(state),
      };
    },
  };
}
