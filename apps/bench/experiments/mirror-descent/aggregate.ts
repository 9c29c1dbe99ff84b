import { booleanOption } from "@attnlab/check";
import { type Cell, defineExperiment, numberListOption, parameter, wordListOption } from "../../src/experiment/index.ts";
import { AGGREGATE_CLAIMS } from "./aggregate-claims.ts";
import { AGGREGATE_FIGURES } from "./aggregate-figures.ts";
import { type AggregateCell, runAggregate } from "./aggregate-run.ts";
import { AGGREGATE_TABLES } from "./aggregate-tables.ts";
import { MIRROR_DESCENT_PAPER } from "./paper.ts";

export const experiment = defineExperiment({
  id: "mirror-descent/aggregate",
  title: "Convergence to the attention SVM over many data sets",
  paper: MIRROR_DESCENT_PAPER,
  summary:
    "Trains W with normalised steps on the published data sets of seeds 1, 2, … from random weights, with 1,500, 2,000 and 20,000 iterations for p = 1.75, " +
    "2 and 3, all seeds of an exponent as one program. Every iterate is compared with the SVMs of all exponents, once solved for the tokens of the " +
    "run itself and once, as published, for the tokens that the other exponent's run selected. Both scales run all iterations; quick uses fewer data sets.",
  parameters: {
    p: parameter(numberListOption({ doc: "Exponents of the potential.", above: 1 }), [1.75, 2, 3]),
    modes: parameter(wordListOption(["stable", "authors"], { doc: "Arithmetic of gradient and update." }), ["stable", "authors"]),
    sharedStart: parameter(booleanOption({ doc: "Start every exponent from the same weights; the published code does not." }), false),
  },
  seeds: { quick: 20, full: 100 },
  cells: ({ p: exponents, modes, sharedStart }, seeds): Cell<AggregateCell>[] =>
    modes.map((mode) => ({ params: { exponents, mode, sharedStart }, seeds })),
  run: runAggregate,
  claims: AGGREGATE_CLAIMS,
  figures: AGGREGATE_FIGURES,
  tables: AGGREGATE_TABLES,
});
