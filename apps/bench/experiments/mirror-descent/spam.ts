import { integerOption, numberOption } from "@attnlab/check";
import { encodeTextTask, type LabeledTokens, stratifiedSplit, type TextTask, takeTexts, UNK_ID } from "@attnlab/datasets";
import { loadSpamAssassin } from "@attnlab/datasets/node";
import { createRng } from "@attnlab/random";
import {
  defineExperiment,
  groupRows,
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
import { chosenRates, chosenRows, meanOf, methodsOf, runOutcomes } from "./method-outcomes.ts";
import { methodLabel, methodListOption, optimizerOf, settings } from "./methods.ts";
import { MIRROR_DESCENT_PAPER } from "./paper.ts";
import { binWidth, recordWeights } from "./record-weights.ts";
import { clsAttention, trainTextClassifier } from "./text-training.ts";
import { minMaxScale, selectedToken, visibleLength } from "./token-selection.ts";

const WIDTH = 64;
const MAP_TITLES = ["spam", "ham", "spam"] as const;
const WORDS = 12;

// One split for all seeds: steps are chosen on the validation mails of one seed, and no other seed may test on those.
const SPLIT_SEED = 20_020_101;

/** The sweeps behind the default steps: best validation accuracy, first in two epochs of seed 1, then in five, mean of three seeds. */
const STEP_SWEEP: readonly (readonly [string, string, string, string])[] = [
  ["MD p = 1.1", "9e-4: .689, 3e-3: .874, 9e-3: .898, 2.7e-2: diverges", "3e-3: .920, 9e-3: diverges with seed 2", "3e-3"],
  ["GD (p = 2)", "3e-3: .853, 1e-2: .884, 3e-2: .860", "3.3e-3: .904, 1e-2: .919", "1e-2"],
  ["MD p = 3", "1e-4: .757, 3e-4: .872, 1e-3: .850, 3e-3: .779", "1e-4: .888, 3e-4: .904", "3e-4"],
  ["Adam", "3e-4: .914, 1e-3: .926, 3e-3: .959, 9e-3: .689", "1e-3: .955, 3e-3: .963", "3e-3"],
];

// On the committed run; the table shows the numbers.
const OTHER_STATISTICS =
  "Uniform weights start at 1.8 and five short epochs move them little beyond it. Two other statistics fall in p as expected: the largest key " +
  "weight and the kurtosis of the value weights. p = 1.1 takes a step of 3e-3 here; 9e-3 is better at first but diverges with one seed.";
const ADAM_GOES_FURTHER =
  "At their best steps Adam fits the mails better than every mirror descent (96% against 92% accuracy in five epochs), so the two are not " +
  "compared at equal training. The value weights are sparser, query and key weights are not. With a planted token the claim holds.";

interface Cell {
  readonly [name: string]: number | string | readonly number[] | readonly string[];
  readonly method: string;
  readonly rate: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly length: number;
  readonly vocabulary: number;
  readonly dropout: number;
}

interface Mails {
  readonly vocabulary: TextTask["vocabulary"];
  readonly train: LabeledTokens;
  readonly validation: LabeledTokens;
  readonly test: LabeledTokens;
}

/** 64% of the mails to train on, 16% to choose epoch and step, 20% to test; words come from the training mails alone. */
async function loadMails({ length, vocabulary }: Cell): Promise<Mails> {
  const mails = await loadSpamAssassin();
  const rng = createRng(SPLIT_SEED);
  const outer = stratifiedSplit(mails.labels, { rng: rng.split("test") });
  const rest = takeTexts(mails, outer.train);
  const inner = stratifiedSplit(rest.labels, { rng: rng.split("validation") });
  const train = takeTexts(rest, inner.train);
  const options = { length, maxSize: vocabulary };
  const validation = encodeTextTask({ train, test: takeTexts(rest, inner.test) }, options);
  const test = encodeTextTask({ train, test: takeTexts(mails, outer.test) }, options);
  return { vocabulary: test.vocabulary, train: test.train, validation: validation.test, test: test.test };
}

async function run({ params, seed, threads, signal, record, progress }: RunContext<Cell>): Promise<void> {
  const { method, rate, epochs, batchSize, dropout, length } = params;
  const { vocabulary, train, validation, test } = await loadMails(params);
  const model = { numLayers: 2, numHeads: 2, vocabSize: vocabulary.size, maxLength: length, width: WIDTH, dropout };
  const last = await trainTextClassifier({
    model,
    optimizer: optimizerOf({ method, rate }),
    train,
    scored: { validation, test },
    epochs,
    batchSize,
    seed,
    threads,
    signal,
    onProgress: (fraction) => progress(fraction, methodLabel(method)),
    afterEpoch: ({ epoch, loss, accuracy }, scores) => {
      record({ series: "train", step: epoch }, { loss, accuracy });
      for (const [series, score] of Object.entries(scores)) record({ series, step: epoch }, { ...score });
      return undefined;
    },
  });
  recordWeights(record, last.params.blocks, { step: last.epoch, width: WIDTH });

  const attention = await clsAttention(last.params, test, { model, threads });
  const selected = new Map<string, number>();
  const shown: number[] = [];
  let largest = 0;
  for (let text = 0; text < test.count; text++) {
    const row = attention.subarray(text * length, (text + 1) * length);
    const visible = visibleLength(test.mask.subarray(text * length, (text + 1) * length));
    const wordAt = (position: number): string => vocabulary.tokens[test.ids[text * length + position] as number] as string;
    const best = selectedToken(row, visible);
    largest += row[best] as number;
    selected.set(wordAt(best), (selected.get(wordAt(best)) ?? 0) + 1);
    // The first mails that fit a map and consist of known words, alternately spam and ham.
    const known = !test.ids.subarray(text * length, text * length + visible).includes(UNK_ID);
    if (shown.length < MAP_TITLES.length && known && visible >= 10 && visible <= 24 && test.labels[text] === 1 - (shown.length % 2)) {
      minMaxScale(row, visible).forEach((value, position) => {
        record({ series: mapSeries(shown.length, position, wordAt(position)), step: last.epoch }, { attention: value });
      });
      shown.push(text);
    }
  }
  record({ series: "test", step: last.epoch }, { concentration: largest / test.count });
  const ranked = [...selected].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, WORDS);
  for (const [word, count] of ranked) record({ series: `word|${word}`, step: last.epoch }, { selected: count / test.count });
}

