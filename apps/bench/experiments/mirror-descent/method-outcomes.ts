import { groupRows, type MetricRow, pick, summarize, valuesOf } from "../../src/experiment/index.ts";
import type { Method } from "./methods.ts";

/** How one training run ended. Accuracies are those of the metric asked for. */
export interface RunOutcome {
  readonly run: number;
  readonly method: Method;
  readonly rate: number;
  readonly seed: number;
  /** Greatest validation accuracy over the epochs. */
  readonly validation: number;
  /** Test accuracy at the first epoch of greatest validation accuracy: nothing is chosen on the test set. */
  readonly test: number;
  /** Greatest test accuracy over the epochs, as the paper reports: chosen on the test set. */
  readonly bestTest: number;
  /** Test accuracy after the last epoch. */
  readonly lastTest: number;
}

/** One outcome per run; rows hold `metric` of the series `validation` and `test`, epoch by epoch. */
export function runOutcomes(rows: readonly MetricRow[], metric = "accuracy"): RunOutcome[] {
  return [...groupRows(pick(rows, { metric }), (row) => row.run).values()].flatMap((own) => {
    const test = pick(own, { series: "test" });
    const validation = pick(own, { series: "validation" });
    const [first] = test;
    if (first === undefined || validation.length === 0) return [];
    const greatest = summarize(valuesOf(validation)).max;
    const chosen = validation.find((row) => row.value === greatest);
    return {
      run: first.run,
      method: first.params.method as Method,
      rate: first.params.rate as number,
      seed: first.seed,
      validation: greatest,
      test: test.find((row) => row.step === chosen?.step)?.value ?? Number.NaN,
      bestTest: summarize(valuesOf(test)).max,
      lastTest: test.at(-1)?.value ?? Number.NaN,
    };
  });
}

/** Of each method, the step with the greatest mean validation accuracy; the first of equals. */
export function chosenRates(outcomes: readonly RunOutcome[]): Map<Method, number> {
  const best = new Map<Method, { readonly rate: number; readonly validation: number }>();
  for (const { method, rate, runs } of byRate(outcomes)) {
    const validation = summarize(runs.map((one) => one.validation)).mean;
    const known = best.get(method);
    if (known === undefined || validation > known.validation) best.set(method, { rate, validation });
  }
  return new Map([...best].map(([method, { rate }]) => [method, rate]));
}

/** Outcomes that share method and step, in order of first appearance. */
export function byRate(
  outcomes: readonly RunOutcome[],
): { readonly method: Method; readonly rate: number; readonly runs: readonly RunOutcome[] }[] {
  const groups = new Map<string, { method: Method; rate: number; runs: RunOutcome[] }>();
  for (const one of outcomes) {
    const key = `${one.method} ${one.rate}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { method: one.method, rate: one.rate, runs: [one] });
    else group.runs.push(one);
  }
  return [...groups.values()];
}

/**
 * The rows of the runs with the chosen step of each method: what figures show and claims judge. Without a validation set
 * nothing was chosen, and all rows stay.
 */
export function chosenRows(rows: readonly MetricRow[], metric = "accuracy"): MetricRow[] {
  const outcomes = runOutcomes(rows, metric);
  if (outcomes.length === 0) return [...rows];
  const rates = chosenRates(outcomes);
  return rows.filter((row) => rates.get(row.params.method as Method) === row.params.rate);
}

/** The methods of rows, in order of first appearance. */
export function methodsOf(rows: readonly MetricRow[]): Method[] {
  return [...new Set(rows.map((row) => row.params.method as Method))];
}

/** Mean over runs of the final value of a metric, for one method. */
export function meanOf(
  rows: readonly MetricRow[],
  filter: { readonly method: Method; readonly metric: string; readonly series?: string },
): number {
  const { method, metric, series } = filter;
  return summarize(valuesOf(pick(rows, { metric, params: { method }, ...(series === undefined ? {} : { series }) }))).mean;
}
