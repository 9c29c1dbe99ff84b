import { type Cell, defineExperiment, numberListOption, parameter, wordListOption } from "../../src/experiment/index.ts";
import { LOCALITY_CLAIMS } from "./locality-claims.ts";
import { LOCALITY_FIGURES, LOCALITY_TABLES } from "./locality-figures.ts";
import { type LocalityCell, runLocality } from "./locality-run.ts";
import { MIRROR_DESCENT_PAPER } from "./paper.ts";

export const experiment = defineExperiment({
  id: "mirror-descent/locality",
  title: "Training that starts near an SVM direction",
  paper: MIRROR_DESCENT_PAPER,
  summary:
    "Starts W with a large norm close to the SVM direction of a token selection: the optimal one, or the optimal one with one token replaced. Per data set " +
    "one replacement of each class is taken, the first locally optimal and the first other one in an order drawn from the seed. Look at which runs keep " +
    "their tokens, and at how well the gradient is aligned with the SVM direction. All runs with one exponent are one program.",
  parameters: {
    p: parameter(numberListOption({ doc: "Exponents of the potential.", above: 1 }), [1.75, 2, 3]),
    starts: parameter(
      wordListOption(["near", "far"], {
        doc: "Starts: norm 20 with 5% noise, or 30 times the SVM's norm with .5% and three times the steps.",
      }),
      { quick: ["near"], full: ["near", "far"] },
    ),
  },
  seeds: { quick: 15, full: 15 },
  cells: ({ p: exponents, starts }, seeds): Cell<LocalityCell>[] =>
    starts.flatMap((start) => exponents.map((p) => ({ params: { p, start }, seeds }))),
  run: runLocality,
  claims: LOCALITY_CLAIMS,
  figures: LOCALITY_FIGURES,
  tables: LOCALITY_TABLES,
});
