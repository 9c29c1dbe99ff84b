import {
  curveOf,
  type Figure,
  type FigureSpec,
  type LineMark,
  type Mark,
  type MetricRow,
  type Panel,
  type Point,
  pick,
  showNumber,
  summarize,
  valuesOf,
} from "../../src/experiment/index.ts";
import { byRate, chosenRows, methodsOf, runOutcomes } from "./method-outcomes.ts";
import { type Method, methodLabel } from "./methods.ts";
import { PROJECTIONS } from "./weight-statistics.ts";

/** Mean and standard deviation as tables print them; of a single value, the value. */
export function meanAndSpread(values: readonly number[]): string {
  const { count, mean, deviation } = summarize(values);
  return count > 1 ? `${showNumber(mean)} ± ${showNumber(deviation, 2)}` : showNumber(mean);
}

/** Test accuracy and training loss over epochs, one line per method at its chosen step, with one standard deviation over seeds. */
export function drawCurves(rows: readonly MetricRow[], example: string): FigureSpec {
  const own = chosenRows(rows);
  const lines = (metric: string, series: string): LineMark[] =>
    methodsOf(own).map((method) => ({
      kind: "line",
      series: methodLabel(method),
      points: curveOf(pick(own, { metric, series, params: { method } })),
    }));
  return {
    columns: 2,
    panels: [
      { title: "test accuracy", x: { label: "epoch" }, y: { label: "accuracy" }, marks: lines("accuracy", "test") },
      { title: "training loss", x: { label: "epoch" }, y: { label: `loss per ${example}`, scale: "log" }, marks: lines("loss", "train") },
    ],
  };
}

const MOST = 0.97;

/**
 * Weights by absolute value, one column per projection: above, how many lie in each bin, where nearly all of them are;
 * below, how many are larger than a value, on a logarithmic axis. Means over seeds.
 */
export function drawHistograms(rows: readonly MetricRow[], bin: number): FigureSpec {
  const own = pick(chosenRows(rows), { metric: "count" });
  const size = own.reduce((most, row) => Math.max(most, row.step + 1), 1);
  const runs = new Map(methodsOf(own).map((method) => [method, new Set(pick(own, { params: { method } }).map((row) => row.run)).size]));
  const countsOf = (series: string, method: Method): number[] => {
    const counts = new Array<number>(size).fill(0);
    for (const row of pick(own, { series, params: { method } })) {
      counts[row.step] = (counts[row.step] as number) + row.value / (runs.get(method) as number);
    }
    return counts;
  };
  const panel = (projection: string, draw: (counts: readonly number[]) => readonly Point[]): Mark[] =>
    methodsOf(own).map((method) => ({ kind: "line", series: methodLabel(method), points: draw(countsOf(projection, method)) }));
  const crowded = Math.max(1, ...PROJECTIONS.flatMap((one) => methodsOf(own).map((method) => quantileBin(countsOf(one, method), MOST))));
  return {
    columns: 3,
    panels: [
      ...PROJECTIONS.map((projection) => ({
        title: `${projection} weights`,
        x: { label: "absolute value", domain: [0, (crowded + 1) * bin] as const },
        y: { label: "weights in a bin" },
        marks: panel(projection, (counts) => counts.slice(0, crowded + 1).map((y, i) => ({ x: (i + 0.5) * bin, y }))),
      })),
      ...PROJECTIONS.map((projection) => ({
        title: `${projection} weights: tail`,
        x: { label: "absolute value", domain: [0, size * bin] as const },
        y: { label: "weights above the value", scale: "log" as const },
        marks: panel(projection, (counts) => tailOf(counts).map((y, i) => ({ x: i * bin, y }))),
      })),
    ],
  };
}

/** The bin in which the share of counts is reached. */
export function quantileBin(counts: readonly number[], share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  return counts.findIndex((count) => {
    below += count;
    return below >= share * total;
  });
}

