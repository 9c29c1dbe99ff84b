import { optionTable } from "@attnlab/check";
import { exp, mul, neg, relu, softplus, square, sub, sum, type Tensor } from "@attnlab/graph";
import { type Reduction, reduceLosses, reductionOption } from "./reduction.ts";

/** Options of a loss. */
export interface LossOptions {
  /** Default `"mean"`. */
  readonly reduction?: Reduction;
}

const logistic = optionTable("logisticLoss", { reduction: reductionOption });
const exponential = optionTable("exponentialLoss", { reduction: reductionOption });
const hinge = optionTable("hingeLoss", { reduction: reductionOption });
const squared = optionTable("meanSquaredError", { reduction: reductionOption });
const binary = optionTable("binaryCrossEntropy", { reduction: reductionOption });

/**
 * Logistic loss of margins: $\log(1 + e^{-m})$, without overflow.
 *
 * Shapes: `margins [...]` ($m = y f(x)$) → a scalar, or `[...]` with `reduction: "none"`.
 */
export function logisticLoss(margins: Tensor, options?: LossOptions): Tensor {
  return reduceLosses(softplus(neg(margins)), logistic.parse({ ...options }).reduction);
}

/** Exponential loss of margins: $e^{-m}$. Shapes: `margins [...]` → a scalar, or `[...]` with `reduction: "none"`. */
export function exponentialLoss(margins: Tensor, options?: LossOptions): Tensor {
  return reduceLosses(exp(neg(margins)), exponential.parse({ ...options }).reduction);
}

/** Hinge loss of margins: $\max(0, 1 - m)$. Shapes: `margins [...]` → a scalar, or `[...]` with `reduction: "none"`. */
export function hingeLoss(margins: Tensor, options?: LossOptions): Tensor {
  return reduceLosses(relu(sub(1, margins)), hinge.parse({ ...options }).reduction);
}

/**
 * Squared error $(\hat y - y)^2$, averaged or summed.
 *
 * Shapes: `predictions` and `targets` of one shape (or broadcasting) → a scalar, or that shape with `reduction: "none"`.
 */
export function meanSquaredError(predictions: Tensor, targets: Tensor, options?: LossOptions): Tensor {
  return reduceLosses(square(sub(predictions, targets)), squared.parse({ ...options }).reduction);
}

/**
 * Cross-entropy of a yes-no score: $\log(1 + e^{z}) - y z$, without overflow.
 *
 * Shapes: `logits [...]`, `targets [...]` (floats from 0 to 1) → a scalar, or `[...]` with `reduction: "none"`.
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, options?: LossOptions): Tensor {
  return reduceLosses(sub(softplus(logits), mul(targets, logits)), binary.parse({ ...options }).reduction);
}

/** Sum of squares over all elements, divided by two: a penalty for weight decay in the loss. Shapes: any → a scalar. */
export function halfSquaredNorm(x: Tensor): Tensor {
  return mul(sum(square(x)), 0.5);
}
