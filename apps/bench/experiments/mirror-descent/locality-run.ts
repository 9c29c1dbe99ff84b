import { directionalDivergence, lpNorm } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import type { ParameterValues, RunContext } from "../../src/experiment/index.ts";
import { problemOfSeed } from "./attention-problem.ts";
import { lossAt } from "./closed-form-loss.ts";
import { descentAlignment } from "./descent-alignment.ts";
import { PAPER_LEARNING_RATE } from "./paper.ts";
import { logSteps } from "./recorded-steps.ts";
import { type ClassedSelection, selectionPerClass } from "./replaced-selection.ts";
import { trainAttention, weightsOfRun } from "./train-attention.ts";

/** How far out and how close to its SVM direction a run starts. */
export type Start = "near" | "far";

/** All runs with one exponent and one kind of start. */
export interface LocalityCell extends ParameterValues {
  readonly p: number;
  readonly start: Start;
}

interface StartRule {
  /** $\lVert W_0\rVert_p$ before the noise. */
  readonly radius: (svmNorm: number) => number;
  /** $\ell_p$ norm of the noise, relative to the radius. */
  readonly noise: number;
  /** Steps relative to {@link localitySteps}. */
  readonly longer: number;
}

const START_RULES: Readonly<Record<Start, StartRule>> = {
  near: { radius: () => 20, noise: 0.05, longer: 1 },
  far: { radius: (svmNorm) => 30 * svmNorm, noise: 0.005, longer: 3 },
};

const STEPS: Readonly<Record<string, number>> = { "1.75": 600, "2": 1_000, "3": 4_000 };
const STEPS_PER_RUN = 100;

/** Iterations for an exponent and a start. */
export function localitySteps(p: number, start: Start): number {
  return START_RULES[start].longer * (STEPS[String(p)] ?? (p < 2 ? 600 : 4_000));
}

interface Run extends ClassedSelection {
  readonly seed: number;
  readonly start: Float64Array;
}

/** $W_0 = R\,(W_{svm}/\lVert W_{svm}\rVert_p + \nu E/\lVert E\rVert_p)$ with normal E. */
function startOf({ svm, class: kind }: ClassedSelection, { seed, p, start }: LocalityCell & { readonly seed: number }): Float64Array {
  const { radius, noise } = START_RULES[start];
  const R = radius(svm.norm);
  const E = createRng(seed).split("noise").split(kind).fillNormal(new Float64Array(svm.W.length));
  const size = lpNorm(E, p);
  return svm.W.map((w, i) => R * (w / svm.norm + (noise * (E[i] as number)) / size));
}

/** Trains one run of each class and seed, all in one program, and follows each against the SVM of the selection it began with. */
export async function runLocality({ params, seeds, record, progress, signal }: RunContext<LocalityCell>): Promise<void> {
  const { p, start } = params;
  const runs = seeds.flatMap((seed): Run[] =>
    selectionPerClass(problemOfSeed(seed), { seed, p }).map((of) => ({ ...of, seed, start: startOf(of, { p, start, seed }) })),
  );
  const problems = runs.map(({ seed }) => problemOfSeed(seed));
  const steps = localitySteps(p, start);
  const kept = new Set([0, ...logSteps(steps, 1, 12)]);
  const least = new Float64Array(runs.length).fill(1);
  const options = {
    problems,
    starts: runs.map((run) => run.start),
    p,
    learningRate: PAPER_LEARNING_RATE,
    normalized: true,
    mode: "stable",
    steps,
    stepsPerRun: STEPS_PER_RUN,
    everyStep: true,
    signal,
  } as const;
  await trainAttention(options, (step, weights) => {
    if (step % STEPS_PER_RUN === 0) progress(step / steps, `p = ${p}, ${start}`);
    runs.forEach(({ seed, class: series, selected, svm }, index) => {
      if (series !== "global" && !kept.has(step)) return;
      const W = weightsOfRun(weights, index, runs.length);
      const point = lossAt(problems[index] as (typeof problems)[number], W, selected);
      const alignment = descentAlignment(point.gradient, svm.W, p);
      // A NaN, once met, stays: it must not pass for a large value.
      if (alignment < (least[index] as number) || Number.isNaN(alignment)) least[index] = alignment;
      if (!kept.has(step)) return;
      const isKept = Number(point.selected.join() === selected.join());
      record({ seed, series, step }, { divergence: directionalDivergence(svm.W, W, p), alignment, kept: isKept });
    });
  });
  runs.forEach(({ seed, class: series, svm }, index) => {
    record({ seed, series, step: steps }, { svmError: svm.error });
    if (series === "global") record({ seed, series, step: steps }, { leastAlignment: least[index] as number });
  });
}
