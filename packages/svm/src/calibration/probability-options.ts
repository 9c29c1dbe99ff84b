import { booleanOption, customOption, integerOption, OptionError, problem } from "@attnlab/check";
import type { Rng } from "@attnlab/random";

/** Options that ask for class probabilities. */
export interface ProbabilityOptions {
  /** Fits sigmoids that turn decision values into probabilities, by cross-validation: `folds` more fits per binary problem; default `false`. */
  readonly probability?: boolean;
  /** Deals the rows to the folds; required with `probability: true`, of no use without. */
  readonly rng?: Rng;
  /** Folds of that cross-validation; default `5`. */
  readonly folds?: number;
}

/** The rules behind {@link ProbabilityOptions}. */
export const PROBABILITY_RULES = {
  probability: booleanOption({ doc: "Fits sigmoids that turn decision values into probabilities.", default: false }),
  rng: customOption<Rng | undefined>({
    doc: "Deals the rows to the folds: createRng(seed) of @attnlab/random.",
    expected: "a generator of @attnlab/random",
    accepts: (v) => typeof v === "object" && v !== null && "shuffle" in v && typeof v.shuffle === "function",
    invalid: [1, null, {}],
  }),
  folds: integerOption({ doc: "Folds of the cross-validation behind the probabilities.", min: 2, default: 5 }),
} as const;

/**
 * The generator, when probabilities are wanted.
 * @throws OptionError when it is missing.
 */
export function probabilityRng(
  where: string,
  { probability, rng }: { readonly probability: boolean; readonly rng: Rng | undefined },
): Rng | undefined {
  if (!probability) return undefined;
  if (rng !== undefined) return rng;
  const fix = "Pass rng: createRng(seed) of @attnlab/random; the folds of the calibration are drawn with it.";
  throw new OptionError(problem({ where, expected: "probability: true must come with rng", got: "none", fix }));
}
