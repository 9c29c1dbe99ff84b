import { customOption, DataError, numberOption, type OptionRule, optionTable, problem, ShapeError } from "@attnlab/check";
import { checkVector } from "../check-vector.ts";
import { checkSameSize } from "../matrix.ts";

/** Options of {@link projectSimplex}. */
export interface SimplexOptions {
  /** What the (weighted) sum must be, >= 0; default `1`. */
  readonly radius?: number;
  /** Positive weights of the sum, `[n]`; default: all 1. */
  readonly weights?: Float64Array;
}

const OPTIONS = optionTable("projectSimplex", {
  radius: numberOption({ doc: "What the weighted sum must be.", min: 0, default: 1 }),
  weights: customOption<Float64Array | undefined>({
    doc: "Positive weights of the sum.",
    expected: "a Float64Array",
    accepts: (value) => value instanceof Float64Array,
  }) as OptionRule<Float64Array | undefined>,
});

/**
 * The nearest point of the simplex, or of a weighted simplex.
 *
 * $\arg\min_w \lVert w - x\rVert_2$ subject to $w \ge 0$, $\sum_i a_i w_i = r$
 *
 * Shapes: `x [n]`, `weights [n]` → `[n]`, n >= 1. Exact, by sorting.
 *
 * @param options.radius - $r$, >= 0; default `1`.
 * @param options.weights - $a$, positive; default all 1.
 * @throws ShapeError when `x` is empty or the weights have another length.
 * @throws DataError when a value is NaN or infinite, or a weight is not positive.
 * @example
 * ```ts
 * import { projectSimplex } from "@attnlab/linalg";
 * Array.from(projectSimplex(Float64Array.of(1, 0.5, -2))); // => [0.75, 0.25, 0]
 * ```
 * @see Held, Wolfe and Crowder 1974; Duchi et al. 2008, figure 1.
 */
export function projectSimplex(x: Float64Array, options?: SimplexOptions): Float64Array {
  const where = "projectSimplex";
  const { radius, weights } = OPTIONS.parse(options);
  checkVector(where, "x", x);
  if (x.length === 0) {
    throw new ShapeError(
      problem({ where, expected: "x must have elements", got: "none", fix: "The simplex in zero dimensions is empty: pass one or more." }),
    );
  }
  if (weights !== undefined) {
    checkSameSize(where, "weights.length must equal x.length", [weights.length, x.length]);
    checkVector(where, "weights", weights);
    const at = weights.findIndex((a) => a <= 0);
    if (at >= 0) {
      const got = `${weights[at]} at index ${at}`;
      throw new DataError(problem({ where, expected: "weights must be > 0", got, fix: "Drop the elements of weight zero." }));
    }
  }
  const shrink = simplexThreshold(x, weights, radius);
  return x.map((_, i) => shrink(i));
}

/** Element i of the projection of `x` onto the simplex, as a function of i: (x_i - theta a_i)_+. */
export function simplexThreshold(x: Float64Array, weights: Float64Array | undefined, radius: number): (index: number) => number {
  const weight = (i: number): number => (weights === undefined ? 1 : (weights[i] as number));
  const ratios = x.map((v, i) => v / weight(i));
  // Measured from the largest ratio: the sums below then have the size of the radius, whatever the size of x.
  const top = ratios.reduce((m, v) => Math.max(m, v), Number.NEGATIVE_INFINITY);
  const order = weights === undefined ? undefined : Array.from(ratios.keys()).sort((i, j) => (ratios[j] as number) - (ratios[i] as number));
  const sorted = order === undefined ? ratios.toSorted().reverse() : undefined;
  let squares = 0;
  let sum = 0;
  let theta = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < x.length; k++) {
    const i = order === undefined ? k : (order[k] as number);
    const ratio = ((sorted ?? ratios)[i] as number) - top;
    const a = weight(i);
    if (ratio <= theta) break;
    squares += a * a;
    sum += a * a * ratio;
    theta = (sum - radius) / squares;
  }
  return (i) => {
    const a = weight(i);
    return Math.max(0, ((ratios[i] as number) - top - theta) * a);
  };
}
