import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { mean } from "@attnlab/graph";
import {
  initTwoLayerTransformer,
  type TwoLayerTransformerParams,
  twoLayerTransformerAttention,
  twoLayerTransformerLogits,
} from "@attnlab/models";
import type { Optimizer } from "@attnlab/optimizers";
import { createRng } from "@attnlab/random";
import { crossEntropy } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import { compileFunction } from "../mirror-descent/compile-function.ts";
import { type ImageScore, scoreLogits } from "../mirror-descent/image-training.ts";
import { centreAndBorder, type NoisyDigits } from "./noisy-digits.ts";

const TOKENS = 2;
const DIM = 784;
const STEPS_PER_RUN = 10;
const ROWS_PER_EVALUATION = 200;

/** What {@link trainDigits} is given. */
export interface DigitTraining {
  readonly train: NoisyDigits;
  readonly test: NoisyDigits;
  readonly optimizer: Optimizer;
  readonly std: number;
  readonly target: number;
  readonly cap: number;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Called after every tenth step with the training loss. */
  readonly onProgress: (step: number, loss: number) => void;
}

/** How a training ended. */
export interface DigitOutcome extends ImageScore {
  readonly steps: number;
  readonly trainLoss: number;
  /** Mean attention of the centre to the centre, on the training images. */
  readonly s11: number;
  /** Mean attention of the border to the centre. */
  readonly s21: number;
}

type Params = TwoLayerTransformerParams<TensorData>;

/** Trains the two-layer transformer on all images at once, until the mean cross-entropy is at most `target`, and scores it on the test images. */
export async function trainDigits(options: DigitTraining): Promise<DigitOutcome> {
  const { train, test, optimizer, std, target, cap, seed, threads, signal, onProgress } = options;
  const params = initTwoLayerTransformer(createRng(seed).split("params"), { dim: DIM, classes: train.classes, std });
  const data = {
    patches: tensorData("float64", [train.count, TOKENS, DIM], centreAndBorder(train)),
    labels: tensorData("int64", [train.count], train.labels),
  };
  const definition = { params, data, optimizer };
  await using trainer = await compileLoop(
    {
      ...definition,
      loss: (weights, _batch, { data: { patches, labels } }) => crossEntropy(twoLayerTransformerLogits(weights, { patches }), labels),
    },
    { steps: STEPS_PER_RUN, session: { threads }, checkFinite: "none" },
  );
  let state = trainer.initialState;
  let trainLoss = Number.POSITIVE_INFINITY;
  let steps = 0;
  while (steps < cap && trainLoss > target) {
    signal.throwIfAborted();
    const result = await trainer.run(state);
    state = result.state;
    steps += STEPS_PER_RUN;
    trainLoss = result.loss.at(-1) as number;
    onProgress(steps, trainLoss);
    if (!Number.isFinite(trainLoss)) break;
  }
  return {
    steps,
    trainLoss,
    ...(await scoreDigits(state.params, test, threads)),
    ...(await attentionToCentre(state.params, data.patches, threads)),
  };
}

async function attentionToCentre(
  params: Params,
  patches: TensorData,
  threads: number,
): Promise<{ readonly s11: number; readonly s21: number }> {
  await using attend = await compileFunction(
    (weights, inputs) => mean(twoLayerTransformerAttention(weights, inputs), 0),
    { params, inputs: { patches } },
    { threads },
  );
  const weights = toNumbers(await attend.run(params, { patches })); // s11, s12, s21, s22
  return { s11: weights[0] as number, s21: weights[2] as number };
}

async function scoreDigits(params: Params, test: NoisyDigits, threads: number): Promise<ImageScore> {
  const shape = [ROWS_PER_EVALUATION, TOKENS, DIM];
  const example = { patches: tensorData("float64", shape, new Float64Array(ROWS_PER_EVALUATION * TOKENS * DIM)) };
  await using classify = await compileFunction(
    (weights, inputs) => twoLayerTransformerLogits(weights, inputs),
    { params, inputs: example },
    { threads },
  );
  const all = centreAndBorder(test);
  let [loss, right] = [0, 0];
  for (let from = 0; from < test.count; from += ROWS_PER_EVALUATION) {
    const to = Math.min(test.count, from + ROWS_PER_EVALUATION);
    // The last batch is filled up with zeros, whose logits are not read.
    const patches = new Float64Array(ROWS_PER_EVALUATION * TOKENS * DIM);
    patches.set(all.subarray(from * TOKENS * DIM, to * TOKENS * DIM));
    const logits = toNumbers(await classify.run(params, { patches: tensorData("float64", shape, patches) }));
    for (let i = 0; i < to - from; i++) {
      const one = scoreLogits(logits.subarray(i * test.classes, (i + 1) * test.classes), test.labels[from + i] as number);
      loss += one.loss;
      right += one.right ? 1 : 0;
    }
  }
  return { loss: loss / test.count, accuracy: right / test.count };
}