/** For each left edge, the counts from there on. */
export function tailOf(counts: readonly number[]): number[] {
  let above = 0;
  return counts.map((_, i) => (above += counts[counts.length - 1 - i] as number)).reverse();
}

/** Kurtosis and largest absolute value of the weights, by projection and method, with one standard deviation over seeds. */
export const TAILS_FIGURE: Figure = {
  id: "kurtosis",
  title: "How heavy the tails are",
  caption:
    "Kurtosis (1.8 for uniform weights, as they start) and largest absolute value of the weights; whiskers are one standard deviation over seeds.",
  draw: ({ rows }) => {
    const own = chosenRows(rows);
    const panel = (metric: string, label: string): Panel => ({
      title: label,
      x: { label: "projection" },
      y: { label },
      marks: methodsOf(own).map((method) => ({
        kind: "bars",
        series: methodLabel(method),
        bars: PROJECTIONS.map((series) => bar(series, valuesOf(pick(own, { metric, series, params: { method } })))),
      })),
    });
    return { columns: 2, panels: [panel("kurtosis", "kurtosis"), panel("maxAbs", "largest absolute value")] };
  },
};

function bar(category: string, values: readonly number[]): { category: string; y: number; low: number; high: number } {
  const { mean, deviation } = summarize(values);
  return { category, y: mean, low: mean - deviation, high: mean + deviation };
}

/** The step sweep: accuracy against step, per method. */
export function drawSweep(rows: readonly MetricRow[], metric = "accuracy"): FigureSpec {
  const groups = byRate(runOutcomes(rows, metric));
  const pointsOf = (method: Method) =>
    groups
      .filter((group) => group.method === method)
      .sort((a, b) => a.rate - b.rate)
      .map(({ rate, runs }) => {
        const { mean, deviation } = summarize(runs.map((one) => one.validation));
        return { x: rate, y: mean, low: mean - deviation, high: mean + deviation };
      });
  return {
    panels: [
      {
        x: { label: "step size", scale: "log" },
        // Two classes: nothing lies far below one half.
        y: { label: "validation accuracy, best epoch", domain: [0.4, 1] },
        marks: methodsOf(rows).flatMap((method): Mark[] => [
          { kind: "line", series: methodLabel(method), points: pointsOf(method).map(({ x, y }) => ({ x, y })) },
          { kind: "dots", series: methodLabel(method), points: pointsOf(method) },
        ]),
      },
    ],
  };
}

/** How a stored attention map names one token: the text, the position and the word. */
export function mapSeries(text: number, position: number, word: string): string {
  return `map|${text}|${position}|${word}`;
}

/** Attention maps: one panel per text, a row per method, a column per word. Of several seeds the first is shown. */
export function drawAttentionMaps(rows: readonly MetricRow[], titles: readonly string[] = []): FigureSpec {
  const own = pick(chosenRows(rows), { metric: "attention" });
  const seed = own[0]?.seed ?? 0;
  const cells = own
    .filter((row) => row.seed === seed)
    .map((row) => {
      const [, text, position, ...word] = row.series.split("|");
      return {
        text: Number(text),
        position: Number(position),
        word: word.join("|"),
        method: row.params.method as Method,
        value: row.value,
      };
    });
  const texts = [...new Set(cells.map((cell) => cell.text))].sort((a, b) => a - b);
  return {
    columns: Math.max(...texts.map((text) => cells.filter((cell) => cell.text === text).length / methodsOf(own).length), 0) > 12 ? 1 : 2,
    panels: texts.map((text) => ({
      title: titles[text] ?? `text ${text + 1}`,
      x: { label: "" },
      y: { label: "" },
      marks: [
        {
          kind: "heatmap" as const,
          digits: 2,
          cells: cells
            .filter((cell) => cell.text === text)
            .sort((a, b) => a.position - b.position)
            .map(({ position, word, method, value }) => ({
              column: `${position} ${word}`,
              row: methodLabel(method),
              value: Math.round(value * 100) / 100,
            })),
        },
      ],
    })),
  };
}
