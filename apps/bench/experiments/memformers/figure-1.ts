import { defineExperiment } from "../../src/experiment/index.ts";
import { baselineClaim, belowClaim, overfitClaim, reproducesClaim, timeClaim } from "./curve-claims.ts";
import { curvePanels, curvesFigure, curvesTable } from "./curve-figure.ts";
import { curveParameters } from "./curve-parameters.ts";
import { curveCells, type PanelPlan, runCurve } from "./curve-run.ts";
import { MEMFORMER_PAPER } from "./paper.ts";

const PANELS: Readonly<Record<string, PanelPlan>> = {
  "1a": {
    title: "one number per layer",
    covariates: "noniso",
    models: { transformer: { kind: "transformer", weights: "scalar" }, Memformer: { kind: "cgd", weights: "scalar" } },
    baselines: { CGD: { method: "conjugate-gradient" } },
  },
  "1b": {
    title: "a matrix per layer",
    covariates: "noniso",
    models: { transformer: { kind: "transformer", weights: "full" }, Memformer: { kind: "cgd", weights: "full" } },
    baselines: { CGD: { method: "conjugate-gradient" } },
  },
};

export const experiment = defineExperiment({
  id: "memformers/figure-1",
  title: "CGD-like Memformer against transformer and conjugate gradients",
  paper: MEMFORMER_PAPER,
  summary:
    "Trains a linear transformer and the Memformer with one register by the released protocol (10 steps without memory, then 1000 steps on one " +
    "fixed batch) on prompts with anisotropic covariates, and scores both, and conjugate gradients on each prompt, on fresh prompts. " +
    "Conjugate gradients see the prompt's own Hessian; the models have one set of weights for all prompts.",
  parameters: curveParameters({ pretrainSteps: 10, trainSteps: 1000, batch: 1000 }),
  seeds: { quick: 1, full: 5 },
  cells: (params, seeds) => curveCells(PANELS, params, seeds),
  run: (context) => runCurve(PANELS, context),
  claims: [
    belowClaim({
      id: "F1a-memory",
      statement: "With one number per layer, memory lowers the loss of a deep transformer.",
      where: "Figure 1a",
      panel: "1a",
      lower: "Memformer",
      upper: "transformer",
      depths: [3, 4],
    }),
    belowClaim({
      id: "F1a-cgd",
      statement: "With one number per layer, conjugate gradients are lower than the Memformer at every depth.",
      where: "Figure 1a",
      panel: "1a",
      lower: "CGD",
      upper: "Memformer",
      depths: [1, 2, 3, 4],
    }),
    belowClaim({
      id: "F1b-memory",
      statement: "With a matrix per layer, memory lowers the loss for two layers and more.",
      where: "Figure 1b",
      panel: "1b",
      lower: "Memformer",
      upper: "transformer",
      depths: [2, 3, 4],
      note: "After 1000 steps; memformers/converged shows what is left of it when both are trained to the end.",
    }),
    belowClaim({
      id: "F1b-cgd",
      statement: "With a matrix per layer, the Memformer is lower than conjugate gradients at every depth.",
      where: "section 4.1, Figure 1b",
      panel: "1b",
      lower: "Memformer",
      upper: "CGD",
      depths: [1, 2, 3, 4],
      note: "A matrix learns the inverse covariance that all prompts share, which conjugate gradients are not told.",
    }),
    reproducesClaim({
      id: "F1a-rerun",
      panels: ["1a"],
      series: ["transformer", "Memformer"],
      reference: "rerun",
      within: 0.08,
      withinAtFour: 0.08,
    }),
    reproducesClaim({
      id: "F1b-rerun",
      panels: ["1b"],
      series: ["transformer", "Memformer"],
      reference: "rerun",
      within: 0.1,
      withinAtFour: 0.5,
    }),
    reproducesClaim({
      id: "F1a-plot",
      panels: ["1a"],
      series: ["transformer", "Memformer"],
      reference: "published",
      within: 0.1,
      withinAtFour: 0.15,
    }),
    reproducesClaim({
      id: "F1b-plot",
      panels: ["1b"],
      series: ["transformer", "Memformer"],
      reference: "published",
      within: 0.1,
      withinAtFour: 0.5,
      note: "The published points are scored on one batch of 1000 prompts per seed, with other rotations and other first weights than ours.",
    }),
    baselineClaim({ id: "F1-cgd", panel: "1a", series: "CGD", metric: "test", bands: [0.04, 0.04, 0.04, 0.04] }),
    overfitClaim({ id: "F1b-overfit", panel: "1b", series: "Memformer", least: 0.5 }),
    timeClaim({ id: "F1-time", figure: 1, seconds: 180 }),
  ],
  figures: [
    curvesFigure({
      caption:
        "Mean over seeds and one standard deviation, on fresh prompts; dashed: read off the published plots. Left, all methods step along the plain " +
        "gradient and conjugate gradients win; right, the models learn the covariance and pass them.",
      source: "Figure 1",
      panels: curvePanels(PANELS),
    }),
  ],
  tables: [curvesTable(PANELS)],
});
