import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { familyScales, fixedPolynomial, KNOWN_OPTIMUM } from "../../experiments/memformers/fixed-polynomial.ts";
import { wishartMoments } from "../../experiments/memformers/wishart-moments.ts";

// E tr W^k of 6 million samples, d = 5, n = 20, as the specification prints them.
const MOMENTS = [5, 5, 6.5, 10.05, 17.451, 32.93, 66.27, 140.6, 312.6];
const moment = (j: number, k: number): number => MOMENTS[j + k] as number;

const scales = [1, 1, 0.5, 0.25, 1];
const [full, code] = wishartMoments(3, [familyScales("full", scales), familyScales("scalar code", scales)], {
  samples: 20_000,
  examples: 20,
}) as [Float64Array, Float64Array];

describe("the optimal fixed polynomial", () => {
  test("one layer: loss d(d+1)/(n+d+1) = 30/26 with step n/(n+d+1) = 20/26", () => {
    const { loss, steps } = fixedPolynomial(1, moment);
    expectClose([loss, ...steps], [30 / 26, 20 / 26]);
  });

  test("one layer with one number: d - n tr(S)² / ((n+d+1) tr(S²))", () => {
    // Exact: M_00 = d, M_01 = tr S, M_11 = (n + d + 1)/n tr S², with the covariance of the released code.
    const variances = [1, 1, 1 / 4, 1 / 16, 1];
    const [trace, squares] = [variances.reduce((a, b) => a + b), variances.reduce((a, b) => a + b * b, 0)];
    const exact = (j: number, k: number): number => [5, trace, (26 / 20) * squares][j + k] as number;
    expectClose(fixedPolynomial(1, exact).loss, 5 - (20 * trace ** 2) / (26 * squares));
    expectClose(Math.log(fixedPolynomial(1, exact).loss), 0.8098, { relative: 0, absolute: 5e-5, reason: "four printed digits" });
  });

  test("two layers: the table's loss and steps, from the table's moments", () => {
    const { loss, steps } = fixedPolynomial(2, moment);
    expectClose(Math.log(loss), KNOWN_OPTIMUM.full.log[1] as number, { relative: 0, absolute: 0.005, reason: "moments of four digits" });
    expectClose(steps, KNOWN_OPTIMUM.full.steps[1] ?? [], { relative: 0.005, reason: "moments of four digits" });
  });

  // Rounded to four digits, the moments decide no higher degree; those of one sample fit together.
  test.each([3, 4])("%d layers: the table's loss and steps, from moments of our own", (layers) => {
    const { loss, steps } = fixedPolynomial(layers, (j, k) => full[j * 5 + k] as number);
    expectClose(Math.log(loss), KNOWN_OPTIMUM.full.log[layers - 1] as number, { relative: 0, absolute: 0.08, reason: "20,000 samples" });
    expectClose(steps, KNOWN_OPTIMUM.full.steps[layers - 1] ?? [], { relative: 0.04, reason: "20,000 samples" });
  });

  test("its steps are its polynomial: no other steps nearby have a lower loss", () => {
    const { loss, steps } = fixedPolynomial(3, moment);
    const lossOf = (a: readonly number[]): number => {
      const coefficients = a.reduce<number[]>((p, step) => p.concat(0).map((c, k) => c - step * (p[k - 1] ?? 0)), [1]);
      return coefficients.reduce((total, c, j) => total + c * coefficients.reduce((row, d, k) => row + d * moment(j, k), 0), 0);
    };
    expectClose(lossOf(steps), loss, { purpose: "golden" });
    for (const i of [0, 1, 2])
      for (const change of [-0.05, 0.05]) expect(lossOf(steps.map((a, k) => (k === i ? a + change : a)))).toBeGreaterThan(loss);
  });
});

describe("moments", () => {
  test("E tr W^k agrees with the closed forms of the first three", () => {
    const at = (j: number, k: number): number => full[j * 5 + k] as number;
    expectClose([at(0, 0), at(0, 1), at(1, 0)], [5, 5, 5], { relative: 0.01, reason: "20,000 samples" });
    expectClose([at(1, 1), at(2, 0)], [6.5, 6.5], { relative: 0.02, reason: "20,000 samples" });
    expectClose(at(2, 1), 10.05, { relative: 0.03, reason: "20,000 samples" });
  });

  test("with a covariance, M_11 is (n+d+1)/n tr S² in mean, and M_20 is another number", () => {
    const variances = scales.map((s) => s * s);
    const squares = variances.reduce((a, b) => a + b * b, 0);
    const trace = variances.reduce((a, b) => a + b, 0);
    // E S² = (1 + 1/n) C² + tr(C) C / n and tr(C S C^-1 S) is the transpose-weighted form of the same.
    expectClose(code[2 * 5] as number, (21 / 20) * squares + trace ** 2 / 20, { relative: 0.02, reason: "20,000 samples" });
    expectClose(code[5] as number, trace, { relative: 0.01, reason: "20,000 samples" });
  });
});
