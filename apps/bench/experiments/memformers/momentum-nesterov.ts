import { defineExperiment } from "../../src/experiment/index.ts";
import { baselineClaim, belowClaim, reproducesClaim } from "./curve-claims.ts";
import { curvePanels, curvesFigure, curvesTable } from "./curve-figure.ts";
import { curveParameters } from "./curve-parameters.ts";
import { curveCells, type PanelPlan, runCurve } from "./curve-run.ts";
import { MEMFORMER_PAPER } from "./paper.ts";

const PANELS: Readonly<Record<string, PanelPlan>> = {
  momentum: {
    title: "against momentum methods",
    covariates: "noniso",
    models: { transformer: { kind: "transformer", weights: "full" }, Memformer: { kind: "lfom-residual", weights: "full" } },
    baselines: {
      momentum: { method: "momentum", learningRate: 0.005, momentum: 0.9 },
      Nesterov: { method: "nesterov", learningRate: 0.03, momentum: 0.9 },
      "momentum, best steps": { method: "momentum", tuned: true },
      "Nesterov, best steps": { method: "nesterov", tuned: true },
    },
  },
};

export const experiment = defineExperiment({
  id: "memformers/momentum-nesterov",
  title: "LFOM Memformer against momentum and Nesterov's method",
  paper: MEMFORMER_PAPER,
  summary:
    "Trains the Memformer whose layers add their own register and all past ones by gates, and the linear transformer, by the released protocol, and runs " +
    "momentum gradient descent and Nesterov's method on every prompt: with the released steps, and with the best of a grid at every depth.",
  parameters: curveParameters({ pretrainSteps: 10, trainSteps: 1000, batch: 1000 }),
  seeds: { quick: 1, full: 5 },
  cells: (params, seeds) => curveCells(PANELS, params, seeds),
  run: (context) => runCurve(PANELS, context),
  claims: [
    belowClaim({
      id: "FM-momentum",
      statement: "The Memformer is lower than momentum gradient descent at every depth.",
      where: "appendix, comparison with momentum",
      panel: "momentum",
      lower: "Memformer",
      upper: "momentum",
      depths: [1, 2, 3, 4],
      note: "The released step is far from the best for four steps.",
    }),
    belowClaim({
      id: "FM-nesterov",
      statement: "The Memformer is lower than Nesterov's method at every depth.",
      where: "appendix, comparison with Nesterov",
      panel: "momentum",
      lower: "Memformer",
      upper: "Nesterov",
      depths: [1, 2, 3, 4],
      note: "The released step is close to the best of the grid; it is the scalar step that limits the method.",
    }),
    belowClaim({
      id: "FM-tuned",
      statement: "The Memformer is lower than momentum with the best step and momentum of a grid for each depth.",
      where: "our check of the comparison",
      provenance: "ours",
      panel: "momentum",
      lower: "Memformer",
      upper: "momentum, best steps",
      depths: [1, 2, 3, 4],
      note: "A scalar step cannot undo the covariance that the Memformer's matrices have learned.",
    }),
    belowClaim({
      id: "FM-tuned-nesterov",
      statement: "The Memformer is lower than Nesterov's method with the best step and momentum of a grid for each depth.",
      where: "our check of the comparison",
      provenance: "ours",
      panel: "momentum",
      lower: "Memformer",
      upper: "Nesterov, best steps",
      depths: [1, 2, 3, 4],
      note: "A scalar step cannot undo the covariance that the Memformer's matrices have learned.",
    }),
    baselineClaim({ id: "FM-momentum-value", panel: "momentum", series: "momentum", metric: "test19", bands: [0.04, 0.04, 0.04, 0.04] }),
    baselineClaim({ id: "FM-nesterov-value", panel: "momentum", series: "Nesterov", metric: "test19", bands: [0.04, 0.04, 0.04, 0.04] }),
    reproducesClaim({
      id: "FM-rerun",
      panels: ["momentum"],
      series: ["transformer", "Memformer"],
      reference: "rerun",
      within: 0.1,
      withinAtFour: 0.5,
    }),
  ],
  figures: [
    curvesFigure({
      caption:
        "Mean over seeds and one standard deviation, on fresh prompts; dashed: read off the published plots, where the Memformer is scored on its " +
        "training prompts. The best steps take momentum down to what scalar steps can do at all (−0.14 at L = 4); the rest is the covariance, which the models learn.",
      source: "appendix",
      panels: curvePanels(PANELS),
    }),
  ],
  tables: [curvesTable(PANELS)],
});
