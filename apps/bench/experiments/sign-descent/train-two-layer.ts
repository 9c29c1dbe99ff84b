import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { abs, gather, max, mean, min, mul, type Tensor } from "@attnlab/graph";
import {
  type TwoLayerTransformerConfig,
  type TwoLayerTransformerParams,
  twoLayerStageMeasures,
  twoLayerTransformerPass,
  twoLayerTransformerTrackers,
} from "@attnlab/models";
import type { Optimizer } from "@attnlab/optimizers";
import type { Rng } from "@attnlab/random";
import { logisticLoss } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import type { TwoLayerProblem } from "./configuration.ts";

/** What {@link trainTwoLayer} is given. */
export interface TwoLayerTraining {
  readonly problem: TwoLayerProblem;
  readonly optimizer: Optimizer;
  /** Most steps to take; a multiple of `stepsPerRun`. */
  readonly steps: number;
  /** Steps between two calls of `afterRun`. */
  readonly stepsPerRun: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Also keeps the trackers of every neuron and sample. Default false: only their summaries. */
  readonly everyNeuron?: boolean;
  /** Draws a batch of so many samples for every step. Default: all samples, as the theory has it. */
  readonly batches?: { readonly size: number; readonly rng: Rng };
  readonly softmaxGradient?: "standard" | "stable";
}

/** How far training is. */
export interface TwoLayerProgress {
  /** Steps taken. */
  readonly step: number;
  /** Weights after these steps. */
  readonly params: TwoLayerTransformerParams<TensorData>;
  /** Every scalar of every step so far; element t was measured after t steps. */
  readonly history: History;
  /** Trackers of the steps of the last run, `[stepsPerRun, ...]`; empty unless `everyNeuron`. */
  readonly trackers: Readonly<Record<string, TensorData>>;
}

/** One list per scalar: the training loss on all samples and the summaries of the trackers. */
export type History = Readonly<Record<Measure, readonly number[]>>;

const MEASURES = [
  "loss",
  "valueSignal",
  "valueNoise",
  "smallestValueNoise",
  "querySignalSize",
  "keySignalSize",
  "queryNoiseSize",
  "keyNoiseSize",
  "alignment",
  "opposition",
  "majority",
  "keyAgreement",
  "queryAgreement",
  "meanSignalToSignal",
  "meanNoiseToSignal",
  "largestNoiseToSignal",
  "smallestSignalToSignal",
  "largestSignalToSignal",
] as const;

/** Name of a scalar that every step records. */
export type Measure = (typeof MEASURES)[number];

const TRACKERS = ["valueNoise", "querySignal", "keySignal", "queryNoise", "keyNoise", "signalToSignal", "noiseToSignal"] as const;

/**
 * Trains the two-layer transformer on logistic loss and measures all trackers in every step.
 *
 * @param afterRun - called after every `stepsPerRun` steps; training waits for it, and ends early when it gives `"stop"`.
 */
export async function trainTwoLayer(
  options: TwoLayerTraining,
  afterRun: (progress: TwoLayerProgress) => unknown,
): Promise<TwoLayerProgress> {
  const { problem, optimizer, steps, stepsPerRun, threads, signal, batches } = options;
  const config: TwoLayerTransformerConfig = { softmaxGradient: options.softmaxGradient ?? "stable" };
  const samples = problem.drawn.samples;
  const batchSize = batches?.size ?? samples;
  await using trainer = await compileLoop(
    {
      params: problem.params,
      data: problem.data,
      batch: {
        rows: tensorData(
          "int64",
          [batchSize],
          Array.from({ length: batchSize }, (_, i) => i),
        ),
      },
      optimizer,
      loss: (params, { rows }, { data }) => {
        const pass = twoLayerTransformerPass(params, data, config);
        const fullLoss = logisticLoss(mul(data.labels, pass.output));
        const part = (x: Tensor): Tensor => gather(x, rows, 0);
        const loss =
          batches === undefined
            ? fullLoss
            : logisticLoss(mul(part(data.labels), twoLayerTransformerPass(params, { patches: part(data.patches) }, config).output));
        const trackers = twoLayerTransformerTrackers(pass, data.labels);
        const size = (x: Tensor): Tensor => mean(abs(x));
        const scalars = {
          ...twoLayerStageMeasures(trackers),
          loss: fullLoss,
          valueSignal: trackers.valueSignal,
          valueNoise: mean(trackers.valueNoise),
          querySignalSize: size(trackers.querySignal),
          keySignalSize: size(trackers.keySignal),
          queryNoiseSize: size(trackers.queryNoise),
          keyNoiseSize: size(trackers.keyNoise),
          smallestSignalToSignal: min(trackers.signalToSignal),
          largestSignalToSignal: max(trackers.signalToSignal),
        };
        const every = options.everyNeuron === true ? TRACKERS.map((name) => [`every.${name}`, trackers[name]]) : [];
        return { loss, metrics: { ...scalars, ...Object.fromEntries(every) } };
      },
    },
    { steps: stepsPerRun, session: { threads }, checkFinite: "none" },
  );
  const history = Object.fromEntries(MEASURES.map((name) => [name, [] as number[]])) as Record<Measure, number[]>;
  let state = trainer.initialState;
  let progress: TwoLayerProgress = { step: 0, params: problem.params, history, trackers: {} };
  for (let step = stepsPerRun; step <= steps; step += stepsPerRun) {
    signal.throwIfAborted();
    const result = await trainer.run(state, { rows: drawRows(batches, { samples, batchSize, stepsPerRun }) });
    state = result.state;
    const trackers: Record<string, TensorData> = {};
    for (const [name, values] of Object.entries(result.metrics)) {
      if (name.startsWith("every.")) trackers[name.slice(6)] = values;
      else history[name as Measure].push(...toNumbers(values));
    }
    progress = { step, params: state.params, history, trackers };
    if ((await afterRun(progress)) === "stop") break;
  }
  return progress;
}

/** Rows of the batches of one run: drawn without replacement within a batch, or all of them. */
function drawRows(
  batches: TwoLayerTraining["batches"],
  sizes: { readonly samples: number; readonly batchSize: number; readonly stepsPerRun: number },
): TensorData {
  const { samples, batchSize, stepsPerRun } = sizes;
  const rows = Array.from({ length: stepsPerRun }, () => {
    const all = batches === undefined ? Array.from({ length: samples }, (_, i) => i) : [...batches.rng.permutation(samples)];
    return all.slice(0, batchSize);
  });
  return tensorData("int64", [stepsPerRun, batchSize], rows.flat());
}
