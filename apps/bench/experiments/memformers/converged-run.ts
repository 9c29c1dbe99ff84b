import { tensorData } from "@attnlab/check";
import { inContextIterates } from "@attnlab/optimizers";
import type { Cell, ParameterValues, RunContext } from "../../src/experiment/index.ts";
import { depthName, testDepths } from "./depth-models.ts";
import { familyScales, KNOWN_OPTIMUM, type PolynomialFamily } from "./fixed-polynomial.ts";
import { FRESH_MODELS, type FreshModel, optimumTransformers, trainOnFreshPrompts } from "./fresh-training.ts";
import { type Covariates, DEPTHS, PAPER_SIZES, SCALES_OF } from "./paper.ts";
import { drawPrompts, stackPrompts } from "./prompt-data.ts";
import { logLoss } from "./released-protocol.ts";
import { wishartMoments } from "./wishart-moments.ts";

/** Parameters of the experiment. */
export interface ConvergedParameters extends ParameterValues {
  readonly steps: number;
  readonly batch: number;
  readonly learningRateIso: number;
  readonly learningRateNoniso: number;
  readonly testPrompts: number;
  readonly momentSamples: number;
}

/** One run: all models on the prompts of one seed, or the moments of one seed. */
export interface ConvergedCell extends ConvergedParameters {
  readonly part: Covariates | "moments";
}

/** Order of the families in the rows of moments. */
export const FAMILIES: readonly PolynomialFamily[] = ["full", "scalar code", "scalar text"];

/** Series of the reference methods. */
export const OPTIMUM = "optimal polynomial";
export const CGD = "CGD";

/** The training runs of every seed, then the moments. */
export function convergedCells(params: ConvergedParameters, seeds: readonly number[]): Cell<ConvergedCell>[] {
  return (["noniso", "iso", "moments"] as const).flatMap((part) => seeds.map((seed) => ({ params: { ...params, part }, seeds: [seed] })));
}

const TEST_PART = 1000;

/** Trains and tests all models of one cell, or estimates moments. */
export async function runConverged(context: RunContext<ConvergedCell>): Promise<void> {
  const { params, seed, record, progress, signal } = context;
  if (params.part === "moments") {
    const { momentSamples: samples } = params;
    const scales = FAMILIES.map((family) => familyScales(family, SCALES_OF.noniso));
    const tables = wishartMoments(seed, scales, { samples, examples: PAPER_SIZES.examples });
    tables.forEach((table, f) => {
      for (const [place, moment] of table.entries()) record({ series: FAMILIES[f] as string, step: place }, { moment });
    });
    return;
  }
  const { part, steps, batch, testPrompts } = params;
  const models = Object.keys(FRESH_MODELS) as FreshModel[];
  const trained = await trainOnFreshPrompts({
    covariates: part,
    seed,
    depths: DEPTHS,
    models,
    steps,
    batch,
    learningRate: part === "iso" ? params.learningRateIso : params.learningRateNoniso,
    signal,
    onProgress: (step, losses) => {
      for (const [name, loss] of losses) record({ series: name, step }, { training: logLoss(loss) });
      progress((0.9 * step) / steps, `${part}, step ${step}`);
    },
  });
  const drawn = Array.from({ length: Math.ceil(testPrompts / TEST_PART) }, (_, i) =>
    drawPrompts(seed, part, { label: `test ${i}`, count: Math.min(TEST_PART, testPrompts) }),
  );
  const parts = drawn.map((one) => stackPrompts([one]));
  for (const model of models) {
    const errors = await testDepths(FRESH_MODELS[model].kind, trained.get(model) ?? {}, parts);
    for (const layers of DEPTHS)
      record({ series: model, step: layers }, { test: logLoss(errors.get(depthName(layers))?.[0] ?? Number.NaN) });
    signal.throwIfAborted();
  }
  const optimum = await testDepths("transformer", optimumTransformers(seed, part, KNOWN_OPTIMUM.full.steps), parts);
  const totals = new Float64Array(DEPTHS.length + 1);
  for (const { count, examples, dim, prompts, targets } of drawn) {
    const tensor = tensorData("float64", [count, examples + 1, dim + 1], prompts);
    const { predictions } = inContextIterates(tensor, { method: "conjugate-gradient", steps: DEPTHS.length });
    predictions.data.forEach((value, i) => {
      const [b, k] = [Math.floor(i / totals.length), i % totals.length];
      totals[k] = (totals[k] as number) + ((value as number) - (targets[b] as number)) ** 2 / count / drawn.length;
    });
  }
  for (const layers of DEPTHS) {
    record({ series: OPTIMUM, step: layers }, { test: logLoss(optimum.get(depthName(layers))?.[0] ?? Number.NaN) });
    record({ series: CGD, step: layers }, { test: logLoss(totals[layers] as number) });
  }
}
