import { integerOption, numberOption } from "@attnlab/check";
import { initCharGpt } from "@attnlab/models";
import { createRng } from "@attnlab/random";
import { defineExperiment, grid, numberListOption, parameter } from "../../src/experiment/index.ts";
import { CLAIMS } from "./char-gpt-claims.ts";
import { compileCharGptScore } from "./char-gpt-evaluation.ts";
import { FIGURES, TABLES } from "./char-gpt-figures.ts";
import { attentionOf, configOf, loadTextParts, randomWindows, trainCharGpt } from "./char-gpt-training.ts";
import { KNN_PAPER, KNN_SOURCES } from "./paper.ts";

export const experiment = defineExperiment({
  id: "knn/char-gpt",
  title: "A character GPT that attends to k keys",
  paper: KNN_PAPER,
  summary:
    "A GPT of two blocks (two heads, width 64, 64 characters of context) is trained on nine tenths of Moby Dick with exact attention and with attention " +
    "over the k keys of largest score, under a true causal mask, scores differentiated, from the same weights on the same windows. The author's release " +
    `trained a larger one on Shakespeare; ratios of perplexities at matched steps are compared, not perplexities. ${KNN_SOURCES}`,
  parameters: {
    keys: parameter(numberListOption({ doc: "Keys per query.", min: 1 }), { quick: [2, 5], full: [2, 5, 8, 16] }),
    steps: parameter(integerOption({ doc: "Training steps.", min: 1 }), { quick: 40, full: 2_000 }),
    evaluateEvery: parameter(integerOption({ doc: "Steps between evaluations.", min: 1 }), { quick: 20, full: 200 }),
    evaluated: parameter(integerOption({ doc: "Windows of each part to evaluate on.", min: 1 }), { quick: 16, full: 192 }),
    context: parameter(integerOption({ doc: "Characters of context.", min: 2 }), 64),
    batchSize: parameter(integerOption({ doc: "Windows per step.", min: 1 }), 12),
    learningRate: parameter(numberOption({ doc: "Step size of Adam.", above: 0 }), 1e-3),
  },
  seeds: { quick: 1, full: 3 },
  data: ["moby-dick"],
  cells: (params, seeds) => grid({ ...params, k: 0 }, seeds, "k", [0, ...params.keys]),
  async run({ params: { keys, k, evaluated, context, ...training }, seed, threads, signal, record, progress }) {
    const text = await loadTextParts();
    const rng = createRng(seed).split("evaluation");
    const sizes = { count: evaluated, context };
    const windows = {
      heldOut: randomWindows(text.heldOut, sizes, rng.split("held-out")),
      training: randomWindows(text.training, sizes, rng.split("training")),
    };
    const compared = k === 0 ? keys : [k];
    const label = k === 0 ? "exact" : `k = ${k}`;
    const shapes = initCharGpt(rng, configOf(context, attentionOf(k)));
    await using scorer = await compileCharGptScore(shapes, windows, { k, compared, threads });
    await trainCharGpt({
      ...training,
      text,
      k,
      context,
      seed,
      threads,
      signal,
      onEvaluation: async (step, weights) => {
        const { byKeys, ...own } = await scorer.score(weights);
        record({ step }, own);
        for (const { keys: count, ...score } of byKeys) record({ step, series: `${count}` }, score);
        progress(step / training.steps, label);
      },
    });
  },
  claims: CLAIMS,
  figures: FIGURES,
  tables: TABLES,
});
