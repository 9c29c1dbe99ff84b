import { customOption, DataError, numberOption, optionTable, problem, show } from "@attnlab/check";
import { checkVector, isNumberOrVector, perElement } from "../check-vector.ts";
import { proxNormChecked } from "./lp-norm-prox.ts";

/** Options of {@link proxGroupNorm}. */
export interface GroupNormOptions {
  /** Indices of each group; no index twice. Elements in no group stay as they are. */
  readonly groups: readonly ArrayLike<number>[];
  /** Weight of the norm, one for all groups or one for each; default `1`. */
  readonly weight?: number | Float64Array;
  /** Exponent of the norm within a group, 1 <= p <= Infinity; default `2`. */
  readonly p?: number;
}

const OPTIONS = optionTable("proxGroupNorm", {
  groups: customOption<readonly ArrayLike<number>[]>({
    doc: "Indices of each group.",
    expected: "an array of arrays of indices",
    accepts: (value) => Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null && "length" in one),
    required: true,
  }),
  weight: customOption<number | Float64Array>({
    doc: "Weight of the norm, one for all groups or one for each.",
    expected: "a number or a Float64Array",
    accepts: isNumberOrVector,
    default: 1,
  }),
  p: numberOption({ doc: "Exponent within a group, from 1 to Infinity.", min: 1, max: Number.POSITIVE_INFINITY, default: 2 }),
});

/**
 * The proximal operator of a sum of norms over disjoint groups: the group lasso at p = 2.
 *
 * $\arg\min_w \; \sum_g t_g \lVert w_g\rVert_p + \tfrac12\lVert w - x\rVert_2^2$
 *
 * Shape: `x [n]` → `[n]`. A group whose dual norm is at most its weight becomes zero as a whole.
 *
 * @param options.groups - indices of each group, disjoint.
 * @param options.weight - $t_g$, >= 0, one number or one for each group; default `1`.
 * @param options.p - exponent within a group; default `2`.
 * @throws OptionError when p or a weight is out of range.
 * @throws DataError when an index is out of range or in two groups, or `x` holds NaN or infinities.
 * @example
 * ```ts
 * import { proxGroupNorm } from "@attnlab/linalg";
 * Array.from(proxGroupNorm(Float64Array.of(6, 8, 0.5), { groups: [[0, 1], [2]], weight: 5 })); // => [3, 4, 0]
 * ```
 */
export function proxGroupNorm(x: Float64Array, options: GroupNormOptions): Float64Array {
  const where = "proxGroupNorm";
  const { groups, weight, p } = OPTIONS.parse(options);
  checkVector(where, "x", x);
  const weightOf = perElement(where, "weight", weight, groups.length);
  const out = x.slice();
  const seen = new Uint8Array(x.length);
  groups.forEach((group, g) => {
    const indices = Array.from(group);
    for (const i of indices) {
      if (!Number.isSafeInteger(i) || i < 0 || i >= x.length || seen[i] === 1) {
        const expected = `groups must hold each index from 0 to ${x.length - 1} at most once`;
        throw new DataError(problem({ where, expected, got: `${show(i)} in group ${g}`, fix: "Overlapping groups have no closed form." }));
      }
      seen[i] = 1;
    }
    const values = proxNormChecked(
      Float64Array.from(indices, (i) => x[i] as number),
      p,
      weightOf(g),
    );
    indices.forEach((i, k) => {
      out[i] = values[k] as number;
    });
  });
  return out;
}
