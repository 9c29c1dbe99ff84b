import { optionTable } from "@attnlab/check";
import { type LearningRate, learningRateOption, type RateState } from "./learning-rate.ts";
import { type GradientOptimizer, optimizer } from "./optimizer.ts";
import { scaleByLearningRate } from "./scale.ts";

/** Options of {@link gradientDescent}. */
export interface GradientDescentOptions {
  /** $\eta$: a number >= 0 or a schedule. Required. */
  readonly learningRate: LearningRate;
}

const table = optionTable("gradientDescent", { learningRate: learningRateOption() });

/**
 * Gradient descent: $w_{k+1} = w_k - \eta_k g_k$.
 *
 * @param options.learningRate - $\eta$; required.
 * @throws {@link OptionError} on an unknown option or a negative rate.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { gradientDescent } from "@attnlab/optimizers";
 * const descent = gradientDescent({ learningRate: 0.5 });
 * const [w, g] = [tensorData("float64", [2], [1, 2]), tensorData("float64", [2], [4, -2])];
 * const program = trace((g, w) => descent.step(g, descent.init(w), w).params, [specOf(g), specOf(w)]);
 * evaluate(program, [g, w]).data; // => Float64Array [-1, 3]
 * ```
 */
export function gradientDescent(options: GradientDescentOptions): GradientOptimizer<RateState> {
  const { learningRate } = table.parse(options);
  return optimizer(scaleByLearningRate(learningRate));
}
