import { integerOption, type TensorData, toNumbers } from "@attnlab/check";
import { mul } from "@attnlab/graph";
import { type TwoLayerTransformerParams, twoLayerStages, twoLayerTransformer } from "@attnlab/models";
import { adam, type Optimizer, signDescent } from "@attnlab/optimizers";
import { logisticLoss } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import { defineExperiment, eachSeed, parameter, type RunContext } from "../../src/experiment/index.ts";
import { REFERENCE, REFERENCE_RATE, type TwoLayerProblem, twoLayerProblem } from "./configuration.ts";
import { INVARIANT_CLAIMS } from "./invariants-claims.ts";
import { INVARIANT_FIGURES, INVARIANT_TABLES } from "./invariants-figures.ts";
import { type Method, optimizerOf } from "./methods.ts";
import { OWN_SETTINGS, SIGN_DESCENT_PAPER } from "./paper.ts";
import { wrongSigns } from "./saturated-signs.ts";
import { growthOf, meanNoiseNorm } from "./stage-growth.ts";
import { trainTwoLayer } from "./train-two-layer.ts";

type Cell = { readonly steps: number };
type Weights = Readonly<Record<"query" | "key" | "value", Float64Array>>;

const METHODS: readonly Method[] = ["gd", "sign", "adam"];
const SATURATED_STD = 0.6;
/** Numerical forms of one training run. */
const FORMS = ["stable", "standard", "float32"] as const;

function weightsOf({ query, key, value }: TwoLayerTransformerParams<TensorData>): Weights {
  return { query: toNumbers(query), key: toNumbers(key), value: toNumbers(value) };
}

/** The weights after each of `runs` runs of `stepsPerRun` steps, the first ones before them. */
async function trajectory(problem: TwoLayerProblem, optimizer: Optimizer, runs: number, stepsPerRun: number): Promise<readonly Weights[]> {
  const { data, params } = problem;
  await using trainer = await compileLoop(
    {
      params,
      data,
      optimizer,
      loss: (weights, _batch, { data: { patches, labels } }) => logisticLoss(mul(labels, twoLayerTransformer(weights, { patches }))),
    },
    { steps: stepsPerRun },
  );
  let state = trainer.initialState;
  const all = [weightsOf(params)];
  for (let i = 0; i < runs; i++) {
    ({ state } = await trainer.run(state));
    all.push(weightsOf(state.params));
  }
  return all;
}

const MATRICES = ["query", "key", "value"] as const;

/** Weights at coordinates where no patch is ever different from zero that moved all the same. */
function movedOutside({ drawn }: TwoLayerProblem, before: Weights, after: Weights): number {
  const used = new Set<number>([0, ...drawn.supports]);
  let moved = 0;
  for (const name of MATRICES) for (const [i, w] of after[name].entries()) if (!used.has(i % drawn.dim) && w !== before[name][i]) moved++;
  return moved;
}

/** Largest distance of a change of a weight from 0, η and −η, in units of η. */
function stepError(before: Weights, after: Weights, rate: number): number {
  let worst = 0;
  for (const name of MATRICES) {
    for (const [i, w] of after[name].entries()) {
      const size = Math.abs(w - (before[name][i] as number)) / rate;
      worst = Math.max(worst, Math.min(size, Math.abs(size - 1)));
    }
  }
  return worst;
}

/** Largest difference of the moves of two value neurons of one class, in units of the largest move. */
function rowDifference(before: Weights, after: Weights): number {
  const { dim, neurons } = REFERENCE;
  const move = (i: number): number => (after.value[i] as number) - (before.value[i] as number);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < after.value.length; i++) {
    const first = Math.floor(i / (neurons * dim)) * neurons * dim + (i % dim);
    worst = Math.max(worst, Math.abs(move(i) - move(first)));
    largest = Math.max(largest, Math.abs(move(i)));
  }
  return worst / largest;
}

