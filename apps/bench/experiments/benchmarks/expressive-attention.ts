import { integerOption, type TensorData } from "@attnlab/check";
import { type Contender, interleave, timePerStep } from "../../adapters/interleave.ts";
import { peakMemory } from "../../adapters/peak-memory.ts";
import { ATTENTION_FORMS, type AttentionForm, type AttentionStep, attentionStep } from "../../cases/attention-step.ts";
import {
  type Cell,
  defineExperiment,
  judged,
  type MetricRow,
  notRun,
  numberListOption,
  parameter,
  pick,
  showNumber,
  valuesOf,
} from "../../src/experiment/index.ts";
import { median } from "./timing-claims.ts";

const FORMS = Object.keys(ATTENTION_FORMS) as readonly AttentionForm[];
const DIRECTIONS = ["forward", "forward and backward"] as const;
const TARGET = 1.15;
/** Multiply-adds of the products of one block: a few milliseconds, so that two blocks that follow each other meet the same machine. */
const WORK = 2 ** 26;
/** Blocks are short up to this length, and there are more of them. */
const SHORT = 256;

type BenchCell = {
  readonly length: number;
  readonly causal: boolean;
  readonly direction: string;
  readonly rounds: number;
};

/** Median over rounds of the time of a form over that of dot-product attention in the same round. */
function ratio(rows: readonly MetricRow[], { length, causal, direction }: TimedCase, form: string): number {
  const times = (series: string): MetricRow[] => pick(rows, { metric: "timeMs", series, params: { length, causal, direction } });
  const base = times("dot-product");
  return median(times(form).map((row, i) => row.value / (base[i] as MetricRow).value));
}

interface TimedCase {
  readonly length: number;
  readonly causal: boolean;
  readonly direction: string;
}

function cellsOf(rows: readonly MetricRow[]): readonly TimedCase[] {
  const seen = new Map<string, TimedCase>();
  for (const { params } of rows) {
    const { length, causal, direction } = params;
    seen.set(`${length} ${causal} ${direction}`, { length: Number(length), causal: causal === true, direction: String(direction) });
  }
  return [...seen.values()];
}

function largestDifference(a: readonly TensorData[], b: readonly TensorData[]): number {
  let largest = 0;
  a.forEach((tensor, k) => {
    const other = (b[k] as TensorData).data;
    tensor.data.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(Number(value) - Number(other[i])));
    });
  });
  return largest;
}

