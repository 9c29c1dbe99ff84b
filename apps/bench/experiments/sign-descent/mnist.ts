import { integerOption, numberOption } from "@attnlab/check";
import { defineExperiment, numberListOption, parameter, type RunContext } from "../../src/experiment/index.ts";
import { digitFigures, digitTables } from "./digit-figures.ts";
import { type Method, methodLabel, methodList, optimizerOf } from "./methods.ts";
import { DIGIT_CLAIMS } from "./mnist-claims.ts";
import { digitCells, noisyDigits, type Task, taskList } from "./noisy-digits.ts";
import { SIGN_DESCENT_PAPER } from "./paper.ts";
import { trainDigits } from "./train-digits.ts";

type Cell = {
  readonly task: Task;
  readonly signalToNoise: number;
  readonly methods: readonly Method[];
  readonly train: number;
  readonly test: number;
  readonly target: number;
  readonly cap: number;
  readonly rate: number;
  readonly gdRate: number;
};

async function run({ params, seed, threads, signal, record, progress }: RunContext<Cell>): Promise<void> {
  const { task, signalToNoise, methods, train, test, target, cap, rate, gdRate } = params;
  const sets = await noisyDigits({ task, signalToNoise, train, test, seed });
  for (const [i, method] of methods.entries()) {
    const optimizer = optimizerOf(method, method === "gd" ? gdRate : rate);
    const outcome = await trainDigits({
      ...sets,
      optimizer,
      std: 1e-3,
      target,
      cap,
      seed,
      threads,
      signal,
      onProgress: (step, loss) => {
        progress((i + step / cap) / methods.length, `${methodLabel(method)}, ${task}, SNR ${signalToNoise}`);
        if (step % 50 === 0) record({ series: method, step }, { loss });
      },
    });
    const { steps, trainLoss, loss, accuracy, s11, s21 } = outcome;
    record({ series: method, step: steps }, { steps, trainLoss, testLoss: loss, testAccuracy: accuracy, s11, s21 });
  }
}

export const experiment = defineExperiment({
  id: "sign-descent/mnist",
  title: "Noisy MNIST with the two-layer transformer",
  paper: SIGN_DESCENT_PAPER,
  summary:
    "Digits whose border of five pixels is covered with Gaussian noise, as two tokens: the clean centre and the noisy border. A few hundred training images, full batches, one training " +
    "loss for all optimizers, all test images of the classes. Gradient descent is far ahead at ratios 2 and 5; at ratio 1 with two classes all three memorise noise, so the claim that it is ahead at every " +
    "moderate ratio fails there. The paper's protocol for its noisy MNIST is not known to us; this one is ours.",
  parameters: {
    tasks: parameter(taskList, { quick: ["3-5"], full: ["3-5", "ten"] }),
    signalToNoise: parameter(numberListOption({ doc: "Scales of the pixels, over that of the noise.", above: 0 }), {
      quick: [0.5, 2, 10],
      full: [0.5, 1, 2, 5, 10],
    }),
    methods: parameter(methodList, ["gd", "sign", "adam"]),
    train: parameter(integerOption({ doc: "Training images per two classes.", min: 10, max: 10_000 }), 200),
    tenTrain: parameter(integerOption({ doc: "Training images of all ten classes.", min: 10, max: 60_000 }), 400),
    test: parameter(integerOption({ doc: "Most test images.", min: 10, max: 10_000 }), { quick: 2_000, full: 10_000 }),
    target: parameter(numberOption({ doc: "Training loss to stop at, two classes.", above: 0 }), { quick: 0.1, full: 0.05 }),
    tenTarget: parameter(numberOption({ doc: "Training loss to stop at, ten classes.", above: 0 }), 0.3),
    cap: parameter(integerOption({ doc: "Most steps, a multiple of 10.", min: 10, max: 100_000 }), { quick: 400, full: 1_000 }),
    rate: parameter(numberOption({ doc: "Step size of sign descent and Adam.", above: 0 }), 1e-4),
    gdRate: parameter(numberOption({ doc: "Step size of gradient descent.", above: 0 }), 0.3),
  },
  seeds: { quick: 1, full: 2 },
  data: ["mnist"],
  cells: ({ tasks, signalToNoise, tenTrain, tenTarget, train, target, ...rest }, seeds) => {
    const params = { "3-5": { ...rest, train, target }, ten: { ...rest, train: tenTrain, target: tenTarget } };
    return digitCells(tasks, signalToNoise, params, seeds);
  },
  run,
  claims: DIGIT_CLAIMS,
  figures: digitFigures({ attention: true }),
  tables: digitTables({ attention: true }),
});
