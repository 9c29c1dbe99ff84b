import { integerOption, numberOption, type OptionRule } from "@attnlab/check";

/** The rule of a rate that must be given. */
export function requiredRate(doc: string): OptionRule<number> {
  return numberOption({ doc, min: 0, required: true });
}

/** The rule of a number of steps that must be given. */
export function requiredSteps(doc: string): OptionRule<number> {
  return integerOption({ doc, min: 1, required: true });
}
