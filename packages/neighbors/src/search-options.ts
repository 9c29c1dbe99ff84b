import { integerOption, OptionError, type OptionRule, type OptionTable, oneOfOption, optionTable, problem } from "@attnlab/check";
import { METRICS, type SearchOptions } from "./neighbor-index.ts";

const rules = {
  k: integerOption({ doc: "How many neighbours to find for each query.", min: 1, required: true }),
  effort: integerOption({ doc: "How hard an approximate index looks.", min: 1 }) as OptionRule<number | undefined>,
};

/** The table of `search` of one kind of index. */
export function searchTable(owner: string): OptionTable<typeof rules> {
  return optionTable(owner, rules);
}

/** Parses the options of a search among `size` keys. */
export function parseSearch(
  table: OptionTable<typeof rules>,
  options: SearchOptions,
  size: number,
): { readonly k: number; readonly effort: number | undefined } {
  const parsed = table.parse({ ...options });
  if (parsed.k > size) {
    const expected = `k must be at most the number of keys, ${size}`;
    throw new OptionError(problem({ where: table.owner, expected, got: String(parsed.k), fix: "Ask for fewer, or add keys first." }));
  }
  return parsed;
}

/** The rule for the metric, which every index has. */
export const metricOption = oneOfOption(METRICS, { doc: "What near means.", default: "inner-product" });