export const experiment = defineExperiment({
  id: "benchmarks/expressive-attention",
  title: "Cost of expressive attention",
  paper: "Benchmark of attnlab",
  summary:
    "Expressive against dot-product attention (8 sequences, one head of 32, float32, one thread), forward and with the gradients of query, key and value, " +
    "in alternation in one process. Dot-product attention is ONNX Runtime's Softmax between two products, as our models use it; expressive attention is " +
    "our fused form, and for comparison the same step by step. Repeated inside one program, so that calls cost nothing.",
  parameters: {
    lengths: parameter(numberListOption({ doc: "Tokens of a sequence.", min: 2 }), [24, 256, 1024]),
    rounds: parameter(integerOption({ doc: "Blocks per contender; six times as many up to 256 tokens.", min: 3 }), { quick: 5, full: 11 }),
  },
  seeds: { quick: 1, full: 1 },
  exclusive: true,
  byNameOnly: true,

  cells: ({ lengths, rounds }, seeds) =>
    lengths.flatMap((length) =>
      [false, true].flatMap((causal) =>
        DIRECTIONS.map(
          (direction): Cell<BenchCell> => ({ params: { length, causal, direction, rounds: length <= SHORT ? 6 * rounds : rounds }, seeds }),
        ),
      ),
    ),

  async run({ params: { length, causal, direction, rounds }, seed, record, progress, signal }) {
    const backward = direction !== "forward";
    const repeats = Math.max(1, Math.round(WORK / (length * length * 8 * 64 * (backward ? 3 : 1))));
    await using disposables = new AsyncDisposableStack();
    const contenders: Contender[] = [];
    const results = new Map<AttentionForm, readonly TensorData[]>();
    for (const form of FORMS) {
      const step: AttentionStep = disposables.use(await attentionStep({ form, length, causal, backward, repeats, seed }));
      results.set(form, await step.run());
      contenders.push({ name: form, block: () => timePerStep(repeats, step.run) });
    }
    const [fused, stepwise] = ["expressive", "expressive, step by step"].map(
      (form) => results.get(form as AttentionForm) as readonly TensorData[],
    );
    record({ series: "expressive" }, { difference: largestDifference(fused as readonly TensorData[], stepwise as readonly TensorData[]) });
    await interleave(contenders, { rounds, signal, record, progress, label: `${length} tokens` });
    for (const form of FORMS) record({ series: form }, { peakBytes: await peakMemory({ form, length, causal, backward }) });
  },

  claims: [
    ...DIRECTIONS.map((direction) => ({
      id: direction === "forward" ? "forward" : "gradient",
      statement: `Expressive attention costs at most ${TARGET} times as much as dot-product attention, ${direction}.`,
      where: "our target; the paper's abstract says it replaces dot-product attention at no cost",
      provenance: "ours" as const,
      expected: `at most ${TARGET}x at 24, 256 and 1,024 tokens`,
      measure: "Median over rounds of the ratio of two blocks that follow each other; the worst length, with and without causality.",
      rule: `Holds when every ratio is at most ${TARGET}.`,
      judge: ({ rows }: { readonly rows: readonly MetricRow[] }) => {
        const all = cellsOf(rows)
          .filter((cell) => cell.direction === direction)
          .map((cell) => ({ cell, value: ratio(rows, cell, "expressive") }));
        if (all.length === 0) return notRun("No timing is stored.");
        const worst = all.reduce((a, b) => (b.value > a.value ? b : a));
        const { length, causal } = worst.cell;
        return judged(worst.value <= TARGET, `at most ${showNumber(worst.value)}x (${length} tokens, ${causal ? "causal" : "full"})`);
      },
    })),
    {
      id: "memory",
      statement: "Expressive attention needs no more memory than dot-product attention.",
      where: "abstract: no compute or memory cost",
      provenance: "paper",
      expected: "no more (here: within 10% of the peak of the process)",
      measure: "Peak memory of a process that runs one step at the longest length, forward and backward; the worst case.",
      rule: "Holds when the peak is at most 1.1 times that of dot-product attention.",
      judge: ({ rows }) => {
        const longest = Math.max(...cellsOf(rows).map(({ length }) => length));
        const peaks = (series: string): readonly number[] =>
          valuesOf(pick(rows, { metric: "peakBytes", series, params: { length: longest } }));
        const worst = Math.max(...peaks("expressive").map((bytes, i) => bytes / (peaks("dot-product")[i] as number)));
        return Number.isFinite(worst) ? judged(worst <= 1.1, `${showNumber(worst)}x at ${longest} tokens`) : notRun("No memory is stored.");
      },
    },
    {
      id: "same-result",
      statement: "The fused form computes what the definition says, step by step.",
      where: "our benchmark rule: verify, then time",
      provenance: "ours",
      expected: "difference below 1e-4",
      measure: "Largest difference of averages and gradients between the fused form and the one made of separate operators, float32.",
      rule: "Holds when it is at most 1e-4.",
      judge: ({ rows }) => {
        const worst = Math.max(...valuesOf(pick(rows, { metric: "difference" })));
        return Number.isFinite(worst) ? judged(worst <= 1e-4, showNumber(worst)) : notRun("Nothing is stored.");
      },
    },
  ],
  figures: [
    {
      id: "ratios",
      title: "Cost over dot-product attention",
      caption: "Median ratio of interleaved blocks by length; the line is our target.",
      draw: ({ rows }) => ({
        panels: DIRECTIONS.flatMap((direction) =>
          [false, true].map((causal) => ({
            title: `${direction}, ${causal ? "causal" : "full"}`,
            x: { label: "tokens" },
            y: { label: "time over dot-product" },
            marks: [
              ...FORMS.filter((form) => form !== "dot-product").map((form) => ({
                kind: "bars" as const,
                series: form,
                bars: cellsOf(rows)
                  .filter((cell) => cell.direction === direction && cell.causal === causal)
                  .map((cell) => ({ category: String(cell.length), y: ratio(rows, cell, form) })),
              })),
              { kind: "reference" as const, label: "1.15", y: TARGET },
            ],
          })),
        ),
        columns: 2,
      }),
    },
  ],
  tables: [
    {
      id: "cost",
      title: "Time and memory",
      caption:
        "Median time per step, median ratio to dot-product attention in the same round, and peak memory of a process that runs the step.",
      build: ({ rows }) => ({
        columns: ["tokens", "keys", "direction", "attention", "time (ms)", "ratio", "peak (MB)"],
        rows: cellsOf(rows).flatMap((cell) =>
          FORMS.map((form) => [
            String(cell.length),
            cell.causal ? "causal" : "full",
            cell.direction,
            form,
            median(valuesOf(pick(rows, { metric: "timeMs", series: form, params: { ...cell } }))),
            ratio(rows, cell, form),
            median(valuesOf(pick(rows, { metric: "peakBytes", series: form, params: { ...cell } }))) / 1e6,
          ]),
        ),
      }),
    },
  ],
});
