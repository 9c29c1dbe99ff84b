import { integerOption, numberOption } from "@attnlab/check";
import { directionalDivergence, lpNorm } from "@attnlab/linalg";
import {
  type Cell,
  defineExperiment,
  numberListOption,
  type ParameterValues,
  parameter,
  type RunContext,
} from "../../src/experiment/index.ts";
import { problemOfSeed } from "./attention-problem.ts";
import { lossAt } from "./closed-form-loss.ts";
import { GROWTH_CLAIMS } from "./growth-and-rate-claims.ts";
import { GROWTH_FIGURES, GROWTH_TABLES } from "./growth-and-rate-figures.ts";
import { MIRROR_DESCENT_PAPER } from "./paper.ts";
import { candidateRate } from "./rate.ts";
import { logSteps } from "./recorded-steps.ts";
import { svmDirection } from "./svm-direction.ts";
import { trainAttention, weightsOfRun } from "./train-attention.ts";

interface GrowthCell extends ParameterValues {
  readonly p: number;
  readonly steps: number;
  readonly learningRate: number;
}

const STEPS_PER_RUN = 100;
const PER_DECADE = 10;

async function run({ params: { p, steps, learningRate }, seeds, record, progress, signal }: RunContext<GrowthCell>): Promise<void> {
  const problems = seeds.map(problemOfSeed);
  const entries = (problems[0] as (typeof problems)[number]).sizes.dim ** 2;
  const starts = seeds.map(() => new Float64Array(entries));
  const kept = logSteps(steps, STEPS_PER_RUN, PER_DECADE);
  const trail: { readonly step: number; readonly weights: Float64Array }[] = [];
  const options = {
    problems,
    starts,
    p,
    learningRate,
    normalized: false,
    mode: "stable",
    steps,
    stepsPerRun: STEPS_PER_RUN,
    signal,
  } as const;
  const training = await trainAttention(options, (step, weights) => {
    if (kept.has(step)) trail.push({ step, weights: weights.slice() });
    progress(step / steps, `p = ${p}`);
  });
  problems.forEach((problem, run) => {
    const seed = seeds[run] as number;
    const { selected, leastGap } = lossAt(problem, weightsOfRun(training.weights, run, seeds.length), problem.optimal);
    const svm = svmDirection(problem, selected, p);
    const global = Number(selected.join() === problem.optimal.join());
    record({ seed, step: steps, series: "end" }, { leastGap, global, feasible: Number(svm !== undefined) });
    if (svm === undefined) return;
    for (const { step, weights } of trail) {
      const W = weightsOfRun(weights, run, seeds.length);
      const norm = lpNorm(W, p);
      const divergence = directionalDivergence(svm.W, W, p);
      const { excess } = lossAt(problem, W, selected);
      record({ seed, step }, { norm, growth: norm / Math.log(step), divergence, rateRatio: divergence / candidateRate(p, step), excess });
    }
  });
}

export const experiment = defineExperiment({
  id: "mirror-descent/growth-and-rate",
  title: "Growth of the norm and rate of the direction without normalisation",
  paper: MIRROR_DESCENT_PAPER,
  summary:
    "Trains W from zero with a fixed step and no normalisation, where everything happens in the logarithm of time. The norm should grow like log k, and the " +
    "divergence from the SVM should not fall more slowly than a poly-logarithmic rate.",
  parameters: {
    p: parameter(numberListOption({ doc: "Exponents of the potential.", above: 1 }), [1.75, 2, 3]),
    steps: parameter(integerOption({ doc: "Steps; a multiple of 100.", min: 1_000, max: 10_000_000 }), { quick: 10_000, full: 100_000 }),
    learningRate: parameter(numberOption({ doc: "Step size of the dual update.", above: 0 }), 1),
  },
  seeds: { quick: 4, full: 10 },
  cells: ({ p: exponents, steps, learningRate }, seeds): Cell<GrowthCell>[] =>
    exponents.map((p) => ({ params: { p, steps, learningRate }, seeds })),
  run,
  claims: GROWTH_CLAIMS,
  figures: GROWTH_FIGURES,
  tables: GROWTH_TABLES,
});
