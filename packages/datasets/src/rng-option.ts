import { customOption, type OptionRule } from "@attnlab/check";
import type { Rng } from "@attnlab/random";

function isRng(value: unknown): boolean {
  return typeof value === "object" && value !== null && "permutation" in value && "split" in value;
}

/** The rule of an `rng` option that must be given. */
export const requiredRng: OptionRule<Rng> = customOption<Rng>({
  doc: "The source of chance, for example createRng(1).",
  expected: "a generator made by createRng",
  accepts: isRng,
  invalid: [1, null, {}],
  required: true,
});

/** The rule of an `rng` option that may be left out. */
export const optionalRng: OptionRule<Rng | undefined> = customOption<Rng | undefined>({
  doc: "Shuffles when given, for example createRng(1).",
  expected: "a generator made by createRng",
  accepts: isRng,
  invalid: [1, null, {}],
});
