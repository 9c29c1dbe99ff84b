import { customOption, type OptionRule } from "@attnlab/check";
import type { Rng } from "@attnlab/random";

function isRng(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as Partial<Rng>).split === "function";
}

/** The rule for the generator of whatever draws. */
export const rngOption: OptionRule<Rng> = customOption<Rng>({
  doc: "The source of chance, for example createRng(1) of @attnlab/random.",
  expected: "a generator made by createRng",
  accepts: isRng,
  invalid: [1, null, {}],
  required: true,
});
