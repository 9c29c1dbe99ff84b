import { type Claim, defineExperiment, judged } from "../../src/experiment/index.ts";
import { belowClaim } from "./curve-claims.ts";
import { curvesFigure, curvesTable, seenAndFresh } from "./curve-figure.ts";
import { curveParameters } from "./curve-parameters.ts";
import { largestGap, meanCurve, showCurve } from "./curve-rows.ts";
import { curveCells, type PanelPlan, runCurve } from "./curve-run.ts";
import { MEMFORMER_PAPER } from "./paper.ts";

const MODELS = {
  "1 head": { kind: "small-batch", weights: "scalar" },
  "5 heads": { kind: "small-batch", weights: "scalar", numHeads: 5 },
} as const;

const PANELS: Readonly<Record<string, PanelPlan>> = {
  "5": { title: "ten prompts", covariates: "noniso", models: MODELS, baselines: { CGD: { method: "conjugate-gradient" } } },
  "5, 1000 prompts": { title: "", covariates: "noniso", batch: 1000, models: MODELS, baselines: {} },
};

const largeBatch: Claim = {
  id: "F5-redundant",
  statement: "With 1000 prompts, five heads are as good as one: without a transform of the covariates their sum is one head.",
  where: "spec, section 4, statement 7",
  provenance: "derived",
  expected: "0",
  measure: "Largest difference over depths of the mean log loss on fresh prompts between one and five heads.",
  rule: "difference ≤ 0.05",
  judge: (results) => {
    const [one, five] = ["1 head", "5 heads"].map((series) => meanCurve(results, { panel: "5, 1000 prompts", series }));
    const gap = largestGap(one as number[], five as number[]);
    return judged(gap <= 0.05, showCurve([gap]));
  },
};

export const experiment = defineExperiment({
  id: "memformers/figure-5",
  title: "One head and five heads on ten prompts",
  paper: MEMFORMER_PAPER,
  summary:
    "Fits the scalar Memformer with one and with five heads for 200 steps to ten prompts and scores it on them, as the released code does, and on fresh " +
    "prompts; then the same with 1000 prompts. Heads whose outputs are summed before the memory are one head with the sum of their numbers.",
  parameters: curveParameters({ pretrainSteps: 10, trainSteps: 200, batch: 10, testPrompts: 4000 }),
  seeds: { quick: 4, full: 20 },
  cells: (params, seeds) => curveCells(PANELS, params, seeds),
  run: (context) => runCurve(PANELS, context),
  claims: [
    belowClaim({
      id: "F5-heads",
      statement: "After 200 steps on ten prompts, five heads are lower than one for three layers and more.",
      where: "Figure 5",
      panel: "5",
      lower: "5 heads",
      upper: "1 head",
      depths: [3, 4],
      metric: "train",
      fullOnly: true,
      note: "Five summed numbers move five times as fast: a matter of speed, not of what can be computed.",
    }),
    belowClaim({
      id: "F5-heads-fresh",
      statement: "On fresh prompts, too, five heads are lower than one for three layers and more.",
      where: "section 4.4, which calls the curves test loss",
      panel: "5",
      lower: "5 heads",
      upper: "1 head",
      depths: [3, 4],
      fullOnly: true,
      note: "The released code scores the prompts of the fit.",
    }),
    belowClaim({
      id: "F5-cgd",
      statement: "With five heads the Memformer is lower than conjugate gradients on the training prompts for two layers and more.",
      where: "Figure 5b",
      panel: "5",
      lower: "5 heads",
      upper: "CGD",
      depths: [2, 3, 4],
      metric: "train",
      fullOnly: true,
      note: "As in Figure 4b, the published curve of conjugate gradients is of one unlucky draw.",
    }),
    largeBatch,
  ],
  figures: [
    curvesFigure({
      caption:
        "Mean over draws and one standard deviation. Left: the ten prompts of the fit, with the published curves of one draw (dashed). Right: the same models " +
        "on fresh prompts.",
      source: "Figure 5",
      panels: seenAndFresh("5", PANELS["5"] as PanelPlan),
    }),
  ],
  tables: [curvesTable(PANELS, { average: "draws" })],
});
