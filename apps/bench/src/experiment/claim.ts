import type { ParameterValues, Scale } from "./parameter.ts";
import type { MetricRow } from "./rows.ts";

/** Who set the expected value: the paper, a derivation from it, or a measurement of ours. */
export type Provenance = "paper" | "derived" | "ours";

/** The three outcomes of a claim; a claim without complete data is "not run", never a failure. */
export type Verdict = "holds" | "fails" | "not run";

/** Everything a claim, a figure or a table may look at: the stored rows of one complete study. */
export interface Results<P extends ParameterValues = ParameterValues, C extends ParameterValues = ParameterValues> {
  /** Resolved parameters of the experiment. */
  readonly params: P;
  readonly scale: Scale;
  readonly seeds: readonly number[];
  /** In the order of the cells, then as recorded. */
  readonly rows: readonly MetricRow<C>[];
}

/** What {@link Claim.judge} found. */
export interface Judgement {
  readonly verdict: Verdict;
  /** As it is printed in the verdict table; use {@link showNumber} for numbers. */
  readonly measured: string;
  /** One sentence the reader should know, for example why a claim was not run at this scale. */
  readonly note?: string;
}

/** One sentence of a paper (or of ours about it) that stored rows can confirm or refute. */
export interface Claim<P extends ParameterValues = ParameterValues, C extends ParameterValues = ParameterValues> {
  /** Unique within its experiment, for example `"C1"`. */
  readonly id: string;
  readonly statement: string;
  /** Where the paper says it, or where the derivation stands, for example `"abstract; section 5, Figure 4"`. */
  readonly where: string;
  /** Who set the expected value and the bound in the rule. */
  readonly provenance: Provenance;
  /** The expected value as it is printed in the verdict table; the paper's own where one is known. */
  readonly expected: string;
  /** How the number is measured, in words. */
  readonly measure: string;
  /** The pass rule in words; {@link judge} implements exactly this. */
  readonly rule: string;
  /** A pure function of stored rows, so that `attnlab report` recomputes every verdict. */
  judge(results: Results<P, C>): Judgement;
}

/** A judgement from a condition. */
export function judged(holds: boolean, measured: string, note?: string): Judgement {
  return { verdict: holds ? "holds" : "fails", measured, ...(note === undefined ? {} : { note }) };
}

/** A judgement for data that this scale or these parameters do not produce. */
export function notRun(note: string): Judgement {
  return { verdict: "not run", measured: "–", note };
}

/** A number as tables print it: a few significant digits, an exponent only where it is shorter. */
export function showNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(Math.max(0, digits - 1)).replace("e+", "e");
  const rounded = Number(value.toPrecision(digits));
  return Math.abs(rounded) >= 1000 ? rounded.toLocaleString("en-US") : String(rounded);
}
