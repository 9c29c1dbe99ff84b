import * as Plot from "@observablehq/plot";
import { type Mark, type Panel, type Point, showNumber } from "../experiment/index.ts";
import type { AxisRange } from "./axis-range.ts";
import { heatColor, INK, seriesColor, seriesDash } from "./palette.ts";

/** What the marks of a panel need to know besides their data. */
export interface MarkSetting {
  /** Series of the whole figure, in colour order. */
  readonly series: readonly string[];
  readonly x: AxisRange;
  readonly y: AxisRange;
  readonly logX: boolean;
  readonly logY: boolean;
  /** Categories of bars, in order. */
  readonly categories: readonly string[];
}

/** More points than this are invisible at the size of a panel and only make the file heavy. */
const MOST_POINTS = 1_000;

function thin<T>(points: readonly T[]): readonly T[] {
  if (points.length <= MOST_POINTS) return points;
  const stride = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, i) => points[Math.round(i * stride)] as T);
}

/** The marks of a panel, in drawing order: bands, then data, then references with their labels on top. */
export function panelMarks(panel: Panel, setting: MarkSetting): Plot.Markish[] {
  const references = panel.marks.filter((mark) => mark.kind === "reference");
  const data = panel.marks.filter((mark) => mark.kind !== "reference");
  const bars = data.filter((mark) => mark.kind === "bars").map((mark) => mark.series);
  return [...data.flatMap((mark) => dataMark(mark, setting, bars)), ...references.flatMap((mark) => referenceMark(mark, setting))];
}

