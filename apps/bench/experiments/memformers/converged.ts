import { integerOption, numberOption } from "@attnlab/check";
import { defineExperiment, parameter } from "../../src/experiment/index.ts";
import { CONVERGED_CLAIMS } from "./converged-claims.ts";
import { CONVERGED_FIGURES, CONVERGED_TABLES } from "./converged-figures.ts";
import { convergedCells, runConverged } from "./converged-run.ts";
import { MEMFORMER_PAPER } from "./paper.ts";

const rate = (doc: string): ReturnType<typeof numberOption> => numberOption({ doc, above: 0 });

export const experiment = defineExperiment({
  id: "memformers/converged",
  title: "Memformers and transformers trained to the end on fresh prompts",
  paper: MEMFORMER_PAPER,
  summary:
    "Trains transformer and Memformers on a new batch of prompts in every step until the loss stands still, and compares them on prompts never seen with the " +
    "best that any method with the same coefficients for all prompts can do, computed from the moments of Wishart matrices.",
  parameters: {
    steps: parameter(integerOption({ doc: "Training steps; a multiple of 100.", min: 100, max: 1_000_000 }), { quick: 100, full: 4000 }),
    batch: parameter(integerOption({ doc: "Fresh prompts per step.", min: 1, max: 100_000 }), 1000),
    learningRateIso: parameter(rate("First step size of Adam on isotropic prompts."), 0.01),
    learningRateNoniso: parameter(rate("First step size of Adam on anisotropic prompts."), 0.05),
    testPrompts: parameter(integerOption({ doc: "Fresh prompts of the evaluation; at most 1000, or a multiple of 1000.", min: 1 }), {
      quick: 4000,
      full: 100_000,
    }),
    momentSamples: parameter(integerOption({ doc: "Wishart matrices per seed.", min: 100 }), { quick: 5000, full: 300_000 }),
  },
  seeds: { quick: 1, full: 2 },
  cells: (params, seeds) => convergedCells(params, seeds),
  run: runConverged,
  claims: CONVERGED_CLAIMS,
  figures: CONVERGED_FIGURES,
  tables: CONVERGED_TABLES,
});
