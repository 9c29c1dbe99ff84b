import { integerOption, numberOption } from "@attnlab/check";
import { type PlantedTokens, plantedTokenTexts } from "@attnlab/datasets";
import {
  defineExperiment,
  numberListOption,
  parameter,
  pick,
  type RunContext,
  showNumber,
  summarize,
  type TableSpec,
  valuesOf,
} from "../../src/experiment/index.ts";
import { judgeAccuracyOrder, judgeFallsInExponent, judgeSparserThanAdam } from "./method-claims.ts";
import { drawAttentionMaps, drawCurves, drawHistograms, drawSweep, mapSeries, meanAndSpread, TAILS_FIGURE } from "./method-figures.ts";
import { chosenRates, chosenRows, meanOf, runOutcomes } from "./method-outcomes.ts";
import { methodLabel, methodListOption, optimizerOf, settings } from "./methods.ts";
import { MIRROR_DESCENT_PAPER } from "./paper.ts";
import { binWidth, recordWeights } from "./record-weights.ts";
import { clsAttention, trainTextClassifier } from "./text-training.ts";
import { minMaxScale, selectionScore, visibleLength } from "./token-selection.ts";

const MODEL = { numLayers: 1, numHeads: 1, vocabSize: 282, maxLength: 17, width: 32, mlpWidth: 64 } as const;
const TEST_TEXTS = 1_500;
const MAPS = 4;
const MAP_LENGTH = 9;

/** The pilot's mean best test accuracy, K kurtosis and selection score over seeds 0 to 2 (spec 5, T1). */
const PILOT: Readonly<Record<string, string>> = {
  "p=1.1": ".921, 19.3, .70",
  "p=2": ".869, 9.2, .66",
  "p=3": ".700, 2.3, .35",
  adam: ".987, –, –",
};

/** Test texts are drawn once for both parts, then cut: the first half is the test set, the second chooses epoch and step. */
function halves(texts: PlantedTokens, size: number): { test: PlantedTokens; validation: PlantedTokens } {
  const part = (from: number): PlantedTokens => ({
    count: size,
    length: texts.length,
    ids: texts.ids.slice(from * texts.length, (from + size) * texts.length),
    mask: texts.mask.slice(from * texts.length, (from + size) * texts.length),
    labels: texts.labels.slice(from, from + size),
    optimal: texts.optimal.slice(from, from + size),
  });
  return { test: part(0), validation: part(size) };
}

/** Words have names such as "neutral158": a map has room for "·158", and "+37" and "−12" stand out. */
function shortWord(word: string): string {
  return word.replace("neutral", "·").replace("positive", "+").replace("negative", "−");
}

interface Cell {
  readonly [name: string]: number | string | readonly number[] | readonly string[];
  readonly method: string;
  readonly rate: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly dropout: number;
}

async function run({ params, seed, threads, signal, record, progress }: RunContext<Cell>): Promise<void> {
  const { method, rate, epochs, batchSize, dropout } = params;
  const data = plantedTokenTexts({ seed, test: 2 * TEST_TEXTS });
  const { test, validation } = halves(data.test, TEST_TEXTS);
  const model = { ...MODEL, dropout };
  const last = await trainTextClassifier({
    model,
    optimizer: optimizerOf({ method, rate }),
    train: data.train,
    scored: { validation, test },
    epochs,
    batchSize,
    seed,
    threads,
    signal,
    onProgress: (fraction) => progress(fraction, methodLabel(method)),
    afterEpoch: ({ epoch, loss, accuracy }, scores) => {
      record({ series: "train", step: epoch }, { loss, accuracy });
      for (const [series, { loss, accuracy }] of Object.entries(scores)) record({ series, step: epoch }, { loss, accuracy });
      return undefined;
    },
  });
  recordWeights(record, last.params.blocks, { step: last.epoch, width: MODEL.width });

  const attention = await clsAttention(last.params, test, { model, threads });
  const rowOf = (text: number): Float64Array => attention.subarray(text * test.length, (text + 1) * test.length);
  const lengthOf = (text: number): number => visibleLength(test.mask.subarray(text * test.length, (text + 1) * test.length));
  const scores = Array.from({ length: test.count }, (_, text) => selectionScore(rowOf(text), lengthOf(text), test.optimal[text] as number));
  record({ series: "test", step: last.epoch }, { selection: summarize(scores).mean });
  const short = Array.from({ length: test.count }, (_, text) => text).filter((text) => lengthOf(text) <= MAP_LENGTH);
  short.slice(0, MAPS).forEach((text, map) => {
    minMaxScale(rowOf(text), lengthOf(text)).forEach((value, position) => {
      const word = data.vocabulary[test.ids[text * test.length + position] as number] as string;
      record({ series: mapSeries(map, position, shortWord(word)), step: last.epoch }, { attention: value });
    });
  });
}

