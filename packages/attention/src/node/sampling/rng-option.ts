import { customOption, type OptionRule } from "@attnlab/check";
import type { Rng } from "@attnlab/random";

/** The rule for the generator of whatever draws. */
export const rngOption: OptionRule<Rng> = customOption<Rng>({
  doc: "The source of chance, for example createRng(1) of @attnlab/random.",
  expected: "a generator made by createRng",
  accepts: (value) => typeof value === "object" && value !== null && typeof (value as Partial<Rng>).split === "function",
  invalid: [1, null, {}],
  required: true,
});
