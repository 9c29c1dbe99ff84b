import { type TensorData, toNumbers } from "@attnlab/check";
import { add, flatten, lower, mean, specOf, square, sub, sum, type Tensor, trace } from "@attnlab/graph";
import type { Optimizer } from "@attnlab/optimizers";
import { createRng } from "@attnlab/random";
import { createSession } from "@attnlab/runtime/node";
import { stackBatches, type TrainDefinition } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import { initModel, type LayerWeights, type ModelKind, type ModelParams, predict } from "./model-kind.ts";
import type { PromptData } from "./prompt-data.ts";

/** Models by name, all trained in one program; every tensor has an axis of runs first. */
export type ModelSet<T = TensorData> = Readonly<Record<string, ModelParams<T>>>;

/** Name of the model with so many layers. */
export function depthName(layers: number): string {
  return `L${layers}`;
}

/** First parameters of one kind of model at several depths; runs are stacked, one seed each. */
export function initDepths(
  seeds: readonly number[],
  depths: readonly number[],
  options: { readonly kind: ModelKind; readonly weights: LayerWeights; readonly numHeads?: number; readonly std?: number },
): ModelSet {
  const { std, ...sizes } = options;
  const entries = depths.map((numLayers) => {
    const [first, ...rest] = seeds.map((seed) => initModel(createRng(seed).split(`model ${numLayers}`), { ...sizes, numLayers }, std));
    return [depthName(numLayers), stackBatches([first as ModelParams, ...rest])] as const;
  });
  return Object.fromEntries(entries);
}

/** The layers alone, which is a transformer without memory. */
export function withoutMemory(models: ModelSet): ModelSet {
  return Object.fromEntries(Object.entries(models).map(([name, { layers }]) => [name, { layers }]));
}

/** Models with the layers of others. */
export function withLayers(models: ModelSet, others: ModelSet): ModelSet {
  return Object.fromEntries(
    Object.entries(models).map(([name, model]) => [name, { ...model, layers: (others[name] as ModelParams).layers }]),
  );
}

/** Mean squared error of every run: `[runs]`. */
export function runLosses(kind: ModelKind, params: ModelParams<Tensor>, { prompts, targets }: PromptData<Tensor>): Tensor {
  return mean(square(sub(predict(kind, params, prompts), targets)), -1);
}

/** How {@link trainDepths} trains. */
export interface DepthTraining {
  readonly kind: ModelKind;
  readonly models: ModelSet;
  readonly optimizer: Optimizer;
  readonly steps: number;
  /** Steps on one batch; must divide `steps`. */
  readonly stepsPerBatch: number;
  /** The batch of steps `k stepsPerBatch` to `(k + 1) stepsPerBatch`; the first gives the shapes. */
  readonly batch: (index: number) => PromptData;
  readonly signal: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
}

/**
 * Trains several models, each in several runs, as one program: losses are summed, so every run of every model has its own gradient, and
 * the optimizers in use treat every entry or every matrix by itself.
 */
export async function trainDepths(training: DepthTraining): Promise<ModelSet> {
  const { kind, models, optimizer, steps, stepsPerBatch, batch, signal, onProgress } = training;
  const definition: TrainDefinition<unknown, readonly [], PromptData> = {
    params: models,
    data: batch(0),
    optimizer,
    loss: (params, _batch, { data }) =>
      Object.values(params as ModelSet<Tensor>)
        .map((one) => sum(runLosses(kind, one, data)))
        .reduce(add),
  };
  // A run that diverges is a result and must not stop the others.
  await using loop = await compileLoop(definition, { steps: stepsPerBatch, checkFinite: "none" });
  let state = loop.initialState;
  for (let step = 0; step < steps; step += stepsPerBatch) {
    ({ state } = await loop.run(state, undefined, batch(step / stepsPerBatch)));
    onProgress?.((step + stepsPerBatch) / steps);
    signal.throwIfAborted();
  }
  return state.params as ModelSet;
}

/** Mean squared error of every run of every model over many prompts, a part at a time: `[runs]` by name. */
export async function testDepths(
  kind: ModelKind,
  models: ModelSet,
  parts: readonly PromptData[],
): Promise<ReadonlyMap<string, Float64Array>> {
  const traced = (params: unknown, data: unknown): unknown =>
    Object.fromEntries(
      Object.entries(params as ModelSet<Tensor>).map(([name, one]) => [name, runLosses(kind, one, data as PromptData<Tensor>)]),
    );
  const specs = [specOf(models as unknown), specOf(parts[0] as unknown)] as readonly unknown[];
  const program = trace(traced as (...args: readonly unknown[]) => unknown, specs, { outputName: "loss" });
  await using session = await createSession(lower(program));
  const totals = new Map<string, Float64Array>();
  for (const part of parts) {
    const leaves = flatten<TensorData>([models, part]);
    const results = await session.run(Object.fromEntries(program.inputs.map(({ name }, i) => [name, leaves[i]?.leaf as TensorData])));
    for (const name of Object.keys(models)) {
      const values = toNumbers(results[`loss.${name}`] as TensorData);
      totals.set(
        name,
        values.map((value, run) => (totals.get(name)?.[run] ?? 0) + value / parts.length),
      );
    }
  }
  return totals;
}
