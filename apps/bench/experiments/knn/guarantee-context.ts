import type { RunContext } from "../../src/experiment/index.ts";

/** Sizes of the tests of the guarantees. */
export type GuaranteeSizes = {
  /** Draws of a test of a distribution or a mean. */
  readonly draws: number;
  /** Repetitions of a test of coverage. */
  readonly trials: number;
  /** Repetitions of an estimate whose mean is tested. */
  readonly runs: number;
  /** The most tokens when products are counted. */
  readonly longest: number;
};

/** What a test is given, and reports to. */
export type GuaranteeContext = Pick<RunContext<GuaranteeSizes>, "params" | "seed" | "record" | "progress" | "signal">;
