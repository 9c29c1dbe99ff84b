import { integerOption } from "@attnlab/check";
import { type Cell, defineExperiment, judged, notRun, numberListOption, parameter, showNumber } from "../../src/experiment/index.ts";
import { hasBoth, KINDS, kindListOption } from "./attention-kinds.ts";
import { meanSolvedStep, type NtCell, REFERENCE, runNt, solvedSteps } from "./nt-run.ts";
import { EXPRESSIVE_ATTENTION_PAPER, OWN_SETTINGS } from "./paper.ts";
import { drawSettings, type Setting, solvedTable } from "./solved-table.ts";

const CONTEXT_DELAY = 12;
const WIDTH_DELAY = 5;

function settingsOf({
  contexts,
  widths,
}: {
  readonly contexts: readonly number[];
  readonly widths: readonly number[];
}): readonly Setting[] {
  return [
    ...contexts.map((contextLength) => ({
      label: `T = ${CONTEXT_DELAY}, context ${contextLength}`,
      params: { delays: [CONTEXT_DELAY], contextLength },
    })),
    ...widths.map((mlpWidth) => ({ label: `T = ${WIDTH_DELAY}, hidden width ${mlpWidth}`, params: { delays: [WIDTH_DELAY], mlpWidth } })),
  ];
}

export const experiment = defineExperiment({
  id: "expressive-attention/context-and-width",
  title: "Modular-delay tasks: context length and hidden width",
  paper: EXPRESSIVE_ATTENTION_PAPER,
  summary:
    "The one-layer model on N = 16: delay 12 with several context lengths, and delay 5 with fewer and fewer hidden units. Is there a size at which one " +
    `attention solves the task and the other does not? A run ends when it reaches 99%. ${OWN_SETTINGS}`,
  parameters: {
    kinds: parameter(kindListOption(), [...KINDS]),
    contexts: parameter(numberListOption({ doc: "Tokens of context, for delay 12.", min: 14 }), { quick: [16], full: [16, 48] }),
    widths: parameter(numberListOption({ doc: "Hidden units, for delay 5.", min: 1 }), { quick: [64], full: [64, 32, 16, 8] }),
    contextSteps: parameter(integerOption({ doc: "Most training steps of a context length.", min: 1 }), { quick: 300, full: 1_200 }),
    widthSteps: parameter(integerOption({ doc: "Most training steps of a width.", min: 1 }), { quick: 300, full: 2_500 }),
    widthSeeds: parameter(integerOption({ doc: "Seeds of every width; at most those of the run.", min: 1 }), 2),
    evaluateEvery: parameter(integerOption({ doc: "Steps between evaluations.", min: 1 }), 100),
  },
  seeds: { quick: 1, full: 4 },
  cells: ({ kinds, contexts, widths, contextSteps, widthSteps, widthSeeds, evaluateEvery }, seeds) => {
    const common = { ...REFERENCE, modulus: 16, evaluateEvery, stopAt: 0.99 };
    const settings = [
      ...contexts.map((contextLength) => ({ params: { ...common, contextLength, delays: [CONTEXT_DELAY], steps: contextSteps }, seeds })),
      ...widths.map((mlpWidth) => ({
        params: { ...common, mlpWidth, delays: [WIDTH_DELAY], steps: widthSteps },
        seeds: seeds.slice(0, widthSeeds),
      })),
    ];
    return settings.flatMap((setting) =>
      setting.seeds.flatMap((seed) => kinds.map((kind): Cell<NtCell> => ({ params: { ...setting.params, kind }, seeds: [seed] }))),
    );
  },
  run: runNt,
  claims: [
    {
      id: "R4",
      statement:
        "There is a range of complexities where expressive attention solves the task and dot-product attention of the same size does not.",
      where: "abstract, of the paper's own tasks; here over hidden widths on delay 5",
      provenance: "paper",
      expected: "such a range exists (unknown which)",
      measure: "Seeds that reach 99% within the steps, per width and attention.",
      rule: "Holds when at some width every seed of expressive attention reaches 99% and no seed of dot-product attention does.",
      judge: ({ rows, params }) => {
        if (!hasBoth(params.kinds) || params.widthSteps < 2_000)
          return notRun("needs both attentions and 2,000 steps; scale full has them");
        const solved = (mlpWidth: number, kind: string): readonly boolean[] =>
          solvedSteps(rows, { delays: [WIDTH_DELAY], mlpWidth, kind }).map(Number.isFinite);
        const count = (flags: readonly boolean[]): string => `${flags.filter(Boolean).length}/${flags.length}`;
        const runs = params.widths.flatMap((width) => KINDS.map((kind) => solved(width, kind).length));
        if (runs.includes(0)) return notRun("Nothing is stored for some width.");
        const found = params.widths.some(
          (width) => solved(width, "expressive").every(Boolean) && !solved(width, "dot-product").some(Boolean),
        );
        const text = params.widths.map((w) => `F=${w}: ${count(solved(w, "expressive"))} and ${count(solved(w, "dot-product"))}`);
        const note = "In our reference runs too both reach 99% at every size.";
        return judged(found, `${text.join("; ")} seeds, expressive and dot-product`, found ? undefined : note);
      },
    },
    {
      id: "context",
      statement: "Expressive attention gains from a longer context.",
      where: "our reference runs (section 6 of our specification): 1,000 against 700–900 steps at 48 tokens",
      provenance: "ours",
      expected: "earlier at the longest context",
      measure: "Mean over seeds of the first evaluation with 99% or more; never counts as one evaluation after the last.",
      rule: "Holds when the mean is smaller for expressive attention at the longest context.",
      judge: ({ rows, params }) => {
        const longest = Math.max(...params.contexts);
        if (!hasBoth(params.kinds) || longest < 48) return notRun("needs both attentions and a context of 48; scale full has them");
        const mean = (kind: string): number =>
          meanSolvedStep(
            solvedSteps(rows, { delays: [CONTEXT_DELAY], contextLength: longest, kind }),
            params.contextSteps,
            params.evaluateEvery,
          );
        return judged(
          mean("expressive") < mean("dot-product"),
          `${showNumber(mean("expressive"))} against ${showNumber(mean("dot-product"))}`,
        );
      },
    },
  ],
  figures: [
    {
      id: "curves",
      title: "Learning curves by context length and width",
      caption:
        "Accuracy on held-out sequences; a run that reached 99% ended there and is drawn on at its last value. Bands are one standard deviation over seeds.",
      draw: ({ rows, params }) => drawSettings(rows, settingsOf(params), 3),
    },
  ],
  tables: [
    {
      id: "solved",
      title: "When the tasks are solved",
      caption: "First evaluation with 99% or more, one number per seed.",
      build: ({ rows, params }) => solvedTable(rows, settingsOf(params)),
    },
  ],
});
