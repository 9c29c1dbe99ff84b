import { type Judgement, judged, type MetricRow, notRun, showNumber, summarize } from "../../src/experiment/index.ts";
import { byRate, chosenRates, chosenRows, meanOf, methodsOf, runOutcomes } from "./method-outcomes.ts";
import { exponentOf, type Method, methodLabel } from "./methods.ts";

/** Values by method, from what the rule takes for the greatest to the least, as the verdict table prints them. */
function listed(values: readonly { readonly method: Method; readonly value: number }[]): string {
  return values.map(({ method, value }) => `${methodLabel(method)}: ${showNumber(value)}`).join(", ");
}

/** Why an ordering of accuracies cannot be judged, or undefined when it can. */
function tooLittle(rows: readonly MetricRow[], needed: { readonly seeds: number; readonly steps: number }): string | undefined {
  const groups = byRate(runOutcomes(rows));
  const seeds = Math.min(...groups.map(({ runs }) => runs.length));
  const steps = Math.min(...methodsOf(rows).map((method) => groups.filter((group) => group.method === method).length));
  if (seeds >= needed.seeds && steps >= needed.steps) return undefined;
  const sweep = needed.steps > 1 ? ` and ${needed.steps} steps per method` : "";
  return `needs at least ${needed.seeds} seeds${sweep}; scale full has them`;
}

/** Judges whether mirror descent with the smallest exponent has the greatest mean test accuracy of all mirror-descent methods. */
export function judgeAccuracyOrder(
  rows: readonly MetricRow[],
  options: { readonly metric?: string; readonly seeds: number; readonly steps: number },
): Judgement {
  const few = tooLittle(rows, options);
  if (few !== undefined) return notRun(few);
  const outcomes = runOutcomes(rows, options.metric);
  const rates = chosenRates(outcomes);
  const values = [...rates]
    .map(([method, rate]) => ({
      method,
      value: summarize(outcomes.filter((o) => o.method === method && o.rate === rate).map((o) => o.test)).mean,
    }))
    .filter(({ method }) => method !== "adam")
    .sort((a, b) => exponentOf(a.method) - exponentOf(b.method));
  const [first, ...rest] = values;
  if (first === undefined || rest.length === 0) return notRun("needs two exponents");
  const adam = rates.has("adam") ? `; Adam ${showNumber(meanTest(outcomes, rates, "adam"))}` : "";
  const holds = rest.every(({ value }) => first.value > value);
  return judged(holds, `${listed(values)}${adam}`, holds ? undefined : "The smallest exponent is not ahead of every other on this data.");
}

function meanTest(outcomes: ReturnType<typeof runOutcomes>, rates: ReadonlyMap<Method, number>, method: Method): number {
  return summarize(outcomes.filter((o) => o.method === method && o.rate === rates.get(method)).map((o) => o.test)).mean;
}

/** Judges whether the mean of a metric falls strictly as the exponent grows. */
export function judgeFallsInExponent(
  rows: readonly MetricRow[],
  {
    metric,
    series,
    exponents,
    seeds = 1,
    ifNot,
  }: {
    readonly metric: string;
    readonly series: string;
    readonly exponents?: readonly number[];
    readonly seeds?: number;
    /** What to know where it fails. */
    readonly ifNot?: string;
  },
): Judgement {
  const few = tooLittle(rows, { seeds, steps: 1 });
  if (few !== undefined) return notRun(few);
  const own = chosenRows(rows);
  const values = methodsOf(own)
    .filter((method) => method !== "adam" && (exponents === undefined || exponents.includes(exponentOf(method))))
    .sort((a, b) => exponentOf(a) - exponentOf(b))
    .map((method) => ({ method, value: meanOf(own, { method, metric, series }) }));
  if (values.length < 2) return notRun("needs two exponents");
  const holds = values.every(({ value }, i) => i === 0 || value < (values[i - 1] as { readonly value: number }).value);
  return judged(holds, listed(values), holds ? undefined : ifNot);
}

/** Judges whether mirror descent with the smallest exponent leaves heavier tails than Adam in every projection given. */
export function judgeSparserThanAdam(rows: readonly MetricRow[], projections: readonly string[], ifNot?: string): Judgement {
  const own = chosenRows(rows);
  const methods = methodsOf(own);
  const first = methods.filter((method) => method !== "adam").sort((a, b) => exponentOf(a) - exponentOf(b))[0];
  if (first === undefined || !methods.includes("adam")) return notRun("needs Adam and an exponent");
  const pairs = projections.map((series) => ({
    series,
    ours: meanOf(own, { method: first, metric: "kurtosis", series }),
    adam: meanOf(own, { method: "adam", metric: "kurtosis", series }),
  }));
  const holds = pairs.every(({ ours, adam }) => ours > adam);
  const measured = pairs.map(({ series, ours, adam }) => `${series}: ${showNumber(ours)} against ${showNumber(adam)}`).join(", ");
  return judged(holds, measured, holds ? undefined : ifNot);
}