export const experiment = defineExperiment({
  id: "mirror-descent/spam",
  title: "Spam or ham, from the text of a mail (T2)",
  paper: MIRROR_DESCENT_PAPER,
  summary:
    "Trains the paper's text classifier, with two blocks of width 64, to tell spam from ham in the SpamAssassin corpus (headers stripped, own " +
    "word-level vocabulary), with mirror descent for several p and with Adam. Look at the accuracies, the tails of the weights and the words that are selected.",
  parameters: {
    methods: parameter(methodListOption("Methods to compare."), {
      quick: ["p=1.1", "p=2", "adam"],
      full: ["p=1.1", "p=2", "p=3", "adam"],
    }),
    rates: parameter(
      numberListOption({ doc: "Step size of each method, for a loss summed over the batch; chosen on the validation mails.", above: 0 }),
      { quick: [3e-3, 1e-2, 3e-3], full: [3e-3, 1e-2, 3e-4, 3e-3] },
    ),
    factors: parameter(numberListOption({ doc: "Step sweep: every rate is tried times each factor.", above: 0 }), [1]),
    epochs: parameter(integerOption({ doc: "Passes over the training mails.", min: 1, max: 10_000 }), { quick: 2, full: 5 }),
    batchSize: parameter(integerOption({ doc: "Mails per batch.", min: 1, max: 3_000 }), 32),
    length: parameter(integerOption({ doc: "Tokens of a mail that are read, [CLS] included.", min: 8, max: 1_024 }), 128),
    vocabulary: parameter(integerOption({ doc: "Most words that have an id.", min: 100, max: 100_000 }), 5_000),
    dropout: parameter(numberOption({ doc: "Dropout rate.", min: 0, below: 1 }), 0.2),
  },
  seeds: { quick: 1, full: 3 },
  data: ["spam-assassin"],

  cells: ({ methods, rates, factors, ...rest }, seeds) =>
    settings("mirror-descent/spam", methods, rates, factors).flatMap((setting) =>
      seeds.map((seed) => ({ params: { ...rest, ...setting } as Cell, seeds: [seed] })),
    ),
  run,

  claims: [
    {
      id: "C11c",
      statement: "On real text, mirror descent with p = 1.1 generalises better than gradient descent and p = 3.",
      where: "abstract and text experiments, here on SpamAssassin",
      provenance: "paper",
      expected: "p = 1.1 above every other p",
      measure:
        "Test accuracy at the epoch of best validation accuracy, averaged over seeds, at steps chosen on the validation mails before. Adam is shown, not judged.",
      rule: "at least 3 seeds; mean accuracy of the smallest p > that of every other p",
      judge: ({ rows }) => judgeAccuracyOrder(rows, { seeds: 3, steps: 1 }),
    },
    {
      id: "C12c",
      statement: "On real text too, the kurtosis of the key weights falls as p grows.",
      where: "weight histograms",
      provenance: "ours",
      expected: "falls in p",
      measure: "E w⁴ / (E w²)² of the key weights of both blocks after the last epoch, averaged over seeds.",
      rule: "the mean kurtosis falls strictly in p",
      judge: ({ rows }) => judgeFallsInExponent(rows, { metric: "kurtosis", series: "key", ifNot: OTHER_STATISTICS }),
    },
    {
      id: "C12d",
      statement: "On real text, the weights trained with p = 1.1 are sparser than those trained with Adam.",
      where: "weight histograms against Adam",
      provenance: "paper",
      expected: "kurtosis above Adam's for query, key and value",
      measure: "Kurtosis of query, key and value weights after the last epoch, averaged over seeds.",
      rule: "the mean kurtosis of p = 1.1 is greater than Adam's in all three",
      judge: ({ rows }) => judgeSparserThanAdam(rows, ["query", "key", "value"], ADAM_GOES_FURTHER),
    },
  ],

  figures: [
    {
      id: "curves",
      title: "Training on mails",
      caption:
        "Accuracy on the test mails and training loss over epochs; bands are one standard deviation over seeds. 69% of the mails are ham.",
      draw: ({ rows }) => drawCurves(rows, "mail"),
    },
    {
      id: "weights",
      title: "Weights of the attention projections",
      caption: "Weights of both blocks by absolute value, averaged over seeds: in bins of 0.0122 (above), and how many are larger (below).",
      draw: ({ rows }) => drawHistograms(rows, binWidth(WIDTH)),
    },
    TAILS_FIGURE,
    {
      id: "attention",
      title: "What [CLS] attends to",
      caption: "Attention of [CLS] in the last block in short test mails, averaged over heads and scaled from 0 to 1.",
      draw: ({ rows }) => drawAttentionMaps(rows, MAP_TITLES),
    },
    {
      id: "sweep",
      title: "Steps",
      caption: "Best validation accuracy against the step size; --set factors=0.3,1,3 sweeps.",
      draw: ({ rows }) => drawSweep(rows),
    },
  ],

  tables: [
    {
      id: "methods",
      title: "Methods",
      caption: "Mean ± standard deviation over seeds. Concentration is the largest attention weight of [CLS], averaged over test mails.",
      build: ({ rows }): TableSpec => {
        const plain = runOutcomes(rows);
        const balanced = new Map(runOutcomes(rows, "balancedAccuracy").map((one) => [one.run, one]));
        const own = chosenRows(rows);
        return {
          columns: [
            "method",
            "step",
            "test accuracy",
            "balanced accuracy",
            "last epoch",
            "kurtosis Q",
            "K",
            "V",
            "max |K|",
            "concentration",
          ],
          rows: [...chosenRates(plain)].map(([method, rate]) => {
            const runs = plain.filter((one) => one.method === method && one.rate === rate);
            const weights = (metric: string, series: string): number => meanOf(own, { method, metric, series });
            return [
              methodLabel(method),
              rate,
              meanAndSpread(runs.map((one) => one.test)),
              meanAndSpread(runs.map((one) => balanced.get(one.run)?.test ?? Number.NaN)),
              showNumber(summarize(runs.map((one) => one.lastTest)).mean),
              weights("kurtosis", "query"),
              weights("kurtosis", "key"),
              weights("kurtosis", "value"),
              weights("maxAbs", "key"),
              meanAndSpread(valuesOf(pick(own, { metric: "concentration", params: { method } }))),
            ];
          }),
        };
      },
    },
    {
      id: "step-sweep",
      title: "How the default steps were chosen",
      caption:
        "Best validation accuracy by step: a first look over two epochs of seed 1, then the best step and a third of it at full length, " +
        "averaged over three seeds. A step that diverges with any seed is out. The test mails had no part in it.",
      build: (): TableSpec => ({ columns: ["method", "two epochs", "five epochs", "chosen"], rows: STEP_SWEEP }),
    },
    {
      id: "words",
      title: "Words that [CLS] selects",
      caption: "The words with the largest attention of [CLS] most often, with their share of the test mails; mean over seeds.",
      build: ({ rows }): TableSpec => {
        const own = pick(chosenRows(rows), { metric: "selected" });
        const methods = methodsOf(own);
        const lists = methods.map((method) => {
          const mine = pick(own, { params: { method } });
          const runs = new Set(mine.map((row) => row.run)).size;
          return [...groupRows(mine, (row) => row.series.slice("word|".length))]
            .map(([word, group]) => ({ word, share: valuesOf(group).reduce((sum, value) => sum + value, 0) / runs }))
            .sort((a, b) => b.share - a.share);
        });
        return {
          columns: ["rank", ...methods.map(methodLabel)],
          rows: Array.from({ length: Math.max(0, ...lists.map((list) => list.length)) && 8 }, (_, rank) => [
            rank + 1,
            ...lists.map((list) => (list[rank] === undefined ? "–" : `${list[rank].word} (${showNumber(100 * list[rank].share, 2)}%)`)),
          ]),
        };
      },
    },
  ],
});
