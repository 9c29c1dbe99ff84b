import { randomFold, randomKey, type Tensor } from "@attnlab/graph";

/** The random key of one step: the same numbers for the same seed and step, in every run and on every machine. */
export function foldKey(seed: number, step: Tensor): Tensor {
  return randomFold(randomKey(seed), step);
}
