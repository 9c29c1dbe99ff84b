import { integerOption } from "@attnlab/check";
import { type Cell, defineExperiment, numberListOption, parameter } from "../../src/experiment/index.ts";
import { MIRROR_DESCENT_PAPER } from "./paper.ts";
import { REGULARIZATION_PATH_CLAIMS, radiiOf } from "./regularization-path-claims.ts";
import { REGULARIZATION_PATH_FIGURES, REGULARIZATION_PATH_TABLES } from "./regularization-path-figures.ts";
import { type PathCell, runPath } from "./regularization-path-run.ts";

export const experiment = defineExperiment({
  id: "mirror-descent/regularization-path",
  title: "The regularization path and the attention SVM",
  paper: MIRROR_DESCENT_PAPER,
  summary:
    "Minimises the loss over all W of l_p norm at most R, for growing R, by a quasi-Newton method on directions, from random ones and from the minima of " +
    "the radius before. No descent dynamics are involved: look at how the minimiser itself turns to the SVM of the optimal tokens.",
  parameters: {
    p: parameter(numberListOption({ doc: "Exponents of the norm.", above: 1 }), [1.75, 2, 3]),
    radii: parameter(numberListOption({ doc: "Radii of the balls; taken in ascending order.", above: 0 }), [1, 3, 10, 30, 60, 100]),
    starts: parameter(integerOption({ doc: "Random directions to start from.", min: 1, max: 1000 }), 8),
  },
  seeds: { quick: 1, full: 5 },
  cells: ({ p: exponents, radii, starts }, seeds): Cell<PathCell>[] =>
    exponents.flatMap((p) => seeds.map((seed) => ({ params: { p, radii: radiiOf({ params: { radii } }), starts }, seeds: [seed] }))),
  run: runPath,
  claims: REGULARIZATION_PATH_CLAIMS,
  figures: REGULARIZATION_PATH_FIGURES,
  tables: REGULARIZATION_PATH_TABLES,
});
