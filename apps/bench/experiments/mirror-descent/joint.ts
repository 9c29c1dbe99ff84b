import { type Cell, defineExperiment, numberListOption, parameter, wordListOption } from "../../src/experiment/index.ts";
import { JOINT_CLAIMS } from "./joint-claims.ts";
import { JOINT_FIGURES, JOINT_TABLES } from "./joint-figures.ts";
import { type JointCell, runJoint } from "./joint-run.ts";
import { MIRROR_DESCENT_PAPER } from "./paper.ts";

export const experiment = defineExperiment({
  id: "mirror-descent/joint",
  title: "Attention and head trained together",
  paper: MIRROR_DESCENT_PAPER,
  summary:
    "Trains W and v together on the published data set of two samples, from zero, each gradient normalised by its own dual norm. W should turn to the " +
    "attention SVM of the tokens it selects, v to the SVM that separates these tokens by their labels. Both scales are complete.",
  parameters: {
    p: parameter(numberListOption({ doc: "Exponents of the potential.", above: 1 }), [1.75, 2, 3]),
    modes: parameter(wordListOption(["stable", "authors"], { doc: "Arithmetic of gradient and update." }), ["authors", "stable"]),
  },
  seeds: { quick: 1, full: 1 },
  cells: ({ p: exponents, modes }, seeds): Cell<JointCell>[] =>
    // Nothing is drawn, so one seed says everything.
    modes.flatMap((mode) => exponents.map((p) => ({ params: { p, mode }, seeds: seeds.slice(0, 1) }))),
  run: runJoint,
  claims: JOINT_CLAIMS,
  figures: JOINT_FIGURES,
  tables: JOINT_TABLES,
});
