import { integerOption, numberOption, optionTable } from "@attnlab/check";

/** Options of solveHardMargin, solveAttentionSvm and solveLabelSvm. */
export interface HardMarginOptions {
  /** Exponent of the norm, from 1 to Infinity, both included. */
  readonly p: number;
  /** Largest relative gap and residual of a solution that counts as optimal; default `1e-8`. The solver goes on while a step gains digits. */
  readonly tol?: number;
  /** Most Newton steps; default `200`. p = 2 needs one. */
  readonly maxIter?: number;
}

/** The rules behind {@link HardMarginOptions}. */
export const HARD_MARGIN_RULES = {
  p: numberOption({ doc: "Exponent of the norm that is minimised.", min: 1, max: Number.POSITIVE_INFINITY, required: true }),
  tol: numberOption({ doc: "Largest relative gap and residual of an optimal solution.", min: 1e-14, max: 1e-2, default: 1e-8 }),
  maxIter: integerOption({ doc: "Most Newton steps.", min: 1, default: 200 }),
} as const;

/**
 * Fills in the defaults on behalf of `owner`.
 * @throws OptionError on an unknown key or a refused value.
 */
export function hardMarginOptions(owner: string, options: HardMarginOptions): Required<HardMarginOptions> {
  return optionTable(owner, HARD_MARGIN_RULES).parse({ ...options });
}
