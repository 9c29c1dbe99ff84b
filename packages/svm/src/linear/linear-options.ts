import { booleanOption, integerOption, numberOption, oneOfOption } from "@attnlab/check";

/** Options that fitLinearSvc and fitLinearSvr share. */
export interface LinearOptions {
  /** Price of the losses against the penalty, > 0; default `1`. */
  readonly C?: number;
  /** Largest violation of the optimality conditions of an optimal solution, in the unit each function states; default `1e-4`. */
  readonly tol?: number;
  /** Most passes over the data; default `1000`. */
  readonly maxIter?: number;
  /** Whether the function has an intercept; default `true`. */
  readonly fitIntercept?: boolean;
  /**
   * Value of the constant feature whose weight, times this value, is the intercept; default `1`. That weight is penalised like all others, as in
   * liblinear: the larger this value, the smaller that effect, and the slower the solver.
   */
  readonly interceptScaling?: number;
}

/** The rules behind {@link LinearOptions}. */
export const LINEAR_RULES = {
  C: numberOption({ doc: "Price of the losses against the penalty.", above: 0, default: 1 }),
  tol: numberOption({ doc: "Largest violation of the optimality conditions.", above: 0, default: 1e-4 }),
  maxIter: integerOption({ doc: "Most passes over the data.", min: 1, default: 1000 }),
  fitIntercept: booleanOption({ doc: "Whether the function has an intercept.", default: true }),
  interceptScaling: numberOption({ doc: "Value of the constant feature behind the intercept.", above: 0, default: 1 }),
} as const;

/** The rule of the loss of fitLinearSvc. */
export const CLASSIFICATION_LOSS = oneOfOption(["hinge", "squaredHinge"], { doc: "Loss of a margin below 1.", default: "squaredHinge" });

/** The rule of the penalty of fitLinearSvc. */
export const PENALTY = oneOfOption(["l1", "l2"], {
  doc: "Penalty on the weights: half the squared l2 norm, or the l1 norm.",
  default: "l2",
});

/** The rule of the loss of fitLinearSvr. */
export const REGRESSION_LOSS = oneOfOption(["epsilonInsensitive", "squaredEpsilonInsensitive"], {
  doc: "Loss of an error larger than epsilon.",
  default: "epsilonInsensitive",
});
