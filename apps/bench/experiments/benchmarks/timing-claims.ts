import { availableParallelism } from "node:os";
import {
  type Claim,
  type Figure,
  type Judgement,
  judged,
  type MetricRow,
  notRun,
  pick,
  showNumber,
  type Table,
  valuesOf,
} from "../../src/experiment/index.ts";

/** One thread, and every core where there are more. */
export function threadCounts(): readonly number[] {
  const cores = availableParallelism();
  return cores > 1 ? [1, cores] : [1];
}

/** The median; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Median time per step of each contender in milliseconds. */
export function medianTimes(rows: readonly MetricRow[]): ReadonlyMap<string, number> {
  const times = pick(rows, { metric: "timeMs" });
  const names = [...new Set(times.map((row) => row.series))];
  return new Map(names.map((name) => [name, median(valuesOf(pick(times, { series: name })))]));
}

function fastest(times: ReadonlyMap<string, number>, prefix: string): number {
  return Math.min(...[...times].filter(([name]) => name.startsWith(prefix)).map(([, time]) => time));
}

/** Judges how many times faster our best contender is than PyTorch's best, by medians of interleaved blocks. */
export function judgeSpeedup(rows: readonly MetricRow[], atLeast: number): Judgement {
  const times = medianTimes(rows);
  const [own, torch] = [fastest(times, "attnlab"), fastest(times, "torch")];
  if (!Number.isFinite(own)) return notRun("No timing is stored.");
  if (!Number.isFinite(torch))
    return notRun("PyTorch was not found: install python3-torch, or set ATTNLAB_PYTHON to a Python that has it.");
  const ratio = torch / own;
  return judged(ratio >= atLeast, `${showNumber(ratio)}x (${showNumber(own)} against ${showNumber(torch)} ms)`);
}

/** The claim that both sides computed the same before they were timed. */
export function sameLossClaim(bound: number): Claim {
  return {
    id: "same-loss",
    statement: "Both libraries take the same steps: their losses agree.",
    where: "our benchmark rule: verify, then time",
    provenance: "ours",
    expected: `difference below ${bound}`,
    measure:
      "Largest difference between our losses and PyTorch's over the first steps from the same weights (three of the GPT: Adam then amplifies rounding).",
    rule: `Holds when it is at most ${bound}.`,
    judge: ({ rows }) => {
      const worst = Math.max(...valuesOf(pick(rows, { metric: "lossDifference" })));
      return Number.isFinite(worst) ? judged(worst <= bound, showNumber(worst)) : notRun("PyTorch was not found.");
    },
  };
}

/** Bars of the median time per step of every contender. */
export function timesFigure(unit: "µs" | "ms"): Figure {
  const scale = unit === "µs" ? 1000 : 1;
  return {
    id: "times",
    title: "Time per step",
    caption: "Median time per step; shorter is better.",
    draw: ({ rows }) => ({
      panels: [
        {
          x: { label: "contender" },
          y: { label: `time per step (${unit})` },
          marks: [{ kind: "bars", series: "median", bars: [...medianTimes(rows)].map(([category, ms]) => ({ category, y: ms * scale })) }],
        },
      ],
    }),
  };
}

/** Median and range of every contender. */
export function timesTable(title: string): Table {
  return {
    id: "times",
    title,
    caption: "Milliseconds per step over interleaved blocks: median, fastest and slowest block.",
    build: ({ rows }) => ({
      columns: ["contender", "median (ms)", "fastest (ms)", "slowest (ms)"],
      rows: [...medianTimes(rows)].map(([name, middle]) => {
        const values = valuesOf(pick(rows, { metric: "timeMs", series: name }));
        return [name, middle, Math.min(...values), Math.max(...values)];
      }),
    }),
  };
}
