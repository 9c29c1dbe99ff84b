import { type TensorData, tensorData } from "@attnlab/check";
import { type InContextPrompts, type InContextTask, inContextRegression, inContextTask } from "@attnlab/datasets";
import { createRng } from "@attnlab/random";
import { type Covariates, PAPER_SIZES, SCALES_OF } from "./paper.ts";

/** Prompts and targets of several runs, as every program of this folder takes them. */
export interface PromptData<T = TensorData> {
  /** `[runs, batch, examples + 1, dim + 1]`. */
  readonly prompts: T;
  /** `[runs, batch]`. */
  readonly targets: T;
}

/** The distribution of one seed: one rotation, for training and test. */
export function taskOfSeed(seed: number, covariates: Covariates): InContextTask {
  return inContextTask({ rng: createRng(seed).split("task"), scales: SCALES_OF[covariates] });
}

/** Draws prompts of one seed for one purpose; different labels are independent. */
export function drawPrompts(
  seed: number,
  covariates: Covariates,
  { label, count }: { readonly label: string; readonly count: number },
): InContextPrompts {
  return inContextRegression(taskOfSeed(seed, covariates), {
    rng: createRng(seed).split(label),
    count,
    examples: PAPER_SIZES.examples,
  });
}

/** Stacks the prompts of several runs, in float32. */
export function stackPrompts(runs: readonly InContextPrompts[]): PromptData {
  const { count, examples, dim } = runs[0] as InContextPrompts;
  const join = (values: readonly Float64Array[]): Float32Array => {
    const size = (values[0] as Float64Array).length;
    const out = new Float32Array(values.length * size);
    values.forEach((one, i) => {
      out.set(one, i * size);
    });
    return out;
  };
  return {
    prompts: tensorData("float32", [runs.length, count, examples + 1, dim + 1], join(runs.map(({ prompts }) => prompts))),
    targets: tensorData("float32", [runs.length, count], join(runs.map(({ targets }) => targets))),
  };
}

/** Draws and stacks prompts of several seeds. */
export function promptsOfSeeds(
  seeds: readonly number[],
  covariates: Covariates,
  options: { readonly label: string; readonly count: number },
): PromptData {
  return stackPrompts(seeds.map((seed) => drawPrompts(seed, covariates, options)));
}
