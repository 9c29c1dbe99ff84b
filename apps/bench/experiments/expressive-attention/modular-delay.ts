import { integerOption, numberOption } from "@attnlab/check";
import { modularDelayCycles } from "@attnlab/datasets";
import {
  type Cell,
  curveOf,
  defineExperiment,
  type FigureSpec,
  judged,
  type MetricRow,
  notRun,
  numberListOption,
  parameter,
  pick,
  showNumber,
} from "../../src/experiment/index.ts";
import { KINDS, kindListOption } from "./attention-kinds.ts";
import { accuracyAt, SERIES_CLAIMS, tasksOf } from "./modular-delay-claims.ts";
import { type NtCell, REFERENCE, runNt, showSteps, solvedSteps } from "./nt-run.ts";
import { EXPRESSIVE_ATTENTION_PAPER, OWN_SETTINGS } from "./paper.ts";

/** Known cycles: lengths and counts, by modulus and delay. */
const CYCLES: Readonly<Record<string, string>> = {
  "2 5": "1×1, 3×1, 7×1, 21×1",
  "2 12": "1×1, 7×1, 15×1, 31×1, 105×1, 217×1, 465×1, 3255×1",
  "16 2": "1×1, 3×1, 6×2, 12×4, 24×8",
  "16 5": "1×1, 3×1, 6×42, 7×1, 14×4, 21×1, 28×16, 42×382, 56×64, 84×1360, 168×5440",
};

function showCycles(modulus: number, delay: number): string {
  const { cycles } = modularDelayCycles({ modulus, lags: [1, delay] });
  return cycles.map(({ length, count }) => `${length}×${count}`).join(", ");
}

function drawCurves(rows: readonly MetricRow[]): FigureSpec {
  return {
    panels: tasksOf(rows).map(({ modulus, delay }) => ({
      title: `N = ${modulus}, T = ${delay}`,
      x: { label: "step" },
      y: { label: "accuracy", domain: [0, 1] },
      marks: [
        ...KINDS.map((kind) => ({
          kind: "line" as const,
          series: kind,
          points: curveOf(pick(rows, { metric: "accuracy", series: "", params: { modulus, delays: [delay], kind } })),
        })),
        { kind: "reference" as const, label: "chance", y: 1 / modulus },
      ],
    })),
    columns: 4,
  };
}

export const experiment = defineExperiment({
  id: "expressive-attention/modular-delay",
  title: "Modular-delay tasks: learning curves over the delay",
  paper: EXPRESSIVE_ATTENTION_PAPER,
  summary:
    "Trains a one-layer transformer to continue x(t) = x(t−1) + x(t−T) mod N, with dot-product and with expressive attention from the same weights " +
    `on the same sequences, and watches when it jumps to 100%. ${OWN_SETTINGS}`,
  parameters: {
    kinds: parameter(kindListOption(), [...KINDS]),
    delays2: parameter(numberListOption({ doc: "Delays T of the tasks with N = 2.", min: 2 }), { quick: [2, 5], full: [2, 5, 8, 12] }),
    delays16: parameter(numberListOption({ doc: "Delays T of the tasks with N = 16.", min: 2 }), { quick: [5], full: [2, 5, 12] }),
    steps2: parameter(integerOption({ doc: "Training steps for N = 2.", min: 1 }), { quick: 400, full: 600 }),
    steps16: parameter(integerOption({ doc: "Training steps for N = 16.", min: 1 }), { quick: 900, full: 1_000 }),
    evaluateEvery: parameter(integerOption({ doc: "Steps between evaluations.", min: 1 }), REFERENCE.evaluateEvery),
    learningRate: parameter(numberOption({ doc: "Step size of the momentum method.", above: 0 }), REFERENCE.learningRate),
  },
  seeds: { quick: 1, full: 4 },

  cells: ({ kinds, delays2, delays16, steps2, steps16, evaluateEvery, learningRate }, seeds) => {
    const series = [
      ...delays16.map((delay) => ({ modulus: 16, delays: [delay], steps: steps16 })),
      ...delays2.map((delay) => ({ modulus: 2, delays: [delay], steps: steps2 })),
    ];
    return series.flatMap((task) =>
      seeds.flatMap((seed) =>
        kinds.map((kind): Cell<NtCell> => ({ params: { ...REFERENCE, ...task, kind, evaluateEvery, learningRate }, seeds: [seed] })),
      ),
    );
  },
  run: runNt,

  claims: [
    ...SERIES_CLAIMS,
    {
      id: "cycles",
      statement: "All sequences of a rule lie on cycles of known lengths.",
      where: "enumeration of all N^T states",
      provenance: "derived",
      expected: Object.entries(CYCLES)
        .map(([task, cycles]) => `N T = ${task}: ${cycles}`)
        .join("; "),
      measure: "Cycles of the recurrence by walking through all states.",
      rule: "Holds when lengths and counts are those of the table.",
      judge: ({ rows }) => {
        if (rows.length === 0) return notRun("Nothing is stored.");
        const wrong = Object.entries(CYCLES).filter(([task, cycles]) => {
          const [modulus, delay] = task.split(" ").map(Number) as [number, number];
          return showCycles(modulus, delay) !== cycles;
        });
        return judged(wrong.length === 0, wrong.length === 0 ? "equal" : `differs for ${wrong.map(([task]) => task).join("; ")}`);
      },
    },
  ],

  figures: [
    {
      id: "curves",
      title: "Learning curves",
      caption:
        "Accuracy on held-out sequences, over the tokens that the rule determines; bands are one standard deviation over seeds. Long flat stretches " +
        "end in a jump, so the step of the jump is what to compare.",
      draw: ({ rows }) => drawCurves(rows),
    },
  ],
  tables: [
    {
      id: "accuracy",
      title: "Accuracy by step",
      caption: "Mean accuracy over seeds in percent, and the first evaluation with 99% or more for every seed.",
      build: ({ rows }) => {
        const last = (modulus: number): number =>
          Math.max(...rows.filter(({ params }) => params.modulus === modulus).map(({ step }) => step));
        const share = [0.2, 0.4, 0.6, 0.8, 1];
        return {
          columns: ["N", "T", "attention", ...share.map((s) => `at ${100 * s}% of the steps`), "first step ≥ 99%"],
          rows: tasksOf(rows).flatMap((task) =>
            KINDS.map((kind) => {
              const end = last(task.modulus);
              const every = Math.min(...rows.map(({ step }) => step));
              const at = (s: number): string => showNumber(100 * accuracyAt(rows, task, kind, Math.round((s * end) / every) * every));
              const solved = solvedSteps(rows, { modulus: task.modulus, delays: [task.delay], kind });
              return [task.modulus, task.delay, kind, ...share.map(at), showSteps(solved)];
            }),
          ),
        };
      },
    },
  ],
});
