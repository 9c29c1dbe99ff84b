import { numberOption, optionTable } from "@attnlab/check";
import { add, cast, constant, div, mul, type Operand, pow, sqrt, sub, type Tensor, zerosLike } from "@attnlab/graph";
import { firstStep, type LearningRate, learningRateOption, negative, nextStep, rateAt, times } from "./learning-rate.ts";
import { mapTensors, mapUpdates } from "./map-tensors.ts";
import { type GradientOptimizer, optimizer } from "./optimizer.ts";
import { maskOption, type ParamPredicate } from "./param-predicate.ts";
import type { OptimizerState } from "./transformation.ts";

/** Options of {@link adam}. */
export interface AdamOptions {
  /** $\eta$: a number >= 0 or a schedule. Default 0.001. */
  readonly learningRate?: LearningRate;
  /** $\beta_1$ in [0, 1): decay of the mean gradient. Default 0.9. */
  readonly b1?: number;
  /** $\beta_2$ in [0, 1): decay of the mean squared gradient. Default 0.999. */
  readonly b2?: number;
  /** $\varepsilon$ >= 0, added to the root. Default 1e-8. */
  readonly eps?: number;
}

/** Options of {@link adamw}. */
export interface AdamWOptions extends AdamOptions {
  /** $\lambda$ >= 0. Default 0.01. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all. */
  readonly mask?: ParamPredicate;
}

/** State of {@link adam} and {@link adamw}. The sums are the usual moments without their constant factors. */
export type AdamState = {
  /** Steps taken so far, int64. */
  readonly step: Tensor;
  /** $\sum_i \beta_1^{k-i} g_i$, which is $m_k / (1-\beta_1)$. */
  readonly gradientSum: OptimizerState;
  /** $\sum_i \beta_2^{k-i} g_i^2$, which is $v_k / (1-\beta_2)$. */
  readonly squareSum: OptimizerState;
};

const rules = {
  learningRate: learningRateOption(1e-3),
  b1: numberOption({ doc: "Decay of the mean gradient.", min: 0, below: 1, default: 0.9 }),
  b2: numberOption({ doc: "Decay of the mean squared gradient.", min: 0, below: 1, default: 0.999 }),
  eps: numberOption({ doc: "Added to the root of the mean squared gradient.", min: 0, default: 1e-8 }),
};
const adamTable = optionTable("adam", rules);
const adamwTable = optionTable("adamw", {
  ...rules,
  weightDecay: numberOption({ doc: "Decay rate of the weights, in units of the learning rate.", min: 0, default: 0.01 }),
  mask: maskOption("Which parameters decay."),
});

/**
 * Adam with bias correction:
 * $m \leftarrow \beta_1 m + (1-\beta_1) g$, $v \leftarrow \beta_2 v + (1-\beta_2) g^2$,
 * $w \leftarrow w - \eta\,\frac{m}{1-\beta_1^k} \big/ \left(\sqrt{\frac{v}{1-\beta_2^k}} + \varepsilon\right)$.
 *
 * Every factor that is the same for all elements is gathered into two scalars per step, computed in float64, so that a
 * parameter tensor costs ten elementwise operations. $\varepsilon$ is outside the root and after the correction, as in
 * the paper's algorithm 1 and PyTorch; the form before its section 2.1, which TensorFlow uses, differs.
 *
 * @param options.learningRate - $\eta$; default 0.001.
 * @param options.b1 - $\beta_1$; default 0.9.
 * @param options.b2 - $\beta_2$; default 0.999.
 * @param options.eps - $\varepsilon$; default 1e-8.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { adam } from "@attnlab/optimizers";
 * const optimizer = adam({ learningRate: 0.25, eps: 0 });
 * const [w, g] = [tensorData("float32", [2], [1, 1]), tensorData("float32", [2], [4, -0.5])];
 * const program = trace((g, w) => optimizer.step(g, optimizer.init(w), w).params, [specOf(g), specOf(w)]);
 * evaluate(program, [g, w]).data; // => Float32Array [0.75, 1.25]
 * ```
 * @see Kingma and Ba 2015, algorithm 1.
 */
export function adam(options?: AdamOptions): GradientOptimizer<AdamState> {
  return adamWithDecay({ ...adamTable.parse(options), weightDecay: 0, mask: () => false });
}

/**
 * Adam with decoupled weight decay: the step of {@link adam} and $-\eta\lambda w$.
 *
 * @param options.weightDecay - $\lambda$; default 0.01. It is multiplied by $\eta$, as in PyTorch.
 * @param options.mask - which parameters decay; default: all. Matrices only: `(_, { shape }) => shape.length > 1`.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 * @see Loshchilov and Hutter 2019, algorithm 2 with their $\eta_t\alpha$ as our $\eta$ and their $\lambda$ divided by $\alpha$.
 */
export function adamw(options?: AdamWOptions): GradientOptimizer<AdamState> {
  return adamWithDecay(adamwTable.parse(options));
}

function adamWithDecay({ learningRate, b1, b2, eps, weightDecay, mask }: Required<AdamWOptions>): GradientOptimizer<AdamState> {
  return optimizer<AdamState>({
    init: (params) => ({ step: firstStep(), gradientSum: mapTensors(zerosLike, params), squareSum: mapTensors(zerosLike, params) }),
    update: (grads, state, params) => {
      const step = nextStep(state.step);
      const gradientSum = mapTensors((m, _, g) => add(mul(m, b1), g as Tensor), state.gradientSum, grads);
      const squareSum = mapTensors((v, _, g) => add(mul(v, b2), mul(g as Tensor, g as Tensor)), state.squareSum, grads);
      const rate = rateAt(learningRate, state.step);
      // Corrected m = a m', corrected v = b² v':  η a m' / (b √v' + ε)  =  (η a / b) m' / (√v' + ε / b).
      const a = correction(b1, step);
      const b = sqrt(correction(b2, step));
      const factor = mul(div(a, b), negative(rate));
      const shift = div(constant(eps, "float64"), b);
      const updates = mapUpdates(
        (w, path, m, v) => {
          const root = sqrt(v as Tensor);
          const direction = div(m as Tensor, eps === 0 ? root : add(root, cast(shift, w.dtype)));
          const update = times(direction, factor);
          return weightDecay > 0 && mask(path, w) ? sub(update, times(w, decayOf(rate, weightDecay))) : update;
        },
        params,
        gradientSum,
        squareSum,
      );
      return { updates, state: { step, gradientSum, squareSum } };
    },
  });
}

/** $(1-\beta)/(1-\beta^k)$ in float64: in float32 the difference would lose half its digits at $\beta = 0.999$, $k = 1$. */
function correction(beta: number, step: Tensor): Tensor {
  return div(1 - beta, sub(1, pow(constant(beta, "float64"), cast(step, "float64"))));
}

function decayOf(rate: Operand, weightDecay: number): Operand {
  return typeof rate === "number" ? rate * weightDecay : mul(rate, weightDecay);
}
