import {
  curveOf,
  type FigureSpec,
  type LineMark,
  type Mark,
  type MetricRow,
  pick,
  summarize,
  valuesOf,
} from "../../src/experiment/index.ts";
import { byRate, chosenRows, methodsOf, runOutcomes } from "./method-outcomes.ts";
import { type Method, methodLabel } from "./methods.ts";
import { PROJECTIONS } from "./weight-statistics.ts";

/** What a panel of {@link drawCurves} shows. */
export interface CurvePanel {
  readonly title: string;
  readonly label: string;
  readonly metric: string;
  readonly series: string;
  readonly log?: boolean;
}

/** Curves over epochs, one line per method at its chosen step, with one standard deviation over seeds. */
export function drawCurves(rows: readonly MetricRow[], panels: readonly CurvePanel[]): FigureSpec {
  const own = chosenRows(rows);
  return {
    columns: 2,
    panels: panels.map(({ title, label, metric, series, log }) => ({
      title,
      x: { label: "epoch" },
      y: { label, ...(log === true ? { scale: "log" as const } : {}) },
      marks: methodsOf(own).map(
        (method): LineMark => ({
          kind: "line",
          series: methodLabel(method),
          points: curveOf(pick(own, { metric, series, params: { method } })),
        }),
      ),
    })),
  };
}

/** Weights by absolute value, one panel per projection: mean counts over seeds, on a logarithmic axis. */
export function drawHistograms(rows: readonly MetricRow[], bin: number): FigureSpec {
  const own = pick(chosenRows(rows), { metric: "count" });
  const most = summarize(valuesOf(own).length === 0 ? [0] : own.map((row) => row.step)).max;
  return {
    panels: PROJECTIONS.map((projection) => ({
      title: `${projection} weights`,
      x: { label: "absolute value" },
      y: { label: "weights per bin", scale: "log", domain: [0.1, 10 ** Math.ceil(Math.log10(Math.max(10, ...valuesOf(own))))] },
      marks: methodsOf(own).map((method): Mark => {
        const counts = curveOf(pick(own, { series: projection, params: { method } }));
        const full = Array.from({ length: most + 1 }, (_, i) => counts.find((point) => point.x === i)?.y ?? 0);
        return { kind: "histogram", series: methodLabel(method), edges: Array.from({ length: most + 2 }, (_, i) => i * bin), counts: full };
      }),
    })),
  };
}

/** Bars of a weight statistic by projection and method, with one standard deviation over seeds. */
export function drawStatistics(
  rows: readonly MetricRow[],
  metrics: readonly { readonly metric: string; readonly label: string }[],
): FigureSpec {
  const own = chosenRows(rows);
  return {
    columns: 2,
    panels: metrics.map(({ metric, label }) => ({
      title: label,
      x: { label: "projection" },
      y: { label },
      marks: methodsOf(own).map(
        (method): Mark => ({
          kind: "bars",
          series: methodLabel(method),
          bars: PROJECTIONS.map((series) => bar(series, valuesOf(pick(own, { metric, series, params: { method } })))),
        }),
      ),
    })),
  };
}

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
        y: { label: "validation accuracy, best epoch" },
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
export function drawAttentionMaps(rows: readonly MetricRow[]): FigureSpec {
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
    columns: 1,
    panels: texts.map((text) => ({
      title: `text ${text + 1}`,
      x: { label: "" },
      y: { label: "" },
      marks: [
        {
          kind: "heatmap" as const,
          digits: 2,
          cells: cells
            .filter((cell) => cell.text === text)
            .sort((a, b) => a.position - b.position)
            .map(({ position, word, method, value }) => ({ column: `${position} ${word}`, row: methodLabel(method), value })),
        },
      ],
    })),
  };
}
