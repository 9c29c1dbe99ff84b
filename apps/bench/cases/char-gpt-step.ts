import { tensorData } from "@attnlab/check";
import { type CharGptConfig, charGpt, initCharGpt } from "@attnlab/models";
import { adam } from "@attnlab/optimizers";
import { createRng } from "@attnlab/random";
import { crossEntropy, type TrainDefinition } from "@attnlab/train";

/** Sizes of the step; about 0.8 million parameters. */
export const GPT_SIZES = { vocabSize: 65, maxLength: 64, width: 128, numLayers: 4, numHeads: 4 } as const;

/** Sequences per batch. */
export const GPT_BATCH = 12;

/** Step size of Adam. */
export const GPT_RATE = 1e-3;

/** One Adam step of a character GPT on one fixed random batch, float32. */
export function charGptStep(seed: number, activation: "relu" | "gelu") {
  const config: CharGptConfig = { ...GPT_SIZES, activation };
  const rng = createRng(seed);
  const shape = [GPT_BATCH, GPT_SIZES.maxLength];
  const characters = (label: string) => {
    const source = rng.split(label);
    return tensorData(
      "int64",
      shape,
      Array.from({ length: GPT_BATCH * GPT_SIZES.maxLength }, () => source.integer(GPT_SIZES.vocabSize)),
    );
  };
  const data = { ids: characters("ids"), targets: characters("targets") };
  const params = initCharGpt(rng.split("params"), config);
  const definition: TrainDefinition<typeof params, readonly [], typeof data> = {
    params,
    data,
    optimizer: adam({ learningRate: GPT_RATE }),
    loss: (p, _batch, { data: { ids, targets } }) => crossEntropy(charGpt(p, { tokens: ids }, config), targets),
  };
  return { definition, params, data };
}
