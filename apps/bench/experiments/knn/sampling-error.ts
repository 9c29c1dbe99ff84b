import { createAttentionKernel, exactAttention, gumbelAttention, knnAttention, topKAttention } from "@attnlab/attention/node";
import { integerOption } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import {
  type Claim,
  defineExperiment,
  type Figure,
  grid,
  judged,
  type MetricRow,
  notRun,
  numberListOption,
  parameter,
  pick,
  showNumber,
  summarize,
  type Table,
  valuesOf,
} from "../../src/experiment/index.ts";
import { attentionData } from "./attention-data.ts";
import { meanMass, outputError } from "./output-error.ts";
import { KNN_PAPER, KNN_SOURCES } from "./paper.ts";

/** Mean errors of the specification: standard deviation of queries and keys, k, mass, top-k alone, then tails of 32, 128 and 512. */
const TAILS: readonly (readonly [number, number, number, number, number, number, number])[] = [
  [1, 32, 0.19, 0.127, 0.148, 0.071, 0.026],
  [1, 256, 0.63, 0.026, 0.059, 0.028, 0.009],
  [2, 5, 0.735, 0.127, 0.154, 0.105, 0.045],
  [2, 32, 0.94, 0.021, 0.028, 0.015, 0.006],
  [3, 5, 0.972, 0.017, 0.026, 0.021, 0.01],
];
const TAIL_SIZES = [0, 32, 128, 512] as const;

/** Mean errors of 16, 64, 256 and 1,024 pure softmax draws. */
const DRAWS: Readonly<Record<number, readonly number[]>> = {
  1: [0.197, 0.098, 0.049, 0.025],
  2: [0.159, 0.079, 0.04, 0.02],
  3: [0.099, 0.047, 0.025, 0.012],
};
const DRAW_SIZES = [16, 64, 256, 1024] as const;

type Params = { readonly std: readonly number[] };

function errorAt(rows: readonly MetricRow[], std: number, series: string, step: number, metric = "mean"): number {
  return summarize(valuesOf(pick(rows, { metric, series, step, params: { std } }))).mean;
}

const tailSeries = (k: number): string => `k = ${k}`;

/** Every number of the specification beside ours. */
function beside(rows: readonly MetricRow[]): readonly { readonly where: string; readonly expected: number; readonly found: number }[] {
  const tails = TAILS.flatMap(([std, k, , ...errors]) =>
    errors.map((expected, i) => {
      const tail = TAIL_SIZES[i] as number;
      return { where: `sd ${std}, k = ${k}, tail ${tail}`, expected, found: errorAt(rows, std, tailSeries(k), tail) };
    }),
  );
  const draws = Object.entries(DRAWS).flatMap(([std, errors]) =>
    errors.map((expected, i) => {
      const samples = DRAW_SIZES[i] as number;
      return { where: `sd ${std}, ${samples} draws`, expected, found: errorAt(rows, Number(std), "draws", samples) };
    }),
  );
  return [...tails, ...draws].filter(({ found }) => !Number.isNaN(found));
}

