import { integerOption } from "@attnlab/check";
import { twoLayerStages } from "@attnlab/models";
import { signDescent } from "@attnlab/optimizers";
import { defineExperiment, eachSeed, parameter, type RunContext } from "../../src/experiment/index.ts";
import { REFERENCE, REFERENCE_RATE, testSet, twoLayerProblem } from "./configuration.ts";
import { OWN_SETTINGS, SIGN_DESCENT_PAPER } from "./paper.ts";
import { recordNeuron } from "./record-neuron.ts";
import { openScorer } from "./score-two-layer.ts";
import { firstStepBelow, growthOf, LOSS_LEVELS, meanNoiseNorm } from "./stage-growth.ts";
import { STAGE_CLAIMS } from "./stages-claims.ts";
import { STAGE_FIGURES } from "./stages-figures.ts";
import { STAGE_TABLES } from "./stages-tables.ts";
import { trainTwoLayer } from "./train-two-layer.ts";

type Cell = { readonly steps: number; readonly test: number };

const STEPS_PER_RUN = 50;

/** Steps that are stored: all of the first twenty, then every fifth. */
function isStored(step: number): boolean {
  return step <= 20 || step % 5 === 0;
}

async function run({ params: { steps, test }, seed, threads, signal, record, progress }: RunContext<Cell>): Promise<void> {
  const problem = twoLayerProblem(REFERENCE, seed);
  await using scorer = await openScorer(problem.params, testSet(REFERENCE, seed, test), { threads });
  record({ series: "test", step: 0 }, { ...(await scorer.score(problem.params)) });
  const optimizer = signDescent({ learningRate: REFERENCE_RATE });
  // One run more than the steps, so that the state after the last of them is measured too.
  const total = steps + STEPS_PER_RUN;
  const options = { problem, optimizer, steps: total, stepsPerRun: STEPS_PER_RUN, everyNeuron: true, threads, signal };
  const { history } = await trainTwoLayer(options, async (state) => {
    progress(state.step / total, `seed ${seed}`);
    recordNeuron(state, record, (step) => step <= steps && isStored(step));
    if (state.step <= steps) record({ series: "test", step: state.step }, { ...(await scorer.score(state.params)) });
  });
  for (let step = 0; step <= steps; step++) {
    if (isStored(step)) record({ step }, Object.fromEntries(Object.entries(history).map(([name, list]) => [name, list[step] as number])));
  }
  const stages = twoLayerStages(history);
  record({ series: "boundaries" }, { ...stages });
  record({ series: "boundaries" }, { meanCollapse: firstStepBelow(history.meanNoiseToSignal, 0.01) });
  for (const level of LOSS_LEVELS) record({ series: "boundaries" }, { [`loss<${level}`]: firstStepBelow(history.loss, level) });
  record({ series: "growth" }, growthOf(history, { rate: REFERENCE_RATE, noiseNorm: meanNoiseNorm(problem.drawn) }));
  const collapse = stages.attentionCollapse;
  const at = (list: readonly number[]): number => list[collapse] ?? Number.NaN;
  const ends = { smallestAtCollapse: at(history.smallestSignalToSignal), largestAtCollapse: at(history.largestSignalToSignal) };
  record({ series: "growth" }, ends);
}

export const experiment = defineExperiment({
  id: "sign-descent/stages",
  title: "The four stages of sign descent (Figure 1)",
  paper: SIGN_DESCENT_PAPER,
  summary:
    "Trains a two-layer transformer by sign descent on 20 samples of a signal patch and a sparse noise patch, and tracks what value, query and key weights learn of " +
    `both. Value noise grows at once, query and key noise agree in sign, signals follow by majority, and the attention leaves the signal. ${OWN_SETTINGS}`,
  parameters: {
    steps: parameter(integerOption({ doc: "Training steps, a multiple of 50.", min: 1_000, max: 100_000 }), 1_000),
    test: parameter(integerOption({ doc: "Fresh samples that the test loss is measured on.", min: 10, max: 20_000 }), {
      quick: 500,
      full: 2_000,
    }),
  },
  seeds: { quick: 2, full: 5 },
  cells: (params, seeds) => eachSeed(params, seeds),
  run,
  claims: STAGE_CLAIMS,
  figures: STAGE_FIGURES,
  tables: STAGE_TABLES,
});
