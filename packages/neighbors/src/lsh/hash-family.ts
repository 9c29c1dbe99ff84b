/** How projections become a bucket. */
export type HashFamily = "hyperplane" | "cross-polytope";

/**
 * What one hash function says about a vector: its symbols from the likeliest to the least likely, with what each costs compared to the
 * first. Near vectors share the first symbol, or have it among the cheap ones.
 */
export interface Ranking {
  readonly symbols: readonly number[];
  readonly costs: readonly number[];
}

/** The number of symbols of one function that takes `width` projections. */
export function alphabetOf(family: HashFamily, width: number): number {
  return family === "hyperplane" ? 2 : 2 * width;
}

/**
 * Reads the projections of one function.
 *
 * - hyperplane: the sign of one projection; the other sign costs its square;
 * - cross-polytope: the nearest of the signed axes $\pm e_i$; another axis costs the difference of the squares.
 *
 * @param projections - of all functions; this one has `width` of them from `start` on.
 * @param most - symbols wanted.
 * @see Charikar 2002; Andoni et al. 2015.
 */
export function rankSymbols(family: HashFamily, projections: Float64Array, start: number, width: number, most: number): Ranking {
  if (family === "hyperplane") {
    const value = projections[start] as number;
    const sign = value >= 0 ? 1 : 0;
    return most === 1 ? { symbols: [sign], costs: [0] } : { symbols: [sign, 1 - sign], costs: [0, value * value] };
  }
  if (most === 1) {
    let best = 0;
    for (let i = 1; i < width; i++)
      if (Math.abs(projections[start + i] as number) > Math.abs(projections[start + best] as number)) best = i;
    return { symbols: [symbolOf(best, projections[start + best] as number)], costs: [0] };
  }
  const axes = Array.from({ length: width }, (_, i) => i);
  const size = (axis: number): number => Math.abs(projections[start + axis] as number);
  axes.sort((a, b) => size(b) - size(a) || a - b);
  const top = size(axes[0] as number) ** 2;
  const kept = axes.slice(0, most);
  return {
    symbols: kept.map((axis) => symbolOf(axis, projections[start + axis] as number)),
    costs: kept.map((axis) => top - size(axis) ** 2),
  };
}

function symbolOf(axis: number, value: number): number {
  return 2 * axis + (value >= 0 ? 1 : 0);
}
