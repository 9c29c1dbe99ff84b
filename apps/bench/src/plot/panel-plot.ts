import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Axis, Panel } from "../experiment/index.ts";
import { type AxisRange, equalRanges, linearRange, logRange, tickLabel } from "./axis-range.ts";
import { INK } from "./palette.ts";
import { extent, panelValues } from "./panel-extent.ts";
import { heatmapMarks, panelMarks } from "./panel-marks.ts";

/** Where a panel is drawn. */
export interface PanelFrame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly series: readonly string[];
}

const MARGIN = { top: 30, right: 26, bottom: 44 };

/** Room for tick labels on the left, from the longest of them. */
function leftMargin(labels: readonly string[]): number {
  return 22 + 6.4 * Math.max(2, ...labels.map((label) => label.length));
}

function rangeOf(axis: Axis, values: readonly number[], fromZero: boolean): AxisRange {
  const [low, high] = axis.domain ?? extent(fromZero && axis.scale !== "log" ? [0, ...values] : values);
  return axis.scale === "log" ? logRange(low, high) : linearRange(low, high, axis.domain !== undefined);
}

/** The part of an SVG element that this file uses; the program is compiled without the browser's types. */
interface SvgElement {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  querySelectorAll(selector: string): Iterable<{ remove(): void }>;
}

/** Draws one panel with Observable Plot and returns its SVG. */
export function panelPlot(panel: Panel, frame: PanelFrame): string {
  const heatmap = panel.marks.find((mark) => mark.kind === "heatmap");
  const { document } = parseHTML("<html><body></body></html>");
  const options = heatmap === undefined ? coordinatePlot(panel, frame) : heatmapPlot(panel, heatmap, frame);
  const element: SvgElement = Plot.plot({ ...options, document });
  for (const style of element.querySelectorAll("style")) style.remove();
  element.setAttribute("x", String(frame.x));
  element.setAttribute("y", String(frame.y));
  return element.outerHTML;
}

function coordinatePlot(panel: Panel, frame: PanelFrame): Plot.PlotOptions {
  const values = panelValues(panel);
  const categories = [...new Set(panel.marks.flatMap((mark) => (mark.kind === "bars" ? mark.bars.map((bar) => bar.category) : [])))];
  const histogram = panel.marks.some((mark) => mark.kind === "histogram");
  let x = rangeOf(panel.x, values.x, false);
  let y = rangeOf(panel.y, values.y, values.fromZero);
  // Steps and edges fill the width; rounding the ends outwards would leave empty paper.
  if (panel.x.scale !== "log" && panel.x.domain === undefined && (histogram || values.x.every(Number.isInteger))) {
    x = linearRange(...extent(values.x), true);
  }
  const marginLeft = leftMargin(y.ticks.map(tickLabel));
  if (panel.equalScale === true) {
    const ratio = (frame.width - marginLeft - MARGIN.right) / (frame.height - MARGIN.top - MARGIN.bottom);
    const equal = equalRanges(extent(values.x), extent(values.y), ratio);
    x = linearRange(...equal.x, true);
    y = linearRange(...equal.y, true);
  }
  if (categories.length > 0) x = { domain: [-0.5, categories.length - 0.5], ticks: categories.map((_, i) => i) };
  const setting = { series: frame.series, x, y, logX: panel.x.scale === "log", logY: panel.y.scale === "log", categories };
  return {
    ...base(frame, marginLeft),
    x: { type: setting.logX ? "log" : "linear", domain: [...x.domain], label: null },
    y: { type: setting.logY ? "log" : "linear", domain: [...y.domain], label: null },
    marks: [
      Plot.gridY(y.ticks, { stroke: INK.grid, strokeOpacity: 1 }),
      ...(categories.length > 0 ? [] : [Plot.gridX(x.ticks, { stroke: INK.grid, strokeOpacity: 1 })]),
      Plot.axisX(x.ticks, {
        label: null,
        tickSize: categories.length > 0 ? 0 : 4,
        stroke: INK.soft,
        fill: INK.soft,
        fontSize: 11,
        tickFormat: (tick: number) => (categories.length > 0 ? (categories[tick] ?? "") : tickLabel(tick)),
      }),
      Plot.axisY(y.ticks, { label: null, tickSize: 0, fill: INK.soft, fontSize: 11, tickFormat: tickLabel }),
      Plot.ruleY([y.domain[0]], { stroke: INK.soft }),
      ...panelMarks(panel, setting),
      ...labels(panel, marginLeft),
    ],
  };
}

function heatmapPlot(panel: Panel, mark: Extract<Panel["marks"][number], { kind: "heatmap" }>, frame: PanelFrame): Plot.PlotOptions {
  const columns = [...new Set(mark.cells.map((cell) => cell.column))];
  const rows = [...new Set(mark.cells.map((cell) => cell.row))];
  const marginLeft = leftMargin(rows);
  const dense = columns.length > 12 || rows.length > 12;
  const range = extent(mark.cells.map((cell) => cell.value).filter(Number.isFinite));
  return {
    ...base(frame, marginLeft),
    ...(dense ? { marginBottom: MARGIN.bottom + 40 } : {}),
    x: { type: "band", domain: columns, label: null, padding: 0 },
    y: { type: "band", domain: rows, label: null, padding: 0 },
    color: { type: "identity" },
    marks: [
      Plot.axisX({ label: null, tickSize: 0, fill: INK.soft, fontSize: 11, ...(dense ? { tickRotate: -60 } : {}) }),
      Plot.axisY({ label: null, tickSize: 0, fill: INK.soft, fontSize: 11 }),
      ...heatmapMarks(mark, range, dense),
      ...labels(panel, marginLeft),
    ],
  };
}

function base(frame: PanelFrame, marginLeft: number): Plot.PlotOptions {
  return {
    width: frame.width,
    height: frame.height,
    className: "panel",
    marginTop: MARGIN.top,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    marginLeft,
    style: { fontFamily: "inherit", color: INK.text, overflow: "visible" },
  };
}

/** Axis labels: the vertical one lies above its axis, where it reads without turning the head. */
function labels(panel: Panel, marginLeft: number): Plot.Markish[] {
  const text = { fill: INK.text, fontSize: 12, lineAnchor: "bottom" } as const;
  return [
    Plot.text([panel.x.label], { frameAnchor: "bottom", dy: MARGIN.bottom - 4, text: (label) => label, ...text }),
    Plot.text([panel.y.label], {
      frameAnchor: "top-left",
      dy: -10,
      dx: 8 - marginLeft,
      text: (label) => label,
      textAnchor: "start",
      ...text,
    }),
  ];
}