const CLAIMS: readonly Claim<Params>[] = [
  {
    id: "table",
    statement: "Errors of top-k with a uniform tail and of pure softmax draws are those of the independent measurement.",
    where: "measured with independent float64 code (n = 1024, d = 64, Gaussian, mean |Ô − O|)",
    provenance: "derived",
    expected: "20 numbers for tails, 12 for draws",
    measure: "Mean error over all entries and seeds, divided by the number expected.",
    rule: "every ratio between 0.75 and 1.33: numbers are printed to two digits, .006 to 8%, and rows of large logits differ between draws",
    judge: ({ rows }) => {
      const all = beside(rows).map((one) => ({ ...one, ratio: one.found / one.expected }));
      if (all.length === 0) return notRun("No errors are stored.");
      const { min, max } = summarize(all.map(({ ratio }) => ratio));
      const outside = all.filter(({ ratio }) => ratio < 0.75 || ratio > 1.33).map(({ where, ratio }) => `${where}: ${showNumber(ratio)}`);
      const measured = `${all.length} ratios from ${showNumber(min)} to ${showNumber(max)}`;
      return outside.length === 0 ? judged(true, measured) : judged(false, measured, `Outside: ${outside.join("; ")}.`);
    },
  },
  {
    id: "mass",
    statement: "The k largest of 1,024 Gaussian logits carry the mass that they should.",
    where: "the same measurement",
    provenance: "derived",
    expected: ".19, .63, .735, .94, .972",
    measure: "Mean mass of the k keys.",
    rule: "each within .02",
    judge: ({ rows }) => {
      const found = TAILS.map(([std, k, mass]) => ({ mass, value: errorAt(rows, std, tailSeries(k), 0, "mass") }));
      if (found.some(({ value }) => Number.isNaN(value))) return notRun("needs sd 1, 2 and 3");
      return judged(
        found.every(({ mass, value }) => Math.abs(value - mass) <= 0.02),
        found.map(({ value }) => showNumber(value)).join(", "),
      );
    },
  },
  {
    id: "small-tail",
    statement: "A small uniform tail raises the error: with as many tail keys as top keys it is worse than none.",
    where: "derived; measured before (tail of 32)",
    provenance: "derived",
    expected: "error with a tail of 32 above that of top-k alone in all five cases",
    measure: "Mean error with a tail of 32 over that without.",
    rule: "above 1 in every case",
    judge: ({ rows }) => {
      const ratios = TAILS.map(([std, k]) => errorAt(rows, std, tailSeries(k), 32) / errorAt(rows, std, tailSeries(k), 0));
      if (ratios.some(Number.isNaN)) return notRun("needs sd 1, 2 and 3");
      return judged(
        ratios.every((ratio) => ratio > 1),
        ratios.map((ratio) => showNumber(ratio)).join(", "),
      );
    },
  },
  {
    id: "adaptive",
    statement: "The adaptive tail is not much worse than the better of a tail and none.",
    where: "derived: a row keeps its tail only where the predicted noise is below the bias it removes",
    provenance: "derived",
    expected: "at most 1.15 times the better one",
    measure:
      "Mean error with the adaptive tail over the smaller of the errors with and without that tail: five cases, tails of 32, 128, 512.",
    rule: "at most 1.15 everywhere",
    judge: ({ rows }) => {
      const ratios = TAILS.flatMap(([std, k]) =>
        TAIL_SIZES.slice(1).map((tail) => {
          const best = Math.min(errorAt(rows, std, tailSeries(k), tail), errorAt(rows, std, tailSeries(k), 0));
          return { where: `sd ${std}, k = ${k}, tail ${tail}`, ratio: errorAt(rows, std, `${tailSeries(k)}, adaptive`, tail) / best };
        }),
      );
      if (ratios.some(({ ratio }) => Number.isNaN(ratio))) return notRun("needs sd 1, 2 and 3");
      const worst = ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a));
      const note =
        "A tail of a few dozen often misses the heavy keys among the rest: it then underrates both the bias that it would remove and its own noise.";
      return judged(worst.ratio <= 1.15, `at most ${showNumber(worst.ratio)} (${worst.where})`, note);
    },
  },
];

const FIGURES: readonly Figure<Params>[] = [
  {
    id: "tails",
    title: "Error of a uniform tail, and of pure draws",
    caption: "Mean |Ô − O| by keys in the tail, or draws; dashed: the adaptive tail. Dots: the independent measurement.",
    draw: ({ rows }) => {
      const kept = [1, 2, 3];
      return {
        panels: kept.map((std) => {
          const cases = TAILS.filter(([of]) => of === std);
          const line = (series: string, name: string, sizes: readonly number[], dashed = false) => ({
            kind: "line" as const,
            series: name,
            dashed,
            points: sizes.map((x) => ({ x, y: errorAt(rows, std, series, x) })).filter(({ y }) => y > 0),
          });
          const dots = (name: string, sizes: readonly number[], errors: readonly number[]) => ({
            kind: "dots" as const,
            series: name,
            points: sizes.map((x, i) => ({ x, y: errors[i] as number })),
          });
          return {
            title: `queries and keys of sd ${std}`,
            x: { label: "tail, or draws", scale: "log" as const },
            y: { label: "mean |Ô − O|", scale: "log" as const },
            marks: [
              ...cases.flatMap(([, k, , , ...errors]) => [
                line(tailSeries(k), tailSeries(k), TAIL_SIZES.slice(1)),
                line(`${tailSeries(k)}, adaptive`, `${tailSeries(k)}, adaptive`, TAIL_SIZES.slice(1), true),
                dots(tailSeries(k), TAIL_SIZES.slice(1), errors),
              ]),
              line("draws", "pure draws", DRAW_SIZES),
              dots("pure draws", DRAW_SIZES, DRAWS[std] ?? []),
            ],
          };
        }),
      };
    },
  },
];

