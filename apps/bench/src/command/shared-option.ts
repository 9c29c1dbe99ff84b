import { OptionError, problem, show } from "@attnlab/check";
import { SCALES, type Scale } from "../experiment/index.ts";

/** Where results are kept unless `--store` says otherwise; relative to the current directory. */
export const DEFAULT_STORE = "results/attnlab.duckdb";

/** Where a report is written unless `--out` says otherwise. */
export const DEFAULT_REPORT = "results/report";

function refuse(where: string, expected: string, text: string, fix: string): never {
  throw new OptionError(problem({ where, expected, got: show(text), fix }));
}

/** `--scale`. */
export function parseScale(text: string): Scale {
  return (
    SCALES.find((scale) => scale === text) ?? refuse("--scale", `must be one of ${SCALES.join(", ")}`, text, "For example --scale quick.")
  );
}

/** A flag that takes a whole number of at least 1; `name` is the flag. */
export function parseCount(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= 1_000_000) return value;
    return refuse(name, "must be a whole number from 1 to 1000000", text, `For example ${name} 5.`);
  };
}

/** A flag that takes a comma list out of `words`. */
export function parseWords<T extends string>(name: string, words: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(",").map((part) => {
      const word = words.find((one) => one === part.trim());
      return word ?? refuse(name, `must be a comma list out of ${words.join(", ")}`, text, `For example ${name} ${words.join(",")}.`);
    });
}

/** Collects a flag that may be given several times. */
export function collect(text: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), text];
}
