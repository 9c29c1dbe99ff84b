import { pick, type Results, summarize, valuesOf } from "../../src/experiment/index.ts";
import type { CGD, OPTIMUM } from "./converged-run.ts";
import { type FixedPolynomial, fixedPolynomial, type PolynomialFamily } from "./fixed-polynomial.ts";
import type { FreshModel } from "./fresh-training.ts";
import { type Covariates, DEPTHS } from "./paper.ts";
import { HIGHEST_POWER } from "./wishart-moments.ts";

/** A curve of the experiment. */
export type ConvergedSeries = FreshModel | typeof OPTIMUM | typeof CGD;

/** Log losses on fresh prompts of all seeds at one depth. */
export function freshLosses({ rows }: Results, part: Covariates, series: ConvergedSeries, layers: number): number[] {
  return valuesOf(pick(rows, { params: { part }, series, metric: "test", step: layers }));
}

/** Their means, by depth. */
export function freshCurve(results: Results, part: Covariates, series: ConvergedSeries): number[] {
  return DEPTHS.map((layers) => summarize(freshLosses(results, part, series, layers)).mean);
}

/** The optimal fixed polynomial of each depth, from the moments of all seeds together. */
export function optimumOfMoments({ rows }: Results, family: PolynomialFamily): FixedPolynomial[] {
  const size = HIGHEST_POWER + 1;
  const moments = Array.from(
    { length: size * size },
    (_, place) => summarize(valuesOf(pick(rows, { series: family, metric: "moment", step: place }))).mean,
  );
  if (moments.some(Number.isNaN)) return [];
  return DEPTHS.map((degree) => fixedPolynomial(degree, (j, k) => moments[j * size + k] as number));
}
