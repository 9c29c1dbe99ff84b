import { integerOption, numberOption } from "@attnlab/check";
import { twoLayerStages } from "@attnlab/models";
import { defineExperiment, parameter, type RunContext } from "../../src/experiment/index.ts";
import { REFERENCE, REFERENCE_RATE, testSet, twoLayerProblem } from "./configuration.ts";
import { METHODS, type Method, methodList, optimizerOf } from "./methods.ts";
import { OPTIMIZER_CLAIMS } from "./optimizers-claims.ts";
import { OPTIMIZER_FIGURES, OPTIMIZER_TABLES } from "./optimizers-figures.ts";
import { OWN_SETTINGS, SIGN_DESCENT_PAPER } from "./paper.ts";
import { recordNeuron } from "./record-neuron.ts";
import { openScorer } from "./score-two-layer.ts";
import { firstStepBelow } from "./stage-growth.ts";
import { trainTwoLayer } from "./train-two-layer.ts";

type Cell = { readonly method: Method; readonly rate: number; readonly steps: number; readonly test: number };

const STEPS_PER_RUN = 10;
const STORED_EVERY = 20;
/** Training losses at which the methods are compared: steps are no common measure. */
export const EQUAL_LOSSES: readonly number[] = [0.1, 0.01, 2e-3];

async function run({ params, seed, threads, signal, record, progress }: RunContext<Cell>): Promise<void> {
  const { method, rate, steps, test } = params;
  const problem = twoLayerProblem(REFERENCE, seed);
  await using scorer = await openScorer(problem.params, testSet(REFERENCE, seed, test), { threads });
  record({ series: "test", step: 0 }, { ...(await scorer.score(problem.params)) });
  const pending = [...EQUAL_LOSSES];
  const total = steps + STEPS_PER_RUN;
  const options = {
    problem,
    optimizer: optimizerOf(method, rate),
    steps: total,
    stepsPerRun: STEPS_PER_RUN,
    everyNeuron: true,
    threads,
    signal,
  };
  const isStored = (step: number): boolean => step <= steps && step % STORED_EVERY === 0;
  const { history } = await trainTwoLayer(options, async (state) => {
    const { step } = state;
    progress(step / total, `${method}, seed ${seed}`);
    recordNeuron(state, record, isStored);
    // The loss of the last step is that of the weights before it: the next run's first value belongs to these weights.
    const loss = state.history.loss.at(-1) as number;
    const reached = pending.filter((level) => loss <= level);
    const scored = reached.length > 0 || step % 100 === 0;
    if (!scored || step > steps) return;
    const score = await scorer.score(state.params);
    if (step % 100 === 0) record({ series: "test", step }, { ...score });
    for (const level of reached) {
      pending.splice(pending.indexOf(level), 1);
      record({ series: `at ${level}`, step }, { ...score, loss, ...attentionOf(state.history) });
    }
  });
  for (let step = 0; step <= steps; step += STORED_EVERY) {
    record({ step }, Object.fromEntries(Object.entries(history).map(([name, list]) => [name, list[step] as number])));
  }
  record({ series: "boundaries" }, { ...twoLayerStages(history), "loss<0.01": firstStepBelow(history.loss, 0.01) });
}

function attentionOf(history: { readonly meanSignalToSignal: readonly number[]; readonly meanNoiseToSignal: readonly number[] }) {
  return { s11: history.meanSignalToSignal.at(-1) as number, s21: history.meanNoiseToSignal.at(-1) as number };
}

export const experiment = defineExperiment({
  id: "sign-descent/optimizers",
  title: "Sign descent, Adam and gradient descent (Figure 2)",
  paper: SIGN_DESCENT_PAPER,
  summary:
    "Trains the same two-layer transformers by sign descent, Signum, Adam with five pairs of betas and gradient descent. Adam goes through the first stages like sign descent and " +
    `generalises as badly, but its query noise never turns and its loss falls like a power of the step. ${OWN_SETTINGS}`,
  parameters: {
    methods: parameter(methodList, { quick: ["sign", "adam", "gd"], full: METHODS }),
    steps: parameter(integerOption({ doc: "Training steps, a multiple of 100.", min: 1_000, max: 100_000 }), 2_000),
    rate: parameter(numberOption({ doc: "Step size of sign descent, Signum and Adam.", above: 0 }), REFERENCE_RATE),
    gdRate: parameter(numberOption({ doc: "Step size of gradient descent.", above: 0 }), 1),
    test: parameter(integerOption({ doc: "Fresh samples for the test loss.", min: 10, max: 20_000 }), { quick: 300, full: 1_000 }),
  },
  seeds: { quick: 1, full: 3 },
  cells: ({ methods, rate, gdRate, ...rest }, seeds) =>
    methods.flatMap((method) =>
      seeds.map((seed) => ({ params: { ...rest, method, rate: method === "gd" ? gdRate : rate } as Cell, seeds: [seed] })),
    ),
  run,
  claims: OPTIMIZER_CLAIMS,
  figures: OPTIMIZER_FIGURES,
  tables: OPTIMIZER_TABLES,
});
