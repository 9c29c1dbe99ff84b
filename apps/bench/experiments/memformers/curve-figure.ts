import {
  type Figure,
  type LineMark,
  type Mark,
  type Panel,
  type Results,
  summarize,
  type Table,
  type TableSpec,
} from "../../src/experiment/index.ts";
import { type CurveMetric, meanCurve, seedLosses } from "./curve-rows.ts";
import type { PanelPlan } from "./curve-run.ts";
import { DEPTHS } from "./paper.ts";
import { KNOWN_CURVES } from "./published-values.ts";

interface PanelOptions {
  /** Default `"test"`: the loss on fresh prompts. */
  readonly metric?: CurveMetric;
  /** Default `true`. */
  readonly withPublished?: boolean;
}

type DrawPanels = (results: Results) => Panel[];

/** The figure of an experiment after the released protocol. */
export function curvesFigure({ panels, ...about }: Pick<Figure, "caption" | "source"> & { readonly panels: DrawPanels }): Figure {
  return { id: "curves", title: "Log loss by depth", ...about, draw: (results) => ({ panels: panels(results), columns: 2 }) };
}

/** All panels of a figure alike. */
export function curvePanels(panels: Readonly<Record<string, PanelPlan>>, options?: PanelOptions): DrawPanels {
  return (results) => Object.entries(panels).map(([panel, plan]) => curvePanel(results, panel, plan, options));
}

/** One panel twice: on the prompts of the fit with the published curves, and on fresh ones. */
export function seenAndFresh(panel: string, plan: PanelPlan): DrawPanels {
  return (results) => [curvePanel(results, panel, plan, { metric: "train" }), curvePanel(results, panel, plan, { withPublished: false })];
}

/** The table of an experiment after the released protocol. */
export function curvesTable(
  panels: Readonly<Record<string, PanelPlan>>,
  { average = "seeds", remark = "" }: { readonly average?: "seeds" | "draws"; readonly remark?: string } = {},
): Table {
  const caption = `Means over ${average} of the log of the mean squared error.${remark}`;
  return { id: "curves", title: "Log loss by depth", caption, build: (results) => curveTable(results, panels) };
}

/** One panel: our curves with the spread over seeds, and the published ones dashed. */
export function curvePanel(
  results: Results,
  panel: string,
  { title, models, baselines }: PanelPlan,
  { metric = "test", withPublished = true }: PanelOptions = {},
): Panel {
  const names = [...Object.keys(models), ...Object.keys(baselines)];
  const line = (series: string): LineMark => ({
    kind: "line",
    series,
    points: DEPTHS.map((layers) => {
      const { mean, deviation } = summarize(seedLosses(results, { panel, series, metric }, layers));
      return { x: layers, y: mean, low: mean - deviation, high: mean + deviation };
    }),
  });
  const published = (series: string): LineMark[] => {
    const curve = withPublished ? KNOWN_CURVES[panel]?.[series]?.published : undefined;
    if (curve === undefined) return [];
    return [
      {
        kind: "line",
        series,
        dashed: true,
        points: DEPTHS.map((layers, i) => ({ x: layers, y: curve[i] as number })),
      },
    ];
  };
  const marks: Mark[] = [...names.map(line), ...names.flatMap(published)];
  return {
    title: `${panel}: ${title}${metric === "train" ? ", training prompts" : ""}`,
    x: { label: "layers" },
    y: { label: "log of mean squared error" },
    marks,
  };
}

/** Every curve beside what is known of it. */
function curveTable(results: Results, panels: Readonly<Record<string, PanelPlan>>): TableSpec {
  const rows = Object.entries(panels).flatMap(([panel, { models, baselines }]) =>
    [...Object.keys(models), ...Object.keys(baselines)].flatMap((series) => {
      const of = (metric: "test" | "train" | "test19", what: string): (readonly (string | number)[])[] => {
        const curve = meanCurve(results, { panel, series, metric });
        return curve.every(Number.isNaN) ? [] : [[panel, series, what, ...curve]];
      };
      const { published, rerun } = KNOWN_CURVES[panel]?.[series] ?? {};
      return [
        ...of("test", "fresh prompts"),
        ...of("test19", "fresh prompts, 19 examples"),
        ...of("train", "the training batch"),
        ...(published === undefined ? [] : [[panel, series, "published plot", ...published]]),
        ...(rerun === undefined ? [] : [[panel, series, "independent rerun", ...rerun]]),
      ];
    }),
  );
  return { columns: ["panel", "curve", "where from", ...DEPTHS.map((layers) => `L = ${layers}`)], rows };
}
