import { tensorData } from "@attnlab/check";
import type { InContextPrompts } from "@attnlab/datasets";
import { type InContextMethod, inContextIterates } from "@attnlab/optimizers";
import type { Cell, ParameterValues, RunContext } from "../../src/experiment/index.ts";
import type { LayerWeights, ModelKind } from "./model-kind.ts";
import { type Covariates, DEPTHS, PAPER_SIZES } from "./paper.ts";
import { drawPrompts } from "./prompt-data.ts";
import { logLoss, runReleased } from "./released-protocol.ts";

/** A classical method on each prompt, with the settings of the released code. */
export interface BaselinePlan {
  readonly method: InContextMethod;
  /** Along the sum of the examples' gradients. */
  readonly learningRate?: number;
  readonly momentum?: number;
  /** Choose step and momentum for each number of steps, from a grid, on prompts of their own. Default `false`. */
  readonly tuned?: boolean;
}

/** A model to train by the released protocol. */
export interface ModelPlan {
  readonly kind: ModelKind;
  readonly weights: LayerWeights;
  readonly numHeads?: number;
}

/** One panel: its data and its curves by series. */
export interface PanelPlan {
  readonly title: string;
  readonly covariates: Covariates;
  /** Prompts of a batch, where a panel has its own number. */
  readonly batch?: number;
  readonly models: Readonly<Record<string, ModelPlan>>;
  readonly baselines: Readonly<Record<string, BaselinePlan>>;
}

/** Parameters of the experiments that follow the released protocol. */
export interface CurveParameters extends ParameterValues {
  readonly pretrainSteps: number;
  readonly trainSteps: number;
  readonly batch: number;
  readonly testPrompts: number;
}

/** One curve of one panel, for all seeds in one program. */
export interface CurveCell extends CurveParameters {
  readonly panel: string;
  readonly series: string;
}

/** The cells of some panels; the longest come first, so that no process waits for the last one. */
export function curveCells(
  panels: Readonly<Record<string, PanelPlan>>,
  params: CurveParameters,
  seeds: readonly number[],
): Cell<CurveCell>[] {
  const names = Object.entries(panels);
  const of = (series: string, panel: string): Cell<CurveCell> => ({ params: { ...params, panel, series }, seeds });
  return [
    ...names.flatMap(([panel, { models }]) =>
      Object.keys(models)
        .reverse()
        .map((series) => of(series, panel)),
    ),
    ...names.flatMap(([panel, { baselines }]) => Object.keys(baselines).map((series) => of(series, panel))),
  ];
}

const BASELINE_PART = 1000;

/** Trains and tests one curve: log losses by depth (the step of a row) and seed, and how long all took. */
export async function runCurve(panels: Readonly<Record<string, PanelPlan>>, context: RunContext<CurveCell>): Promise<void> {
  const start = performance.now();
  await computeCurve(panels, context);
  const { params, seeds, record } = context;
  record({ seed: seeds[0] as number, series: params.series, step: 0 }, { seconds: (performance.now() - start) / 1000 });
}

async function computeCurve(panels: Readonly<Record<string, PanelPlan>>, context: RunContext<CurveCell>): Promise<void> {
  const { params, seeds, record, progress, signal } = context;
  const { panel, series, pretrainSteps, trainSteps, batch, testPrompts } = params;
  const plan = panels[panel] as PanelPlan;
  const model = plan.models[series];
  if (model === undefined) {
    seeds.forEach((seed, i) => {
      runBaseline(plan.baselines[series] as BaselinePlan, { covariates: plan.covariates, batch: plan.batch ?? batch }, seed, context);
      progress((i + 1) / seeds.length);
      signal.throwIfAborted();
    });
    return;
  }
  const errors = await runReleased({
    ...model,
    covariates: plan.covariates,
    seeds,
    depths: DEPTHS,
    batch: plan.batch ?? batch,
    pretrainSteps,
    trainSteps,
    testPrompts,
    signal,
    onProgress: (fraction) => progress(fraction, `${panel} ${series}`),
  });
  for (const { layers, test, train } of errors) {
    seeds.forEach((seed, run) => {
      record({ seed, series, step: layers }, { test: logLoss(test[run] as number), train: logLoss(train[run] as number) });
    });
  }
}

/** Scores a method on the prompts that the models are tested on and trained on, and with one example fewer, as in the released code. */
function runBaseline(
  plan: BaselinePlan,
  { covariates, batch }: { readonly covariates: Covariates; readonly batch: number },
  seed: number,
  { params, record }: RunContext<CurveCell>,
): void {
  const { testPrompts, series } = params;
  const parts = Array.from({ length: Math.ceil(testPrompts / BASELINE_PART) }, (_, part) =>
    drawPrompts(seed, covariates, { label: `test ${part}`, count: Math.min(BASELINE_PART, testPrompts) }),
  );
  const { examples } = PAPER_SIZES;
  const trained = [drawPrompts(seed, covariates, { label: "stage 2", count: batch })];
  const chosen =
    plan.tuned === true ? bestSettings(plan, drawPrompts(seed, covariates, { label: "validation", count: BASELINE_PART })) : () => plan;
  const known = new Map<BaselinePlan, readonly Float64Array[]>();
  for (const layers of DEPTHS) {
    const own = chosen(layers);
    const errors = known.get(own) ?? [
      baselineErrors(own, parts, examples),
      baselineErrors(own, parts, examples - 1),
      baselineErrors(own, trained, examples),
    ];
    known.set(own, errors);
    const [test, test19, train] = errors.map((one) => logLoss(one[layers] as number)) as [number, number, number];
    const { learningRate = Number.NaN, momentum = Number.NaN } = own;
    record({ seed, series, step: layers }, { test, test19, train, ...(plan.tuned === true ? { learningRate, momentum } : {}) });
  }
}

/** Steps along the sum of 20 gradients and momenta of the grid. */
const GRID = {
  learningRate: [0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08],
  momentum: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
};

/** For each number of steps, the settings of the grid with the least error on these prompts. */
function bestSettings(plan: BaselinePlan, prompts: InContextPrompts): (layers: number) => BaselinePlan {
  const tried = GRID.learningRate.flatMap((learningRate) =>
    GRID.momentum.map((momentum) => {
      const one: BaselinePlan = { method: plan.method, learningRate, momentum };
      return { one, errors: baselineErrors(one, [prompts], PAPER_SIZES.examples) };
    }),
  );
  return (layers) => {
    const least = tried.reduce((best, other) => ((other.errors[layers] as number) < (best.errors[layers] as number) ? other : best));
    return least.one;
  };
}

/** Mean squared errors after 0, 1, 2, ... steps. */
function baselineErrors(plan: BaselinePlan, parts: readonly InContextPrompts[], used: number): Float64Array {
  const steps = Math.max(...DEPTHS);
  const { tuned: _tuned, ...settings } = plan;
  const totals = new Float64Array(steps + 1);
  for (const { count, examples, dim, prompts, targets } of parts) {
    const tensor = tensorData("float64", [count, examples + 1, dim + 1], prompts);
    const { predictions } = inContextIterates(tensor, { ...settings, steps, gradient: "sum", examples: used });
    for (let b = 0; b < count; b++) {
      for (let k = 0; k <= steps; k++) {
        const error = (predictions.data[b * (steps + 1) + k] as number) - (targets[b] as number);
        totals[k] = (totals[k] as number) + error ** 2 / count / parts.length;
      }
    }
  }
  return totals;
}
