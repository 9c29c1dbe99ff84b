import { integerOption } from "@attnlab/check";
import { type Parameter, parameter } from "../../src/experiment/index.ts";

/** Parameters that the experiments after the released protocol share, with the figure's own sizes. */
export function curveParameters(sizes: {
  readonly pretrainSteps: number;
  readonly trainSteps: number;
  readonly batch: number;
  /** Limit of both at the quick scale. Default: none. */
  readonly quickSteps?: number;
  /** Default 20,000. */
  readonly testPrompts?: number;
}): Readonly<Record<"pretrainSteps" | "trainSteps" | "batch" | "testPrompts", Parameter<number>>> {
  const { pretrainSteps, trainSteps, batch, quickSteps, testPrompts = 20_000 } = sizes;
  const steps = (doc: string, full: number): Parameter<number> =>
    parameter(integerOption({ doc, min: 1, max: 100_000 }), { quick: Math.min(full, quickSteps ?? full), full });
  return {
    pretrainSteps: steps("Steps of stage 1, without memory; at most 100, or a multiple of 100.", pretrainSteps),
    trainSteps: steps("Steps of stage 2 on one batch; at most 100, or a multiple of 100.", trainSteps),
    batch: parameter(integerOption({ doc: "Prompts of a batch.", min: 1, max: 100_000 }), batch),
    testPrompts: parameter(
      integerOption({ doc: "Fresh prompts per seed of the evaluation; at most 1000, or a multiple of 1000.", min: 1 }),
      {
        quick: Math.min(4000, testPrompts),
        full: testPrompts,
      },
    ),
  };
}