export const experiment = defineExperiment({
  id: "mirror-descent/planted-token",
  title: "Text classification with a planted token (T1)",
  paper: MIRROR_DESCENT_PAPER,
  summary:
    "Trains the paper's text classifier, scaled down to one block of width 32, on texts in which exactly one word decides the class, with mirror " +
    "descent for several p and with Adam. Because that word is known, token selection can be scored; look at the tails of the weights and at the attention maps.",
  parameters: {
    methods: parameter(methodListOption("Methods to compare."), ["p=1.1", "p=2", "p=3", "adam"]),
    rates: parameter(
      numberListOption({ doc: "Step size of each method, for a loss summed over the batch.", above: 0 }),
      [3e-3, 1e-2, 1e-3, 2e-3],
    ),
    factors: parameter(numberListOption({ doc: "Step sweep: every rate is tried times each factor.", above: 0 }), {
      quick: [1],
      full: [0.5, 1, 2],
    }),
    epochs: parameter(integerOption({ doc: "Passes over the 1,500 training texts.", min: 1, max: 10_000 }), { quick: 60, full: 120 }),
    batchSize: parameter(integerOption({ doc: "Texts per batch.", min: 1, max: 1_500 }), 100),
    dropout: parameter(numberOption({ doc: "Dropout rate.", min: 0, below: 1 }), 0.2),
  },
  seeds: { quick: 1, full: 5 },

  cells: ({ methods, rates, factors, ...rest }, seeds) =>
    settings("mirror-descent/planted-token", methods, rates, factors).flatMap((setting) =>
      seeds.map((seed) => ({ params: { ...rest, ...setting } as Cell, seeds: [seed] })),
    ),
  run,

  claims: [
    {
      id: "C11a",
      statement: "On text, mirror descent with p = 1.1 generalises better than gradient descent and p = 3.",
      where: "abstract and text experiments, here on planted tokens",
      provenance: "paper",
      expected: "p = 1.1 above every other p",
      measure:
        "Test accuracy at the epoch of best validation accuracy, at the step of best mean validation accuracy, averaged over seeds. Adam is shown, not judged.",
      rule: "at least 5 seeds and 3 steps per method; mean accuracy of the smallest p > that of every other p",
      judge: ({ rows }) => judgeAccuracyOrder(rows, { seeds: 5, steps: 3 }),
    },
    {
      id: "C11b",
      statement: "The attention of a model trained with p = 1.1 selects the deciding token better than one trained with gradient descent.",
      where: "text experiments, attention maps",
      provenance: "paper",
      expected: "p = 1.1 above p = 2 (0.439 against 0.312 on the paper's reviews)",
      measure:
        "Attention of [CLS] in the last block, min-max scaled over the text, at the deciding word; mean over test texts and seeds. Noisy in the pilot.",
      rule: "at least 5 seeds; mean score of p = 1.1 > that of p = 2",
      judge: ({ rows }) => judgeFallsInExponent(rows, { metric: "selection", series: "test", exponents: [1.1, 2], seeds: 5 }),
    },
    {
      id: "C12a",
      statement: "The smaller p, the sparser the weights: the kurtosis of the key weights falls as p grows.",
      where: "weight histograms; pilot of the spec, section 5",
      provenance: "ours",
      expected: "19.3 > 9.2 > 2.3 for p = 1.1, 2, 3 (pilot, 3 seeds)",
      measure: "E w⁴ / (E w²)² of the key weights after the last epoch, averaged over seeds.",
      rule: "the mean kurtosis falls strictly in p",
      judge: ({ rows }) => judgeFallsInExponent(rows, { metric: "kurtosis", series: "key" }),
    },
    {
      id: "C12b",
      statement: "The weights trained with p = 1.1 are sparser than those trained with Adam.",
      where: "weight histograms against Adam",
      provenance: "paper",
      expected: "kurtosis above Adam's for query, key and value",
      measure: "Kurtosis of query, key and value weights after the last epoch, averaged over seeds.",
      rule: "the mean kurtosis of p = 1.1 is greater than Adam's in all three",
      judge: ({ rows }) => judgeSparserThanAdam(rows, ["query", "key", "value"]),
    },
  ],

  figures: [
    {
      id: "curves",
      title: "Training with a planted token",
      caption: "Accuracy on the test texts and training loss over epochs; bands are one standard deviation over seeds.",
      draw: ({ rows }) => drawCurves(rows, "text"),
    },
    {
      id: "weights",
      title: "Weights of the attention projections",
      caption:
        "Weights by absolute value, averaged over seeds: in bins of 0.0173 (above), and how many are larger (below). The smaller p, the more lie near zero and the longer the tail.",
      draw: ({ rows }) => drawHistograms(rows, binWidth(MODEL.width)),
    },
    TAILS_FIGURE,
    {
      id: "attention",
      title: "What [CLS] attends to",
      caption:
        "Attention of [CLS] in short test texts, scaled from 0 to 1; the word with a plus or minus decides the class, those with a dot are neutral.",
      draw: ({ rows }) => drawAttentionMaps(rows),
    },
    {
      id: "sweep",
      title: "Step sweep",
      caption: "Best validation accuracy against the step size: methods may only be compared at their own best step.",
      draw: ({ rows }) => drawSweep(rows),
    },
  ],

  tables: [
    {
      id: "methods",
      title: "Methods at their best step",
      caption: "Mean ± standard deviation over seeds. The pilot's numbers: best test accuracy, key kurtosis, selection score (3 seeds).",
      build: ({ rows }): TableSpec => {
        const outcomes = runOutcomes(rows);
        const own = chosenRows(rows);
        return {
          columns: [
            "method",
            "step",
            "test accuracy",
            "best on test",
            "last epoch",
            "kurtosis Q",
            "K",
            "V",
            "max |K|",
            "selection",
            "pilot",
          ],
          rows: [...chosenRates(outcomes)].map(([method, rate]) => {
            const runs = outcomes.filter((one) => one.method === method && one.rate === rate);
            const weights = (metric: string, series: string): number => meanOf(own, { method, metric, series });
            return [
              methodLabel(method),
              rate,
              meanAndSpread(runs.map((one) => one.test)),
              showNumber(summarize(runs.map((one) => one.bestTest)).mean),
              showNumber(summarize(runs.map((one) => one.lastTest)).mean),
              weights("kurtosis", "query"),
              weights("kurtosis", "key"),
              weights("kurtosis", "value"),
              weights("maxAbs", "key"),
              meanAndSpread(valuesOf(pick(own, { metric: "selection", params: { method } }))),
              PILOT[method] ?? "–",
            ];
          }),
        };
      },
    },
  ],
});
