import { adam, adamw, chain, clipByNorm, type Optimizer, optimizer } from "@attnlab/optimizers";
import { depthName, initDepths, type ModelSet, testDepths, trainDepths, withLayers, withoutMemory } from "./depth-models.ts";
import type { LayerWeights, ModelKind } from "./model-kind.ts";
import type { Covariates } from "./paper.ts";
import { type PromptData, promptsOfSeeds } from "./prompt-data.ts";

/** One curve of a figure: a kind of model at several depths, in one run per seed. */
export interface ReleasedRun {
  readonly kind: ModelKind;
  readonly weights: LayerWeights;
  readonly covariates: Covariates;
  readonly seeds: readonly number[];
  readonly depths: readonly number[];
  readonly numHeads?: number;
  /** Prompts of a batch. */
  readonly batch: number;
  /** Steps of stage 1, without memory, on a new batch every 100 steps. */
  readonly pretrainSteps: number;
  /** Steps of stage 2, with memory, all on one batch. */
  readonly trainSteps: number;
  /** Fresh prompts of the held-out evaluation. */
  readonly testPrompts: number;
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}

/** Mean squared errors by depth, one per seed. */
export interface DepthErrors {
  readonly layers: number;
  /** On fresh prompts of the same distribution. */
  readonly test: Float64Array;
  /** On the prompts of stage 2. */
  readonly train: Float64Array;
}

const STEPS_PER_BATCH = 100;
const TEST_PART = 1000;

/** The optimizer of stage 1: first decay 0.99, second 0.9, every matrix of every run and head clipped to norm 0.01. */
function pretrainOptimizer(leadingAxes: number): Optimizer {
  return optimizer(chain(clipByNorm(0.01, { batchAxes: leadingAxes }), adamw({ learningRate: 0.01, b1: 0.99, b2: 0.9, weightDecay: 0 })));
}

/** The two stages of the released code, then errors on the fixed batch and on fresh prompts. */
export async function runReleased(run: ReleasedRun): Promise<readonly DepthErrors[]> {
  const trained = await trainReleased(run);
  return testModels(run, trained);
}

/** The two stages alone. */
export async function trainReleased({ seeds, depths, kind, onProgress, ...run }: ReleasedRun): Promise<ModelSet> {
  const { covariates, batch, pretrainSteps, trainSteps, signal, numHeads, weights } = run;
  const first = initDepths(seeds, depths, { kind, weights, ...(numHeads === undefined ? {} : { numHeads }) });
  const share = pretrainSteps / (pretrainSteps + trainSteps);
  const pretrained = await trainDepths({
    kind: "transformer",
    models: withoutMemory(first),
    optimizer: pretrainOptimizer(numHeads === undefined ? 1 : 2),
    steps: pretrainSteps,
    stepsPerBatch: Math.min(pretrainSteps, STEPS_PER_BATCH),
    batch: (index) => promptsOfSeeds(seeds, covariates, { label: `stage 1, batch ${index}`, count: batch }),
    signal,
    onProgress: (fraction) => onProgress(0.9 * share * fraction),
  });
  const fixed = fixedBatch({ seeds, covariates, batch });
  return trainDepths({
    kind,
    models: withLayers(first, pretrained),
    optimizer: adam({ learningRate: 0.01 }),
    steps: trainSteps,
    stepsPerBatch: Math.min(trainSteps, STEPS_PER_BATCH),
    batch: () => fixed,
    signal,
    onProgress: (fraction) => onProgress(0.9 * (share + (1 - share) * fraction)),
  });
}

/** The one batch of stage 2. */
export function fixedBatch({ seeds, covariates, batch }: Pick<ReleasedRun, "seeds" | "covariates" | "batch">): PromptData {
  return promptsOfSeeds(seeds, covariates, { label: "stage 2", count: batch });
}

/** Errors of trained models on the fixed batch and on fresh prompts. */
export async function testModels(run: ReleasedRun, models: ModelSet): Promise<readonly DepthErrors[]> {
  const { kind, seeds, covariates, testPrompts, depths, onProgress } = run;
  const train = await testDepths(kind, models, [fixedBatch(run)]);
  const parts = Array.from({ length: Math.ceil(testPrompts / TEST_PART) }, (_, i) =>
    promptsOfSeeds(seeds, covariates, { label: `test ${i}`, count: Math.min(TEST_PART, testPrompts) }),
  );
  const test = await testDepths(kind, models, parts);
  onProgress(1);
  return depths.map((layers) => ({
    layers,
    test: test.get(depthName(layers)) as Float64Array,
    train: train.get(depthName(layers)) as Float64Array,
  }));
}

/** The logarithm of a loss, which rounding may have made 0. */
export function logLoss(loss: number): number {
  return Math.log(Math.max(loss, 1e-30));
}
