import { customOption, DataError, numberOption, optionTable, problem } from "@attnlab/check";
import { checkVector } from "../check-vector.ts";
import { checkSameSize } from "../matrix.ts";
import { largestMagnitude } from "../norm.ts";
import { dot } from "../vector.ts";

/** Options of {@link projectHalfSpace} and {@link projectHyperplane}. */
export interface HalfSpaceOptions {
  /** Normal vector, not zero, `[n]`. */
  readonly normal: Float64Array;
  /** Right-hand side; default `0`. */
  readonly offset?: number;
}

const RULES = {
  normal: customOption<Float64Array>({
    doc: "Normal vector of the boundary.",
    expected: "a Float64Array",
    accepts: (value) => value instanceof Float64Array,
    required: true,
  }),
  offset: numberOption({ doc: "Right-hand side.", default: 0 }),
} as const;
const HALF_SPACE = optionTable("projectHalfSpace", RULES);
const HYPERPLANE = optionTable("projectHyperplane", RULES);

/**
 * The nearest point of a half-space.
 *
 * $\arg\min_w \lVert w - x\rVert_2$ subject to $\langle a, w\rangle \le b$
 *
 * Shapes: `x [n]`, `normal [n]` → `[n]`.
 *
 * @param options.normal - $a$, not zero.
 * @param options.offset - $b$; default `0`.
 * @throws ShapeError when the lengths differ.
 * @throws DataError when the normal is zero, or a value is NaN or infinite.
 * @example
 * ```ts
 * import { projectHalfSpace } from "@attnlab/linalg";
 * Array.from(projectHalfSpace(Float64Array.of(3, 1), { normal: Float64Array.of(2, 0), offset: 4 })); // => [2, 1]
 * ```
 */
export function projectHalfSpace(x: Float64Array, options: HalfSpaceOptions): Float64Array {
  return alongNormal("projectHalfSpace", x, HALF_SPACE.parse(options), (excess) => Math.max(0, excess));
}

/**
 * The nearest point of a hyperplane.
 *
 * $\arg\min_w \lVert w - x\rVert_2$ subject to $\langle a, w\rangle = b$
 *
 * Shapes: `x [n]`, `normal [n]` → `[n]`.
 *
 * @param options.normal - $a$, not zero.
 * @param options.offset - $b$; default `0`.
 * @throws ShapeError when the lengths differ.
 * @throws DataError when the normal is zero, or a value is NaN or infinite.
 * @example
 * ```ts
 * import { projectHyperplane } from "@attnlab/linalg";
 * Array.from(projectHyperplane(Float64Array.of(1, 1), { normal: Float64Array.of(2, 0), offset: 4 })); // => [2, 1]
 * ```
 */
export function projectHyperplane(x: Float64Array, options: HalfSpaceOptions): Float64Array {
  return alongNormal("projectHyperplane", x, HYPERPLANE.parse(options), (excess) => excess);
}

function alongNormal(where: string, x: Float64Array, options: Required<HalfSpaceOptions>, keep: (excess: number) => number): Float64Array {
  const { normal, offset } = options;
  checkVector(where, "x", x);
  checkVector(where, "normal", normal);
  checkSameSize(where, "normal.length must equal x.length", [normal.length, x.length]);
  const scale = largestMagnitude(normal);
  if (scale === 0) {
    const fix = "A zero normal has no direction: pass another.";
    throw new DataError(problem({ where, expected: "normal must not be zero", got: "only zeros", fix }));
  }
  // The normal is scaled to largest element 1: its square then neither overflows nor vanishes.
  const a = normal.map((v) => v / scale);
  const step = keep(dot(a, x) - offset / scale) / dot(a, a);
  return x.map((v, i) => v - step * (a[i] as number));
}
