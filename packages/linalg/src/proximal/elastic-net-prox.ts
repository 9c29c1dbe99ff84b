import { numberOption, optionTable } from "@attnlab/check";
import { checkVector } from "../check-vector.ts";
import { shrink } from "./soft-threshold.ts";

/** Options of {@link proxElasticNet}. */
export interface ElasticNetOptions {
  /** Weight of the l1 norm, >= 0; default `0`. */
  readonly l1?: number;
  /** Weight of half the squared l2 norm, >= 0; default `0`. */
  readonly l2?: number;
}

const OPTIONS = optionTable("proxElasticNet", {
  l1: numberOption({ doc: "Weight of the l1 norm.", min: 0, default: 0 }),
  l2: numberOption({ doc: "Weight of half the squared l2 norm.", min: 0, default: 0 }),
});

/**
 * The proximal operator of the elastic net.
 *
 * $\arg\min_w \; \lambda_1\lVert w\rVert_1 + \tfrac{\lambda_2}{2}\lVert w\rVert_2^2 + \tfrac12\lVert w - x\rVert_2^2$
 *
 * Shape: `x [n]` → `[n]`.
 *
 * @param options.l1 - $\lambda_1$, >= 0; default `0`.
 * @param options.l2 - $\lambda_2$, >= 0; default `0`.
 * @throws OptionError when a weight is negative.
 * @throws DataError when `x` holds NaN or infinities.
 * @example
 * ```ts
 * import { proxElasticNet } from "@attnlab/linalg";
 * Array.from(proxElasticNet(Float64Array.of(5, -1), { l1: 2, l2: 0.5 })); // => [2, 0]
 * ```
 */
export function proxElasticNet(x: Float64Array, options?: ElasticNetOptions): Float64Array {
  const { l1, l2 } = OPTIONS.parse(options);
  checkVector("proxElasticNet", "x", x);
  return x.map((v) => shrink(v, l1) / (1 + l2));
}