function clampTo(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

function dataMark(mark: Exclude<Mark, { kind: "reference" }>, setting: MarkSetting, barSeries: readonly string[]): Plot.Markish[] {
  if (mark.kind === "heatmap") return [];
  const index = setting.series.indexOf(mark.series);
  const color = seriesColor(index);
  if (mark.kind === "bars") return barMarks(mark, setting, color, barSeries);
  if (mark.kind === "histogram") return histogramMarks(mark, setting, color);
  const dash = mark.kind !== "dots" && mark.dashed === true ? "5 4" : seriesDash(index);
  const dashed = dash === undefined ? {} : { strokeDasharray: dash };
  if (mark.kind === "arrow") {
    const { from, to } = mark;
    const shape = { stroke: color, strokeWidth: 1.8, headLength: 9, headAngle: 50, inset: 0 };
    const head = (start: Point): Plot.Markish =>
      Plot.arrow([0], { x1: () => start.x, y1: () => start.y, x2: () => to.x, y2: () => to.y, ...shape });
    if (dash === undefined) return [head(from)];
    // A dashed arrow head falls apart: the shaft is dashed up to the last fifth, which carries the head.
    const neck = { x: to.x + (from.x - to.x) / 5, y: to.y + (from.y - to.y) / 5 };
    return [Plot.line([from, neck], { x: "x", y: "y", stroke: color, strokeWidth: 1.8, ...dashed }), head(neck)];
  }
  const inside = mark.points.filter(
    ({ x, y }) =>
      Number.isFinite(x) &&
      Number.isFinite(y) &&
      (!setting.logX || x > 0) &&
      (!setting.logY || y > 0) &&
      x >= setting.x.domain[0] &&
      x <= setting.x.domain[1],
  );
  const points = (mark.kind === "line" ? thin(inside) : inside).map((point) => ({
    x: point.x,
    y: clampTo(point.y, setting.y.domain),
    low: clampTo(point.low ?? point.y, setting.y.domain),
    high: clampTo(point.high ?? point.y, setting.y.domain),
  }));
  const spread = points.some((point) => point.low !== point.high);
  if (mark.kind === "dots") {
    return [
      ...(spread ? [Plot.ruleX(points, { x: "x", y1: "low", y2: "high", stroke: color, strokeWidth: 1.4 })] : []),
      Plot.dot(points, { x: "x", y: "y", fill: color, r: 3.2, stroke: INK.page, strokeWidth: 0.8 }),
    ];
  }
  return [
    ...(spread ? [Plot.areaY(points, { x: "x", y1: "low", y2: "high", fill: color, fillOpacity: 0.16 })] : []),
    // A trajectory may turn back: points are joined in their own order, never sorted.
    Plot.line(points, { x: "x", y: "y", stroke: color, strokeWidth: 2, strokeLinejoin: "round", ...dashed }),
  ];
}

function barMarks(mark: Extract<Mark, { kind: "bars" }>, setting: MarkSetting, color: string, all: readonly string[]): Plot.Markish[] {
  const width = 0.76 / all.length;
  const base = setting.logY ? setting.y.domain[0] : Math.max(0, setting.y.domain[0]);
  const bars = mark.bars
    .filter(({ y }) => Number.isFinite(y) && (!setting.logY || y > 0))
    .map((bar) => {
      const left = setting.categories.indexOf(bar.category) - 0.38 + width * all.indexOf(mark.series);
      return {
        left: left + width * 0.06,
        right: left + width * 0.94,
        middle: left + width / 2,
        base,
        y: clampTo(bar.y, setting.y.domain),
        low: clampTo(bar.low ?? bar.y, setting.y.domain),
        high: clampTo(bar.high ?? bar.y, setting.y.domain),
      };
    });
  const spread = bars.filter((bar) => bar.low !== bar.high);
  return [
    Plot.rect(bars, { x1: "left", x2: "right", y1: "base", y2: "y", fill: color, fillOpacity: 0.85 }),
    Plot.ruleX(spread, { x: "middle", y1: "low", y2: "high", stroke: INK.text, strokeWidth: 1.2 }),
  ];
}

function histogramMarks(mark: Extract<Mark, { kind: "histogram" }>, setting: MarkSetting, color: string): Plot.Markish[] {
  const base = setting.y.domain[0];
  const outline: { x: number; y: number }[] = [{ x: mark.edges[0] ?? 0, y: base }];
  mark.counts.forEach((count, i) => {
    const y = clampTo(setting.logY && count <= 0 ? base : count, setting.y.domain);
    outline.push({ x: mark.edges[i] as number, y }, { x: mark.edges[i + 1] as number, y });
  });
  outline.push({ x: mark.edges.at(-1) ?? 0, y: base });
  const inside = outline.filter(({ x }) => (!setting.logX || x > 0) && x >= setting.x.domain[0] && x <= setting.x.domain[1]);
  return [
    Plot.areaY(inside, { x: "x", y1: base, y2: "y", fill: color, fillOpacity: 0.18 }),
    Plot.line(inside, { x: "x", y: "y", stroke: color, strokeWidth: 1.5 }),
  ];
}

function referenceMark(mark: Extract<Mark, { kind: "reference" }>, setting: MarkSetting): Plot.Markish[] {
  const line = { stroke: INK.reference, strokeWidth: 1.2, strokeDasharray: "3 3" };
  const text = { text: () => mark.label, fill: INK.reference, stroke: INK.page, strokeWidth: 4, fontSize: 11 } as const;
  const marks: Plot.Markish[] = [];
  if (mark.y !== undefined) {
    marks.push(Plot.ruleY([mark.y], line));
    marks.push(Plot.text([mark], { x: setting.x.domain[1], y: mark.y, textAnchor: "end", lineAnchor: "bottom", dy: -3, dx: -2, ...text }));
  }
  if (mark.x !== undefined) {
    marks.push(Plot.ruleX([mark.x], line));
    marks.push(Plot.text([mark], { x: mark.x, y: setting.y.domain[1], textAnchor: "start", lineAnchor: "top", dx: 5, dy: 2, ...text }));
  }
  return marks;
}

/** The marks of a heat map: cells, and their numbers in a colour that stands out. */
export function heatmapMarks(mark: Extract<Mark, { kind: "heatmap" }>, range: readonly [number, number], dense: boolean): Plot.Markish[] {
  const [low, high] = range;
  const cells = mark.cells.map((cell) => {
    const color = Number.isFinite(cell.value)
      ? heatColor(high > low ? (cell.value - low) / (high - low) : 0.5)
      : { fill: "#cccccc", text: "#1c2430" };
    return { ...cell, ...color };
  });
  const digits = mark.digits ?? 2;
  return [
    Plot.cell(cells, { x: "column", y: "row", fill: "fill", inset: dense ? 0 : 1 }),
    ...(digits > 0 && !dense
      ? [Plot.text(cells, { x: "column", y: "row", text: (cell) => showNumber(cell.value, digits), fill: "text", fontSize: 12 })]
      : []),
  ];
}
