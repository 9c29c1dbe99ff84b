import { mul } from "@attnlab/graph";
import { twoLayerTransformer } from "@attnlab/models";
import { signDescent } from "@attnlab/optimizers";
import { logisticLoss, type TrainDefinition } from "@attnlab/train";
import { REFERENCE, REFERENCE_RATE, twoLayerProblem } from "../experiments/sign-descent/configuration.ts";

/** One full-batch step of sign descent on the two-layer transformer in configuration R, float64; data and weights drawn from a seed. */
export function signDescentStep(seed: number) {
  const { data, params } = twoLayerProblem(REFERENCE, seed);
  const definition: TrainDefinition<typeof params, readonly [], typeof data> = {
    params,
    data,
    optimizer: signDescent({ learningRate: REFERENCE_RATE }),
    loss: (weights, _batch, { data: { patches, labels } }) => logisticLoss(mul(labels, twoLayerTransformer(weights, { patches }))),
  };
  return { definition, data, params };
}
