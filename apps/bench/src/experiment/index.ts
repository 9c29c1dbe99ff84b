export { type Claim, type Judgement, judged, notRun, type Provenance, type Results, showNumber, type Verdict } from "./claim.ts";
export {
  type Cell,
  type DataName,
  defineExperiment,
  type Experiment,
  type ExperimentDefinition,
  eachSeed,
  grid,
  type RecordPlace,
  type RunContext,
} from "./experiment.ts";
export type {
  ArrowMark,
  Axis,
  BarMark,
  DotMark,
  Figure,
  FigureSpec,
  HeatmapMark,
  HistogramMark,
  LineMark,
  Mark,
  Panel,
  Point,
  ReferenceMark,
  SpreadPoint,
  Table,
  TableSpec,
} from "./figure.ts";
export {
  numberListOption,
  type Parameter,
  type ParameterValue,
  type ParameterValues,
  parameter,
  SCALES,
  type Scale,
  wordListOption,
} from "./parameter.ts";
export { finalRows, groupRows, type MetricRow, pick, type RowFilter, valuesOf } from "./rows.ts";
export { type CurvePoint, curveOf, type Summary, summarize } from "./statistics.ts";
