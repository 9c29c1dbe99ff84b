/** What a comparison is for: it decides how far two numbers may be apart. */
export type TolerancePurpose = "value" | "gradient" | "golden";

/** Element type of the computation under test. */
export type TolerancePrecision = "float64" | "float32";

/**
 * The one tolerance table, as `relative` error against the larger magnitude and `absolute` error near zero.
 *
 * - `value`: two implementations of one formula in the same precision;
 * - `gradient`: against central differences in float64 with step 1e-6 (their own error is near 1e-8);
 * - `golden`: against an independent library whose order of summation differs.
 */
export const TOLERANCE: Readonly<Record<TolerancePrecision, Readonly<Record<TolerancePurpose, { relative: number; absolute: number }>>>> = {
  float64: {
    value: { relative: 1e-12, absolute: 1e-13 },
    gradient: { relative: 1e-6, absolute: 1e-7 },
    golden: { relative: 1e-10, absolute: 1e-11 },
  },
  float32: {
    value: { relative: 1e-5, absolute: 1e-6 },
    gradient: { relative: 1e-3, absolute: 1e-4 },
    golden: { relative: 1e-5, absolute: 1e-6 },
  },
};
