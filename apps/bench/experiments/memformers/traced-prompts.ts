import { tensorData } from "@attnlab/check";
import type { InContextTask } from "@attnlab/datasets";
import { concat, matmul, mul, randomNormal, randomSplit, reshape, sliceAxis, sum, type Tensor, zeros } from "@attnlab/graph";
import type { PromptData } from "./prompt-data.ts";

/** Factors of a task as data of a training program. */
export interface TaskFactors<T> {
  /** `[dim, dim]`. */
  readonly inputFactor: T;
  /** `[dim, dim]`. */
  readonly weightFactor: T;
}

/** The factors of a task in float32. */
export function taskFactors({ dim, inputFactor, weightFactor }: InContextTask): TaskFactors<ReturnType<typeof tensorData<"float32">>> {
  return {
    inputFactor: tensorData("float32", [dim, dim], Float32Array.from(inputFactor)),
    weightFactor: tensorData("float32", [dim, dim], Float32Array.from(weightFactor)),
  };
}

/**
 * Draws one run of prompts inside a traced program, a quarter of the time that the host takes: `prompts [1, batch, examples + 1, dim + 1]`,
 * `targets [1, batch]`.
 */
export function tracedPrompts(
  key: Tensor,
  { inputFactor, weightFactor }: TaskFactors<Tensor>,
  { batch, examples }: { readonly batch: number; readonly examples: number },
): PromptData<Tensor> {
  const dim = inputFactor.shape[0] as number;
  const [inputKey, weightKey] = randomSplit(key, 2) as readonly [Tensor, Tensor];
  const tokens = examples + 1;
  const x = matmul(randomNormal(inputKey, [batch * tokens, dim]), inputFactor, { transposeB: true });
  const w = matmul(randomNormal(weightKey, [batch, dim]), weightFactor, { transposeB: true });
  const inputs = reshape(x, [1, batch, tokens, dim]);
  const labels = sum(mul(inputs, reshape(w, [1, batch, 1, dim])), -1, { keepDims: true }); // [1, batch, tokens, 1]
  const shown = concat([sliceAxis(labels, 2, 0, examples), zeros("float32", [1, batch, 1, 1])], 2);
  return { prompts: concat([inputs, shown], 3), targets: reshape(sliceAxis(labels, 2, examples), [1, batch]) };
}
