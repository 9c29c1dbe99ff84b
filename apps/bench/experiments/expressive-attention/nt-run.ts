import type { NtTransformerConfig } from "@attnlab/models";
import type { MetricRow, ParameterValues, RunContext } from "../../src/experiment/index.ts";
import { groupRows, pick } from "../../src/experiment/index.ts";
import type { Kind } from "./attention-kinds.ts";
import { firstDetermined, trainNt } from "./train-nt.ts";

/** The accuracy that counts as solved. */
export const SOLVED = 0.99;

/** What one training run of the modular-delay experiments is told. */
export interface NtCell extends ParameterValues {
  readonly kind: Kind;
  readonly modulus: number;
  /** One delay per task. */
  readonly delays: readonly number[];
  readonly contextLength: number;
  readonly layers: number;
  /** Width of the hidden layer; 0 for four times the size of a token's vector. */
  readonly mlpWidth: number;
  /** `"sqrtHeadDim"` or `"none"`. */
  readonly scale: string;
  readonly batchSize: number;
  readonly steps: number;
  readonly evaluateEvery: number;
  readonly learningRate: number;
  /** Ends a run at its first evaluation with this accuracy or more; above 1 never. */
  readonly stopAt: number;
}

/** The reference configuration: one layer, one head, 24 tokens, gradient descent with momentum. */
export const REFERENCE = {
  contextLength: 24,
  layers: 1,
  mlpWidth: 0,
  scale: "sqrtHeadDim",
  batchSize: 32,
  evaluateEvery: 100,
  learningRate: 0.02,
  stopAt: 2,
} as const;

/** Trains one model and records its scores; several tasks are scored on the second half of their sequences, where the delay shows. */
export async function runNt({ params, seed, threads, signal, record, progress }: RunContext<NtCell>): Promise<void> {
  const { kind, modulus, delays, contextLength, layers, mlpWidth, scale } = params;
  const tasks = delays.map((delay) => ({ lags: [1, delay] }));
  await trainNt({
    model: {
      vocabSize: modulus,
      contextLength,
      numLayers: layers,
      ...(mlpWidth === 0 ? {} : { mlpWidth }),
      attention: kind,
      scale: scale as NonNullable<NtTransformerConfig["scale"]>,
    },
    tasks,
    firstTarget: tasks.length === 1 ? firstDetermined(tasks) : contextLength / 2,
    batchSize: params.batchSize,
    steps: params.steps,
    evaluateEvery: params.evaluateEvery,
    learningRate: params.learningRate,
    seed,
    threads,
    signal,
    onEvaluation: (step, { loss, accuracy, lastAccuracy, perTask }) => {
      record({ step }, { loss, accuracy, lastAccuracy });
      if (tasks.length > 1) {
        perTask.forEach((value, i) => {
          record({ step, series: `T=${delays[i]}` }, { taskAccuracy: value });
        });
      }
      progress(step / params.steps, `${kind}, N = ${modulus}, T = ${delays.join(", ")}`);
      return accuracy >= params.stopAt ? "stop" : undefined;
    },
  });
}

/** The first evaluation at which each run was solved, in the order of the seeds; infinity for never. */
export function solvedSteps(rows: readonly MetricRow[], params: ParameterValues): readonly number[] {
  return [...groupRows(pick(rows, { metric: "accuracy", series: "", params }), (row) => `${row.run} ${row.seed}`).values()].map((run) =>
    Math.min(...run.filter(({ value }) => value >= SOLVED).map(({ step }) => step)),
  );
}

/** Mean of the steps, where a run that was never solved counts as one evaluation more than the last. */
export function meanSolvedStep(steps: readonly number[], last: number, evaluateEvery: number): number {
  return steps.reduce((sum, step) => sum + Math.min(step, last + evaluateEvery), 0) / steps.length;
}

/** Steps as a table prints them. */
export function showSteps(steps: readonly number[]): string {
  return steps.map((step) => (Number.isFinite(step) ? String(step) : "–")).join(", ");
}
