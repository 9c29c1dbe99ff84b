import { defineExperiment } from "../../src/experiment/index.ts";
import { baselineClaim, belowClaim, overfitClaim, reproducesClaim, timeClaim } from "./curve-claims.ts";
import { curvePanels, curvesFigure, curvesTable } from "./curve-figure.ts";
import { curveParameters } from "./curve-parameters.ts";
import { curveCells, type PanelPlan, runCurve } from "./curve-run.ts";
import { MEMFORMER_PAPER } from "./paper.ts";

const MODELS = {
  transformer: { kind: "transformer", weights: "full" },
  Memformer: { kind: "lfom-shared", weights: "full" },
} as const;

const PANELS: Readonly<Record<string, PanelPlan>> = {
  "2a": { title: "anisotropic covariates", covariates: "noniso", models: MODELS, baselines: { CGD: { method: "conjugate-gradient" } } },
  "2b": { title: "isotropic covariates", covariates: "iso", models: MODELS, baselines: { CGD: { method: "conjugate-gradient" } } },
};

export const experiment = defineExperiment({
  id: "memformers/figure-2",
  title: "LFOM Memformer with shared gates",
  paper: MEMFORMER_PAPER,
  summary:
    "Trains the Memformer that keeps all past registers, with one gate matrix per register shared by all layers, and the linear transformer, by the " +
    "released protocol, on anisotropic and isotropic covariates; all are scored on fresh prompts beside conjugate gradients.",
  parameters: curveParameters({ pretrainSteps: 10, trainSteps: 1000, batch: 1000 }),
  seeds: { quick: 1, full: 5 },
  cells: (params, seeds) => curveCells(PANELS, params, seeds),
  run: (context) => runCurve(PANELS, context),
  claims: [
    belowClaim({
      id: "F2a-memory",
      statement: "With gates, memory lowers the loss for two layers and more.",
      where: "Figure 2a",
      panel: "2a",
      lower: "Memformer",
      upper: "transformer",
      depths: [2, 3, 4],
      note: "After 1000 steps; memformers/converged shows what is left of it when both are trained to the end.",
    }),
    belowClaim({
      id: "F2a-cgd",
      statement: "The Memformer with gates is lower than conjugate gradients at every depth.",
      where: "section 4.2, Figure 2a",
      panel: "2a",
      lower: "Memformer",
      upper: "CGD",
      depths: [1, 2, 3, 4],
      note: "A matrix learns the inverse covariance that all prompts share, which conjugate gradients are not told.",
    }),
    belowClaim({
      id: "F2b-cgd",
      statement: "On isotropic covariates conjugate gradients are lower than the Memformer at every depth.",
      where: "Figure 2b",
      panel: "2b",
      lower: "CGD",
      upper: "Memformer",
      depths: [1, 2, 3, 4],
    }),
    reproducesClaim({
      id: "F2a-rerun",
      panels: ["2a"],
      series: ["transformer", "Memformer"],
      reference: "rerun",
      within: 0.1,
      withinAtFour: 0.5,
    }),
    reproducesClaim({
      id: "F2b-rerun",
      panels: ["2b"],
      series: ["transformer", "Memformer"],
      reference: "rerun",
      within: 0.1,
      withinAtFour: 0.5,
    }),
    reproducesClaim({
      id: "F2a-plot",
      panels: ["2a"],
      series: ["transformer", "Memformer"],
      reference: "published",
      within: 0.1,
      withinAtFour: 0.5,
      note: "The published points are scored on one batch of 1000 prompts per seed, with other rotations and other first weights than ours.",
    }),
    reproducesClaim({
      id: "F2b-plot",
      panels: ["2b"],
      series: ["transformer", "Memformer"],
      reference: "published",
      within: 0.1,
      withinAtFour: 0.5,
      note: "The published points are scored on one batch of 1000 prompts per seed, with other first weights than ours.",
    }),
    baselineClaim({ id: "F2b-cgd-value", panel: "2b", series: "CGD", metric: "test", bands: [0.04, 0.04, 0.04, 0.08] }),
    overfitClaim({ id: "F2b-overfit", panel: "2b", series: "Memformer", least: 0.5 }),
    timeClaim({ id: "F2-time", figure: 2, seconds: 180 }),
  ],
  figures: [
    curvesFigure({
      caption:
        "Mean over seeds and one standard deviation, on fresh prompts; dashed: read off the published plots. Where there is a covariance to learn the " +
        "models pass conjugate gradients; where there is none, conjugate gradients win.",
      source: "Figure 2",
      panels: curvePanels(PANELS),
    }),
  ],
  tables: [curvesTable(PANELS)],
});