const TABLES: readonly Table<Params>[] = [
  {
    id: "tails",
    title: "Mean error with a uniform tail",
    caption: "In brackets: the independent measurement.",
    build: ({ rows }) => ({
      columns: ["sd", "k", "mass", "top-k", "+32", "+128", "+512", "adaptive, +512"],
      rows: TAILS.map(([std, k, mass, ...errors]) => {
        const show = (found: number, expected: number): string => `${showNumber(found)} (${expected})`;
        return [
          std,
          k,
          show(errorAt(rows, std, tailSeries(k), 0, "mass"), mass),
          ...TAIL_SIZES.map((tail, i) => show(errorAt(rows, std, tailSeries(k), tail), errors[i] as number)),
          errorAt(rows, std, `${tailSeries(k)}, adaptive`, 512),
        ];
      }),
    }),
  },
  {
    id: "draws",
    title: "Mean error of pure softmax draws",
    caption: "In brackets: the independent measurement.",
    build: ({ rows }) => ({
      columns: ["sd", "mean |O|", ...DRAW_SIZES.map(String)],
      rows: Object.entries(DRAWS).map(([std, errors]) => [
        std,
        summarize(valuesOf(pick(rows, { metric: "size", params: { std: Number(std) } }))).mean,
        ...DRAW_SIZES.map((samples, i) => `${showNumber(errorAt(rows, Number(std), "draws", samples))} (${errors[i]})`),
      ]),
    }),
  },
];

export const experiment = defineExperiment({
  id: "knn/sampling-error",
  title: "Error of uniform tails and of softmax draws",
  paper: KNN_PAPER,
  summary:
    "1,024 Gaussian queries and keys of 64 dimensions, diffuse to sharp: top-k attention alone, with a uniform sample of the other keys, with one that rows may decline, and the mean " +
    `of softmax draws. A small tail raises the error. ${KNN_SOURCES}`,
  parameters: {
    std: parameter(numberListOption({ doc: "Standard deviations of queries and keys.", above: 0 }), [1, 2, 3]),
    tokens: parameter(integerOption({ doc: "Keys.", min: 1024 }), 1024),
    queries: parameter(integerOption({ doc: "Queries.", min: 8 }), { quick: 128, full: 1024 }),
  },
  seeds: { quick: 1, full: 2 },
  cells: (params, seeds) => grid(params, seeds, "std", params.std),

  async run({ params: { std, tokens, queries }, seed, record, progress, signal }) {
    const input = attentionData("Gaussian", { keys: tokens, queries, seed, std });
    const rng = createRng(seed).split("estimates");
    await using kernel = await createAttentionKernel();
    const exact = await exactAttention(input, { kernel });
    const cases = TAILS.filter(([of]) => of === std);
    for (const [i, [, k]] of cases.entries()) {
      const top = await topKAttention(input, { k, kernel, probeRows: 0 });
      const { mean, size } = outputError(top, exact);
      record({ series: tailSeries(k) }, { mean, mass: meanMass(top, exact), size });
      for (const tail of TAIL_SIZES.slice(1)) {
        for (const adaptiveTail of [false, true]) {
          signal.throwIfAborted();
          const options = { k, tail, adaptiveTail, kernel, probeRows: 0, rng: rng.split(`${k} ${tail}`) };
          const found = await knnAttention(input, options);
          const used = found.heads[0]?.tailQueries ?? Number.NaN;
          const series = adaptiveTail ? `${tailSeries(k)}, adaptive` : tailSeries(k);
          record({ series, step: tail }, { mean: outputError(found, exact).mean, tailShare: used / queries });
        }
      }
      progress((i + 1) / (cases.length + 1));
    }
    for (const samples of DRAW_SIZES) {
      signal.throwIfAborted();
      const found = await gumbelAttention(input, { samples, rng: rng.split(`draws ${samples}`) });
      record({ series: "draws", step: samples }, { mean: outputError(found, exact).mean });
    }
  },

  claims: CLAIMS,
  figures: FIGURES,
  tables: TABLES,
});
