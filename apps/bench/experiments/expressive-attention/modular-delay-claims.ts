import { type Claim, judged, type MetricRow, notRun, pick, showNumber, summarize, valuesOf } from "../../src/experiment/index.ts";
import { hasBoth } from "./attention-kinds.ts";
import { meanSolvedStep, solvedSteps } from "./nt-run.ts";

/** One task of the series. */
export interface SeriesTask {
  readonly modulus: number;
  readonly delay: number;
}

/** The tasks in stored rows, by modulus and then by delay. */
export function tasksOf(rows: readonly MetricRow[]): readonly SeriesTask[] {
  const names = new Set(rows.map(({ params }) => `${params.modulus} ${(params.delays as readonly number[])[0]}`));
  return [...names]
    .map((name) => name.split(" ").map(Number))
    .map(([modulus, delay]) => ({ modulus: modulus as number, delay: delay as number }))
    .sort((a, b) => a.modulus - b.modulus || a.delay - b.delay);
}

/** Mean accuracy over seeds at a step. */
export function accuracyAt(rows: readonly MetricRow[], { modulus, delay }: SeriesTask, kind: string, step: number): number {
  return summarize(valuesOf(pick(rows, { metric: "accuracy", series: "", step, params: { modulus, delays: [delay], kind } }))).mean;
}

/** Mean accuracy over seeds and all evaluations: the area under the learning curve. */
export function meanAccuracy(rows: readonly MetricRow[], { modulus, delay }: SeriesTask, kind: string): number {
  return summarize(valuesOf(pick(rows, { metric: "accuracy", series: "", params: { modulus, delays: [delay], kind } }))).mean;
}

/** By how much expressive attention leads over the whole learning curve, as a share of the predicted tokens. */
export function lead(rows: readonly MetricRow[], task: SeriesTask): number {
  return meanAccuracy(rows, task, "expressive") - meanAccuracy(rows, task, "dot-product");
}

function named({ modulus, delay }: SeriesTask): string {
  return `N=${modulus} T=${delay}`;
}

const NEEDS_BOTH = "needs both attentions";

/** What is claimed of the series of tasks. */
export const SERIES_CLAIMS: readonly Claim[] = [
  {
    id: "R1",
    statement: "Over the series of tasks, expressive attention is at least as good as dot-product attention.",
    where: "abstract, of the paper's own series of tasks; here on ours",
    provenance: "paper",
    expected: "at least as good (no number is known)",
    measure: "Mean accuracy over the whole learning curve and all seeds, per task; the smallest lead of expressive attention.",
    rule: "Holds when the lead is at least −1 point on every task.",
    judge: ({ rows, params }) => {
      if (!hasBoth(params.kinds)) return notRun(NEEDS_BOTH);
      const leads = tasksOf(rows).map((task) => ({ name: named(task), value: 100 * lead(rows, task) }));
      const worst = leads.reduce((a, b) => (b.value < a.value ? b : a));
      const note = "Delay 2 is the exception in our settings: the read token stands next to the present one.";
      return judged(
        worst.value >= -1,
        `smallest lead ${showNumber(worst.value)} points (${worst.name})`,
        worst.value >= -1 ? undefined : note,
      );
    },
  },
  {
    id: "R2",
    statement: "The margin of expressive attention grows with the complexity of the task.",
    where: "abstract, of the paper's own series of tasks; here with the delay as complexity",
    provenance: "paper",
    expected: "growing margin (no number is known)",
    measure: "Lead of expressive attention over the whole learning curve, at the shortest and the longest delay of each N.",
    rule: "Holds when the lead at the longest delay is greater than at the shortest, for every N with several delays.",
    judge: ({ rows, params }) => {
      if (!hasBoth(params.kinds)) return notRun(NEEDS_BOTH);
      const tasks = tasksOf(rows);
      const pairs = [...new Set(tasks.map(({ modulus }) => modulus))]
        .map((modulus) => tasks.filter((task) => task.modulus === modulus))
        .filter((list) => list.length > 1)
        .map((list) => [list[0], list.at(-1)] as [SeriesTask, SeriesTask]);
      if (pairs.length === 0) return notRun("needs two delays of one N");
      const grows = pairs.every(([short, long]) => lead(rows, long) > lead(rows, short));
      const text = pairs.map(([a, b]) => `${named(a)} ${showNumber(100 * lead(rows, a))}, T=${b.delay} ${showNumber(100 * lead(rows, b))}`);
      return judged(grows, `${text.join("; ")} points`);
    },
  },
  {
    id: "jump",
    statement: "With delays of 5 or more, expressive attention solves the task earlier.",
    where: "our reference runs (section 6 of our specification)",
    provenance: "ours",
    expected: "N=16: T=5 about 700 against 800 steps, T=12 about 725 against 900",
    measure: "Mean over seeds of the first evaluation with an accuracy of 99% or more; never counts as one evaluation after the last.",
    rule: "Holds when the mean is smaller for expressive attention on every task with a delay of 5 or more.",
    judge: ({ rows, params }) => {
      if (!hasBoth(params.kinds)) return notRun(NEEDS_BOTH);
      const tasks = tasksOf(rows).filter(({ delay }) => delay >= 5);
      if (tasks.length === 0) return notRun("needs a delay of 5 or more");
      const mean = ({ modulus, delay }: SeriesTask, kind: string): number => {
        const last = Math.max(...pick(rows, { params: { modulus } }).map(({ step }) => step));
        return meanSolvedStep(solvedSteps(rows, { modulus, delays: [delay], kind }), last, Number(params.evaluateEvery));
      };
      const text = tasks.map(
        (task) => `${named(task)} ${showNumber(mean(task, "expressive"))} against ${showNumber(mean(task, "dot-product"))}`,
      );
      return judged(
        tasks.every((task) => mean(task, "expressive") < mean(task, "dot-product")),
        text.join("; "),
      );
    },
  },
];
