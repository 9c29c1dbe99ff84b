import type { Tensor } from "@attnlab/graph";

/**
 * A quantity that changes from step to step, as a traced function of the step count.
 *
 * The argument is a float64 scalar: the number of steps already taken, 0 in the first one. So is the result. The function
 * runs once, while the step is traced; the step count is a tensor in the state, so nothing is read back while training.
 */
export type Schedule = (step: Tensor) => Tensor;
