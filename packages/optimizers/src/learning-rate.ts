import { customOption, type OptionRule } from "@attnlab/check";
import { add, cast, constant, mul, type Operand, type Tensor } from "@attnlab/graph";
import type { Schedule } from "./schedule/schedule.ts";

/** A step size: a finite number >= 0, or a {@link Schedule}. */
export type LearningRate = number | Schedule;

/** The rule of every `learningRate` option; required unless a default is given. */
export function learningRateOption(fallback?: number): OptionRule<LearningRate> {
  return customOption<LearningRate>({
    doc: "Step size: a number, or a schedule such as cosineSchedule(...).",
    expected: "a finite number >= 0 or a schedule",
    accepts: (value) => typeof value === "function" || (typeof value === "number" && Number.isFinite(value) && value >= 0),
    invalid: [-0.1, Number.NaN, Number.POSITIVE_INFINITY, "0.1", null],
    ...(fallback === undefined ? { required: true } : { default: fallback }),
  });
}

/** Empty for a constant rate; the number of steps taken so far, int64, for a schedule. */
export type RateState = { readonly step?: Tensor };

/** The count before the first step. */
export function firstStep(): Tensor {
  return constant(0, "int64");
}

/** The count after one more step. */
export function nextStep(step: Tensor): Tensor {
  return add(step, 1);
}

/** A learning rate with its own step count. */
export interface Rate {
  readonly init: () => RateState;
  /** The rate of the coming step: a number, or a float64 scalar. */
  readonly at: (state: RateState) => Operand;
  readonly next: (state: RateState) => RateState;
}

/** Gives a rate what it needs: nothing for a number, a step count for a schedule. */
export function rateOf(learningRate: LearningRate): Rate {
  if (typeof learningRate === "number") return { init: () => ({}), at: () => learningRate, next: (state) => state };
  return {
    init: () => ({ step: firstStep() }),
    at: (state) => scheduled(learningRate, state.step as Tensor),
    next: (state) => ({ step: nextStep(state.step as Tensor) }),
  };
}

/** The value of a rate at an int64 step count. */
export function rateAt(learningRate: LearningRate, step: Tensor): Operand {
  return typeof learningRate === "number" ? learningRate : scheduled(learningRate, step);
}

function scheduled(schedule: Schedule, step: Tensor): Tensor {
  return schedule(cast(step, "float64"));
}

/** $x \cdot r$ for a float64 scalar or number, in the dtype of $x$: scalars are computed in float64 and rounded once. */
export function times(x: Tensor, rate: Operand): Tensor {
  return mul(x, typeof rate === "number" ? rate : cast(rate, x.dtype));
}

/** $-r$ of a rate. */
export function negative(rate: Operand): Operand {
  return typeof rate === "number" ? -rate : mul(rate, -1);
}
