import { integerOption } from "@attnlab/check";
import { type Parameter, parameter } from "../../src/experiment/index.ts";

/** Parameters that the experiments after the released protocol share. */
export const CURVE_PARAMETERS = {
  pretrainSteps: parameter(
    integerOption({ doc: "Steps of stage 1, without memory; at most 100, or a multiple of 100.", min: 1, max: 100_000 }),
    10,
  ),
  trainSteps: parameter(
    integerOption({ doc: "Steps of stage 2 on one batch; at most 100, or a multiple of 100.", min: 1, max: 100_000 }),
    1000,
  ),
  batch: parameter(integerOption({ doc: "Prompts of a batch.", min: 1, max: 100_000 }), 1000),
  testPrompts: parameter(integerOption({ doc: "Fresh prompts per seed of the evaluation; at most 1000, or a multiple of 1000.", min: 1 }), {
    quick: 4000,
    full: 20_000,
  }),
} satisfies Readonly<Record<string, Parameter<number>>>;
