import { directionalDivergence, lpNorm } from "@attnlab/linalg";
import {
  type Cell,
  defineExperiment,
  numberListOption,
  type ParameterValues,
  parameter,
  type RunContext,
  wordListOption,
} from "../../src/experiment/index.ts";
import { problemOfSeed } from "./attention-problem.ts";
import { lossAt, lossLimit } from "./closed-form-loss.ts";
import { MIRROR_DESCENT_PAPER, PAPER_LEARNING_RATE, paperSteps } from "./paper.ts";
import { evenSteps } from "./recorded-steps.ts";
import { SINGLE_RUN_CLAIMS } from "./single-run-claims.ts";
import { ARROW_STEPS, SINGLE_RUN_FIGURES } from "./single-run-figures.ts";
import { REFERENCE_STEPS } from "./single-run-reference.ts";
import { SINGLE_RUN_TABLES } from "./single-run-tables.ts";
import { svmDirection } from "./svm-direction.ts";
import { trainAttention } from "./train-attention.ts";

interface SingleRun extends ParameterValues {
  readonly p: number;
  readonly exponents: readonly number[];
  readonly mode: "stable" | "authors";
}

/** The two entries of W that the published figure shows: W[1][2] and W[3][4], rows of 10. */
const SHOWN = [12, 34] as const;

async function run({ params: { p, exponents, mode }, seed, record, progress, signal }: RunContext<SingleRun>): Promise<void> {
  const problem = problemOfSeed(seed);
  const steps = paperSteps(p);
  const kept = evenSteps(steps, 300, [...REFERENCE_STEPS, ...(ARROW_STEPS[String(p)] ?? [])]);
  const trail: { readonly step: number; readonly weights: Float64Array }[] = [];
  const options = {
    problems: [problem],
    starts: [new Float64Array(problem.sizes.dim ** 2)],
    p,
    learningRate: PAPER_LEARNING_RATE,
    normalized: true,
    mode,
    steps,
    stepsPerRun: 100,
    everyStep: true,
    signal,
  } as const;
  const training = await trainAttention(options, (step, weights) => {
    if (kept.has(step)) trail.push({ step, weights: weights.slice() });
    progress(step / steps, `p = ${p}, ${mode}`);
  });
  const { selected, leastGap } = lossAt(problem, training.weights, problem.optimal);
  const { excess } = lossAt(problem, training.weights, selected);
  record({ step: steps, series: "end" }, { limit: lossLimit(problem, selected), excess, leastGap, seconds: training.trainingSeconds });
  selected.forEach((token, sample) => {
    record({ series: "alpha", step: sample }, { token, optimal: problem.optimal[sample] as number });
  });
  for (const exponent of exponents) {
    const svm = svmDirection(problem, selected, exponent);
    if (svm === undefined) continue;
    const series = `svm p = ${exponent}`;
    const { norm, support, W } = svm;
    record({ series }, { norm, support, x: W[SHOWN[0]] as number, y: W[SHOWN[1]] as number });
    for (const { step, weights } of trail) {
      // W = 0 has no direction.
      if (step > 0 && (exponent === p || step === steps)) record({ series, step }, { divergence: directionalDivergence(W, weights, p) });
    }
  }
  for (const { step, weights } of trail) {
    record({ step }, { norm: lpNorm(weights, p), x: weights[SHOWN[0]] as number, y: weights[SHOWN[1]] as number });
  }
}

export const experiment = defineExperiment({
  id: "mirror-descent/single-run",
  title: "One run from zero weights",
  paper: MIRROR_DESCENT_PAPER,
  summary:
    "Trains W on the published data set of seed 1 from W = 0 with normalised steps of 0.1, as often as the published code does, in its arithmetic " +
    "(authors) and in one that does not stop at the rounding of attention (stable). Look at how the direction of W settles on the solved SVM.",
  parameters: {
    p: parameter(numberListOption({ doc: "Exponents of the potential.", above: 1 }), [1.75, 2, 3]),
    modes: parameter(wordListOption(["stable", "authors"], { doc: "Arithmetic of gradient and update." }), ["authors", "stable"]),
  },
  seeds: { quick: 1, full: 1 },
  cells: ({ p: exponents, modes }, seeds): Cell<SingleRun>[] =>
    modes.flatMap((mode) => exponents.flatMap((p) => seeds.map((seed) => ({ params: { p, exponents, mode }, seeds: [seed] })))),
  run,
  claims: SINGLE_RUN_CLAIMS,
  figures: SINGLE_RUN_FIGURES,
  tables: SINGLE_RUN_TABLES,
});