async function run({ params: { steps }, seed, threads, signal, record, progress }: RunContext<Cell>): Promise<void> {
  const problem = twoLayerProblem(REFERENCE, seed);
  for (const method of METHODS) {
    const [before, after] = (await trajectory(problem, optimizerOf(method, method === "gd" ? 1 : REFERENCE_RATE), 1, 200)) as [
      Weights,
      Weights,
    ];
    record({ series: method }, { movedOutside: movedOutside(problem, before, after), rowDifference: rowDifference(before, after) });
  }
  progress(0.2, "moves");
  const single = await trajectory(problem, signDescent({ learningRate: REFERENCE_RATE }), 20, 1);
  const errors = single.slice(1).map((after, i) => stepError(single[i] as Weights, after, REFERENCE_RATE));
  record({ series: "sign" }, { stepError: Math.max(...errors) });

  const [, bySign] = (await trajectory(problem, signDescent({ learningRate: REFERENCE_RATE }), 1, 300)) as [Weights, Weights];
  const limit = adam({ learningRate: REFERENCE_RATE, b1: 0, b2: 0, eps: 1e-300 });
  const [, byAdam] = (await trajectory(problem, limit, 1, 300)) as [Weights, Weights];
  const differences = MATRICES.flatMap((name) => [...bySign[name]].map((w, i) => Math.abs(w - (byAdam[name][i] as number))));
  record({ series: "adam as sign" }, { weightDifference: differences.reduce((a, b) => Math.max(a, b), 0) });
  progress(0.4, "numerical forms");

  // Weights so large that most noise patches have an attention within rounding of 0 or 1.
  const saturated = twoLayerProblem({ ...REFERENCE, std: SATURATED_STD }, seed);
  record({ series: "saturated" }, { stable: await wrongSigns(saturated, "stable"), standard: await wrongSigns(saturated, "standard") });

  const optimizer = signDescent({ learningRate: REFERENCE_RATE });
  const common = { optimizer, steps: steps + 50, stepsPerRun: 50, threads, signal };
  for (const form of FORMS) {
    const own = twoLayerProblem(REFERENCE, seed, form === "float32" ? "float32" : "float64");
    const gradient = form === "standard" ? "standard" : "stable";
    const { history } = await trainTwoLayer({ ...common, problem: own, softmaxGradient: gradient }, () => undefined);
    for (let step = 0; step <= steps; step += 10) {
      const { queryAgreement, queryNoiseSize, loss } = history;
      record(
        { series: form, step },
        { queryAgreement: queryAgreement[step] as number, queryNoise: queryNoiseSize[step] as number, loss: loss[step] as number },
      );
    }
    record({ series: form }, { ...twoLayerStages(history) });
  }
  progress(0.8, "disjoint supports");
  const disjoint = twoLayerProblem({ ...REFERENCE, supports: "disjoint" }, seed);
  const { history } = await trainTwoLayer({ ...common, problem: disjoint }, () => undefined);
  record(
    { series: "disjoint" },
    { ...twoLayerStages(history), ...growthOf(history, { rate: REFERENCE_RATE, noiseNorm: meanNoiseNorm(disjoint.drawn) }) },
  );
}

export const experiment = defineExperiment({
  id: "sign-descent/invariants",
  title: "What sign descent must leave alone, and what rounding does to it",
  paper: SIGN_DESCENT_PAPER,
  summary:
    "Checks the exact properties that the theory rests on, weight by weight, and trains configuration R again with the textbook gradient of the softmax, in float32, and on noise " +
    `without overlaps. The late stages are driven by signs of gradients far below rounding: float32 loses them, and the textbook gradient gets signs wrong where attention is saturated. ${OWN_SETTINGS}`,
  parameters: { steps: parameter(integerOption({ doc: "Training steps, a multiple of 50.", min: 900, max: 100_000 }), 1_000) },
  seeds: { quick: 1, full: 2 },
  cells: (params, seeds) => eachSeed(params, seeds),
  run,
  claims: INVARIANT_CLAIMS,
  figures: INVARIANT_FIGURES,
  tables: INVARIANT_TABLES,
});
