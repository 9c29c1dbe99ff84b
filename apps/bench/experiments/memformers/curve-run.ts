import { tensorData } from "@attnlab/check";
import { type InContextMethod, inContextIterates } from "@attnlab/optimizers";
import type { Cell, ParameterValues, RunContext } from "../../src/experiment/index.ts";
import type { LayerWeights, ModelKind } from "./model-kind.ts";
import { type Covariates, DEPTHS } from "./paper.ts";
import { drawPrompts } from "./prompt-data.ts";
import { logLoss, runReleased } from "./released-protocol.ts";

/** A classical method on each prompt, with the settings of the released code. */
export interface BaselinePlan {
  readonly method: InContextMethod;
  /** Along the sum of the examples' gradients. */
  readonly learningRate?: number;
  readonly momentum?: number;
}

/** A model to train by the released protocol. */
export interface ModelPlan {
  readonly kind: ModelKind;
  readonly weights: LayerWeights;
}

/** One panel: its data and its curves by series. */
export interface PanelPlan {
  readonly title: string;
  readonly covariates: Covariates;
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

/** Trains and tests one curve: log losses by depth (the step of a row) and seed. */
export async function runCurve(panels: Readonly<Record<string, PanelPlan>>, context: RunContext<CurveCell>): Promise<void> {
  const { params, seeds, record, progress, signal } = context;
  const { panel, series, pretrainSteps, trainSteps, batch, testPrompts } = params;
  const plan = panels[panel] as PanelPlan;
  const model = plan.models[series];
  if (model === undefined) {
    seeds.forEach((seed, i) => {
      runBaseline(plan.baselines[series] as BaselinePlan, plan.covariates, seed, context);
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
    batch,
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

/** Scores a method on the fresh prompts that the models are tested on, with all examples and with one fewer, as in the released code. */
function runBaseline(plan: BaselinePlan, covariates: Covariates, seed: number, { params, record }: RunContext<CurveCell>): void {
  const { testPrompts, series } = params;
  const depth = Math.max(...DEPTHS);
  const totals = { test: new Float64Array(depth + 1), test19: new Float64Array(depth + 1) };
  const parts = Math.ceil(testPrompts / BASELINE_PART);
  for (let part = 0; part < parts; part++) {
    const { count, examples, dim, prompts, targets } = drawPrompts(seed, covariates, {
      label: `test ${part}`,
      count: Math.min(BASELINE_PART, testPrompts),
    });
    const tensor = tensorData("float64", [count, examples + 1, dim + 1], prompts);
    for (const [metric, used] of [
      ["test", examples],
      ["test19", examples - 1],
    ] as const) {
      const { predictions } = inContextIterates(tensor, { ...plan, steps: depth, gradient: "sum", examples: used });
      for (let k = 1; k <= depth; k++) {
        let total = 0;
        for (let b = 0; b < count; b++) total += ((predictions.data[b * (depth + 1) + k] as number) - (targets[b] as number)) ** 2;
        totals[metric][k] = (totals[metric][k] as number) + total / count / parts;
      }
    }
  }
  for (const layers of DEPTHS) {
    record(
      { seed, series, step: layers },
      { test: logLoss(totals.test[layers] as number), test19: logLoss(totals.test19[layers] as number) },
    );
  }
}
