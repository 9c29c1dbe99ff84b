import { FAMILIES, type MarginProblem } from "./margin-problems.ts";

const SEPARATOR = " / ";

/** The series of a problem in a norm: norm, family and name. */
export function seriesOf(norm: string, { family, name }: MarginProblem): string {
  return [norm, family, name].join(SEPARATOR);
}

/** The parts of {@link seriesOf}. */
export function partsOf(series: string): { readonly norm: string; readonly family: MarginProblem["family"]; readonly problem: string } {
  const [norm = "", family = "", problem = ""] = series.split(SEPARATOR);
  return { norm, family: FAMILIES.find((one) => one === family) ?? "well-posed", problem };
}
