import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { add, sum, type Tensor } from "@attnlab/graph";
import { adam, chain, clipByGlobalNorm, cosineSchedule, optimizer, partition, type Transformation } from "@attnlab/optimizers";
import type { TrainDefinition } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import { depthName, initDepths, type ModelSet, runLosses } from "./depth-models.ts";
import type { LayerWeights, ModelKind, ModelParams } from "./model-kind.ts";
import type { Covariates } from "./paper.ts";
import { PAPER_SIZES } from "./paper.ts";
import { taskOfSeed } from "./prompt-data.ts";
import { type TaskFactors, taskFactors, tracedPrompts } from "./traced-prompts.ts";

/** The models that are trained to the end, by the name of their curve. */
export const FRESH_MODELS = {
  transformer: { kind: "transformer", weights: "full" },
  "CGD-like": { kind: "cgd", weights: "full" },
  "LFOM, shared gates": { kind: "lfom-shared", weights: "full" },
  "LFOM, residual": { kind: "lfom-residual", weights: "full" },
  "transformer, one number": { kind: "transformer", weights: "scalar" },
  "CGD-like, one number": { kind: "cgd", weights: "scalar" },
} as const satisfies Readonly<Record<string, { readonly kind: ModelKind; readonly weights: LayerWeights }>>;

/** Name of a curve of {@link FRESH_MODELS}. */
export type FreshModel = keyof typeof FRESH_MODELS;

/** How {@link trainOnFreshPrompts} trains one seed. */
export interface FreshTraining {
  readonly covariates: Covariates;
  readonly seed: number;
  readonly depths: readonly number[];
  readonly models: readonly FreshModel[];
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly signal: AbortSignal;
  /** Receives mean losses since the last call. */
  readonly onProgress: (step: number, losses: ReadonlyMap<string, number>) => void;
}

const STEPS_PER_RUN = 100;

/** Name of one model among the parameters of the program. */
function modelName(model: FreshModel, layers: number): string {
  return `${model} ${depthName(layers)}`;
}

/**
 * Trains all models at all depths on the same fresh prompts, drawn inside the program at every step, with Adam, a cosine to 0 and every
 * model's gradient clipped to norm 1.
 *
 * @returns parameters by model, one set of depths each.
 */
export async function trainOnFreshPrompts(training: FreshTraining): Promise<ReadonlyMap<FreshModel, ModelSet>> {
  const { covariates, seed, depths, models, steps, batch, learningRate, signal, onProgress } = training;
  const groups = models.flatMap((model) =>
    Object.entries(initDepths([seed], depths, { ...FRESH_MODELS[model], std: 0.01 })).map(([depth, params]) => ({
      model,
      depth,
      name: `${model} ${depth}`,
      params,
    })),
  );
  const clips: Record<string, Transformation> = Object.fromEntries(groups.map(({ name }) => [name, clipByGlobalNorm(1)]));
  const perModel = partition(clips, (path) => path.split(".")[0] as string);
  const definition: TrainDefinition<unknown, readonly [], TaskFactors<ReturnType<typeof tensorData<"float32">>>> = {
    params: Object.fromEntries(groups.map(({ name, params }) => [name, params])),
    data: taskFactors(taskOfSeed(seed, covariates)),
    optimizer: optimizer(chain(perModel, adam({ learningRate: cosineSchedule({ learningRate, steps }) }))),
    seed,
    loss: (params, _batch, { data, key }) => {
      const prompts = tracedPrompts(key, data, { batch, examples: PAPER_SIZES.examples });
      const given = params as Readonly<Record<string, ModelParams<Tensor>>>;
      const losses = groups.map(({ model, name }) => sum(runLosses(FRESH_MODELS[model].kind, given[name] as ModelParams<Tensor>, prompts)));
      return { loss: losses.reduce(add), metrics: Object.fromEntries(groups.map(({ name }, i) => [name, losses[i] as Tensor])) };
    },
  };
  await using loop = await compileLoop(definition, { steps: STEPS_PER_RUN, checkFinite: "none" });
  let state = loop.initialState;
  for (let step = 0; step < steps; step += STEPS_PER_RUN) {
    const result = await loop.run(state);
    state = result.state;
    const means = new Map(groups.map(({ name }) => [name, averageOf(result.metrics[name])] as const));
    onProgress(step + STEPS_PER_RUN, means);
    signal.throwIfAborted();
  }
  const trained = state.params as ModelSet;
  return new Map(
    models.map(
      (model) =>
        [model, Object.fromEntries(depths.map((layers) => [depthName(layers), trained[modelName(model, layers)] as ModelParams]))] as const,
    ),
  );
}

function averageOf(metric: TensorData | undefined): number {
  return metric === undefined ? Number.NaN : toNumbers(metric).reduce((a, b) => a + b, 0) / STEPS_PER_RUN;
}

/** Transformers that are the fixed polynomial with these steps in whitened coordinates: $A_l = a_l \Sigma^{-1}$, with one run. */
export function optimumTransformers(seed: number, covariates: Covariates, steps: readonly (readonly number[])[]): ModelSet {
  const { dim, weightFactor } = taskOfSeed(seed, covariates);
  const inverse = new Float64Array(dim * dim);
  for (let r = 0; r < dim; r++) {
    for (let c = 0; c < dim; c++) {
      for (let k = 0; k < dim; k++)
        inverse[r * dim + c] =
          (inverse[r * dim + c] as number) + (weightFactor[r * dim + k] as number) * (weightFactor[c * dim + k] as number);
    }
  }
  const layer = (a: number): { readonly preconditioner: ReturnType<typeof tensorData<"float32">> } => ({
    preconditioner: tensorData(
      "float32",
      [1, dim, dim],
      Float32Array.from(inverse, (x) => a * x),
    ),
  });
  return Object.fromEntries(steps.map((own) => [depthName(own.length), { layers: own.map(layer) }]));
}
