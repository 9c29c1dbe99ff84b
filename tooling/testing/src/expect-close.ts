import { expect } from "vitest";
import { TOLERANCE, type TolerancePrecision, type TolerancePurpose } from "./tolerance.ts";

/** How {@link expectClose} compares. An own `relative` or `absolute` needs a `reason`. */
export interface CloseOptions {
  /** Default `"float64"`. */
  readonly precision?: TolerancePrecision;
  /** Default `"value"`. */
  readonly purpose?: TolerancePurpose;
  /** Multiplies both tolerances, for errors that grow with a reduction length; needs `reason`. */
  readonly factor?: number;
  readonly relative?: number;
  readonly absolute?: number;
  readonly reason?: string;
}

/** Fails unless every element agrees; NaN equals NaN and infinities equal themselves. */
export function expectClose(actual: ArrayLike<number> | number, expected: ArrayLike<number> | number, options: CloseOptions = {}): void {
  const a = typeof actual === "number" ? [actual] : actual;
  const e = typeof expected === "number" ? [expected] : expected;
  const own = options.relative !== undefined || options.absolute !== undefined || options.factor !== undefined;
  if (own && options.reason === undefined) throw new Error("expectClose: a tolerance of one's own must come with a reason");
  const base = TOLERANCE[options.precision ?? "float64"][options.purpose ?? "value"];
  const factor = options.factor ?? 1;
  const relative = (options.relative ?? base.relative) * factor;
  const absolute = (options.absolute ?? base.absolute) * factor;
  expect(a.length, "number of elements").toBe(e.length);
  let worst = -1;
  let worstRatio = 1;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = e[i] as number;
    if (Object.is(x, y) || x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const ratio = Math.abs(x - y) / (absolute + relative * Math.max(Math.abs(x), Math.abs(y)));
    if (!(ratio <= worstRatio)) {
      worst = i;
      worstRatio = ratio;
    }
  }
  if (worst >= 0) {
    expect.fail(
      `element ${worst} of ${a.length}: got ${a[worst]}, expected ${e[worst]}; ${worstRatio.toPrecision(3)} times the tolerance (relative ${relative}, absolute ${absolute})`,
    );
  }
}
