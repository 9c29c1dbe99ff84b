import type { Results } from "./claim.ts";
import type { ParameterValues } from "./parameter.ts";

/** One axis of a panel. Category axes (bars, heat maps) take their places from the marks. */
export interface Axis {
  /** What is drawn, with its unit in brackets where it has one: `"time (ms)"`. */
  readonly label: string;
  /** Default `"linear"`. A logarithmic axis drops values that are not positive. */
  readonly scale?: "linear" | "log";
  /** Ends of the axis; default: the range of the data, from 0 for bars and histograms. */
  readonly domain?: readonly [number, number];
}

/** A position in data units. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A position with an interval around `y`. */
export interface SpreadPoint extends Point {
  readonly low?: number;
  readonly high?: number;
}

/** Joined points; where `low` and `high` are given they become a band behind the line. */
export interface LineMark {
  readonly kind: "line";
  readonly series: string;
  readonly points: readonly SpreadPoint[];
  readonly dashed?: boolean;
}

/** Separate points; `low` and `high` become an error bar. */
export interface DotMark {
  readonly kind: "dots";
  readonly series: string;
  readonly points: readonly SpreadPoint[];
}

/** A straight arrow, for directions of travel and for the direction of a solved SVM. */
export interface ArrowMark {
  readonly kind: "arrow";
  readonly series: string;
  readonly from: Point;
  readonly to: Point;
  readonly dashed?: boolean;
}

/** One bar per category; several bar marks in a panel stand side by side. */
export interface BarMark {
  readonly kind: "bars";
  readonly series: string;
  readonly bars: readonly { readonly category: string; readonly y: number; readonly low?: number; readonly high?: number }[];
}

/** Counts between edges: `edges.length` is `counts.length + 1`. */
export interface HistogramMark {
  readonly kind: "histogram";
  readonly series: string;
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** A table of coloured cells with their numbers; it fills its panel alone. */
export interface HeatmapMark {
  readonly kind: "heatmap";
  readonly cells: readonly { readonly column: string; readonly row: string; readonly value: number }[];
  /** Significant digits printed in each cell; 0 prints none. Default 2. */
  readonly digits?: number;
}

/** A labelled straight line across the panel: the paper's value, a bound, a limit. Give `x` or `y`. */
export interface ReferenceMark {
  readonly kind: "reference";
  readonly label: string;
  readonly x?: number;
  readonly y?: number;
}

/** What a panel can show. */
export type Mark = LineMark | DotMark | ArrowMark | BarMark | HistogramMark | HeatmapMark | ReferenceMark;

/** One coordinate system. */
export interface Panel {
  readonly title?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Mark[];
  /** One unit is as long on x as on y, for trajectories in weight space. */
  readonly equalScale?: boolean;
}

/** A drawing as data. A series has one colour in all panels, in order of first appearance. */
export interface FigureSpec {
  readonly panels: readonly Panel[];
  /** Panels side by side before a new line starts; default: up to three. */
  readonly columns?: number;
}

/** One figure of an experiment. */
export interface Figure<P extends ParameterValues = ParameterValues, C extends ParameterValues = ParameterValues> {
  /** Unique within the experiment; the file is named after it. */
  readonly id: string;
  readonly title: string;
  /** What to see in it, in one or two sentences; also the text alternative of the picture. */
  readonly caption: string;
  /** The figure of the paper it reproduces, for example `"Figure 4"`. */
  readonly source?: string;
  /** A pure function of stored rows. */
  draw(results: Results<P, C>): FigureSpec;
}

/** A table of an experiment: numbers are printed by `showNumber`, words as they are. */
export interface TableSpec {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** One table of an experiment. */
export interface Table<P extends ParameterValues = ParameterValues, C extends ParameterValues = ParameterValues> {
  readonly id: string;
  readonly title: string;
  readonly caption?: string;
  /** A pure function of stored rows. */
  build(results: Results<P, C>): TableSpec;
}
