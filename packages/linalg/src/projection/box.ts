import { customOption, DataError, optionTable, problem } from "@attnlab/check";
import { checkVector, isNumberOrVector } from "../check-vector.ts";
import { checkSameSize } from "../matrix.ts";

/** Options of {@link projectBox}. */
export interface BoxOptions {
  /** Smallest value of every element, or of each, `[n]`; default `-Infinity`. */
  readonly lower?: number | Float64Array;
  /** Largest value of every element, or of each, `[n]`; default `Infinity`. */
  readonly upper?: number | Float64Array;
}

const bound = (which: string, fallback: number) =>
  customOption<number | Float64Array>({
    doc: `${which} value, one for all elements or one for each.`,
    expected: "a number or a Float64Array",
    accepts: isNumberOrVector,
    invalid: [Number.NaN, "1", null],
    default: fallback,
  });
const OPTIONS = optionTable("projectBox", {
  lower: bound("Smallest", Number.NEGATIVE_INFINITY),
  upper: bound("Largest", Number.POSITIVE_INFINITY),
});

/**
 * The nearest point of a box.
 *
 * $w_i = \min(\max(x_i, l_i), u_i)$
 *
 * Shapes: `x [n]`, bounds numbers or `[n]` → `[n]`. Infinite bounds are allowed.
 *
 * @param options.lower - $l$; default `-Infinity`.
 * @param options.upper - $u$; default `Infinity`.
 * @throws ShapeError when a bound has another length than `x`.
 * @throws DataError when a lower bound exceeds its upper bound, or `x` holds NaN or infinities.
 * @example
 * ```ts
 * import { projectBox } from "@attnlab/linalg";
 * Array.from(projectBox(Float64Array.of(-1, 0.5, 7), { lower: 0, upper: Float64Array.of(1, 1, 2) })); // => [0, 0.5, 2]
 * ```
 */
export function projectBox(x: Float64Array, options?: BoxOptions): Float64Array {
  const where = "projectBox";
  const { lower, upper } = OPTIONS.parse(options);
  checkVector(where, "x", x);
  for (const [name, value] of [["lower", lower] as const, ["upper", upper] as const]) {
    if (typeof value !== "number") checkSameSize(where, `${name}.length must equal x.length`, [value.length, x.length]);
  }
  return x.map((v, i) => {
    const l = typeof lower === "number" ? lower : (lower[i] as number);
    const u = typeof upper === "number" ? upper : (upper[i] as number);
    if (!(l <= u)) {
      const fix = "An empty box has no nearest point: swap or widen the bounds.";
      throw new DataError(problem({ where, expected: "lower must be <= upper", got: `${l} and ${u} at index ${i}`, fix }));
    }
    return Math.min(Math.max(v, l), u);
  });
}
