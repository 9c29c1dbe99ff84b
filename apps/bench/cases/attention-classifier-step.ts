import { tensorData } from "@attnlab/check";
import { mul } from "@attnlab/graph";
import { attentionClassifier } from "@attnlab/models";
import { gradientDescent } from "@attnlab/optimizers";
import { createRng } from "@attnlab/random";
import { logisticLoss, type TrainDefinition } from "@attnlab/train";

/** Sizes of the step: samples, tokens, dim. */
export const CLASSIFIER_SIZES = { samples: 6, tokens: 8, dim: 5 } as const;

/** Step size of gradient descent. */
export const CLASSIFIER_RATE = 0.1;

/** One gradient step on the key-query matrix of the attention classifier with logistic loss, float64; data drawn from a seed. */
export function attentionClassifierStep(seed: number) {
  const { samples, tokens, dim } = CLASSIFIER_SIZES;
  const rng = createRng(seed);
  const normal = (label: string, shape: readonly number[]) => {
    const values = new Float64Array(shape.reduce((a, b) => a * b, 1));
    rng.split(label).fillNormal(values);
    return tensorData("float64", shape, values);
  };
  const data = {
    tokens: normal("tokens", [samples, tokens, dim]),
    query: normal("query", [samples, dim]),
    head: normal("head", [dim]),
    labels: tensorData(
      "float64",
      [samples],
      Array.from({ length: samples }, (_, i) => (i % 2 === 0 ? 1 : -1)),
    ),
  };
  const params = { keyQuery: normal("keyQuery", [dim, dim]) };
  const definition: TrainDefinition<typeof params, readonly [], typeof data> = {
    params,
    data,
    optimizer: gradientDescent({ learningRate: CLASSIFIER_RATE }),
    loss: ({ keyQuery }, _batch, { data: { tokens: x, query, head, labels } }) => {
      const read = attentionClassifier({ keyQuery, head }, { tokens: x, query }, { softmaxGradient: "standard" });
      return logisticLoss(mul(read, labels));
    },
  };
  return { definition, params, data };
}
