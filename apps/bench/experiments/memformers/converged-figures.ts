import { curveOf, type Figure, type LineMark, type Panel, pick, type Results, summarize, type Table } from "../../src/experiment/index.ts";
import { type ConvergedSeries, freshCurve, freshLosses, optimumOfMoments } from "./converged-rows.ts";
import { CGD, FAMILIES, OPTIMUM } from "./converged-run.ts";
import { KNOWN_OPTIMUM } from "./fixed-polynomial.ts";
import { FRESH_MODELS, type FreshModel } from "./fresh-training.ts";
import { type Covariates, DEPTHS } from "./paper.ts";

const FULL = ["transformer", "CGD-like", "LFOM, shared gates", "LFOM, residual"] as const satisfies readonly FreshModel[];
const TITLES: Readonly<Record<Covariates, string>> = { noniso: "anisotropic", iso: "isotropic" };

function endPanel(results: Results, part: Covariates): Panel {
  const line = (series: ConvergedSeries, dashed: boolean): LineMark => ({
    kind: "line",
    series,
    dashed,
    points: DEPTHS.map((layers) => {
      const { mean, deviation } = summarize(freshLosses(results, part, series, layers));
      return { x: layers, y: mean, low: mean - deviation, high: mean + deviation };
    }),
  });
  return {
    title: `${TITLES[part]} prompts, at the end`,
    x: { label: "layers" },
    y: { label: "log of mean squared error" },
    marks: [...FULL.map((series) => line(series, false)), line(CGD, false), line(OPTIMUM, true)],
  };
}

function pathPanel({ rows }: Results, part: Covariates): Panel {
  return {
    title: `${TITLES[part]} prompts, four layers`,
    x: { label: "step", scale: "log" },
    y: { label: "log of mean squared error" },
    marks: [
      ...FULL.map(
        (series): LineMark => ({
          kind: "line",
          series,
          points: curveOf(pick(rows, { params: { part }, series: `${series} L4`, metric: "training" })),
        }),
      ),
      { kind: "reference", label: OPTIMUM, y: KNOWN_OPTIMUM.full.log[3] as number },
    ],
  };
}

export const CONVERGED_FIGURES: readonly Figure[] = [
  {
    id: "converged",
    title: "Trained to the end on fresh prompts",
    caption:
      "Mean over seeds and one standard deviation, on prompts never seen. With and without memory the models end on one curve, that of the optimal fixed " +
      "polynomial: above conjugate gradients where there is nothing to learn, below where the covariance is learned.",
    draw: (results) => ({ panels: [endPanel(results, "noniso"), endPanel(results, "iso")], columns: 2 }),
  },
  {
    id: "speed",
    title: "The way there",
    caption:
      "Loss on each step's new prompts, averaged over 100 steps and over seeds. Memory is faster on both kinds of prompts, and ends at the same value.",
    draw: (results) => ({ panels: [pathPanel(results, "noniso"), pathPanel(results, "iso")], columns: 2 }),
  },
];

export const CONVERGED_TABLES: readonly Table[] = [
  {
    id: "losses",
    title: "Log loss on fresh prompts at the end of training",
    caption: "Means over seeds; all rows of a kind of prompts are scored on the same ones.",
    build: (results) => ({
      columns: ["prompts", "model", ...DEPTHS.map((layers) => `L = ${layers}`)],
      rows: (["noniso", "iso"] as const).flatMap((part) =>
        ([...(Object.keys(FRESH_MODELS) as FreshModel[]), OPTIMUM, CGD] as const).map((series) => [
          TITLES[part],
          series,
          ...freshCurve(results, part, series),
        ]),
      ),
    }),
  },
  {
    id: "optimum",
    title: "Optimal fixed polynomials from the moments",
    caption: "Log loss and step sizes, by our Monte Carlo and by the specification (6 million samples).",
    build: (results) => ({
      columns: ["family", "L", "log loss", "specification", "steps", "specification"],
      rows: FAMILIES.flatMap((family) =>
        optimumOfMoments(results, family).map(({ loss, steps }, i) => [
          family,
          i + 1,
          Math.log(loss),
          KNOWN_OPTIMUM[family].log[i] as number,
          steps.map((a) => a.toFixed(3)).join(" "),
          (KNOWN_OPTIMUM[family].steps[i] as readonly number[]).join(" "),
        ]),
      ),
    }),
  },
];
