import { DataError, OptionError, ShapeError } from "@attnlab/check";
import { matrix, matrixFromRows } from "@attnlab/linalg";
import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { type RegularizationPathOptions, regularizationPath } from "../index.ts";
import { logExcess, lossAt } from "./margin-loss.ts";

const rows = matrixFromRows([
  [2, 0],
  [0, 4],
  [3, 3],
]);

describe("regularizationPath", () => {
  it("follows the diagonal for symmetric samples, with the loss in closed form", () => {
    const { points } = regularizationPath({ rows: matrix(2, 2, [1, 0, 0, 1]) }, { p: 2, loss: "exponential", radii: [1, 1e4] });
    for (const { w, logLoss, radius, multiplier } of points) {
      expectClose(w, [radius * Math.SQRT1_2, radius * Math.SQRT1_2]);
      expectClose(logLoss, -radius * Math.SQRT1_2);
      expectClose(multiplier, Math.SQRT1_2);
    }
  });

  it("stays on the face of the better feature, and in the corner of the box, until it pays to leave", () => {
    const data = { rows: matrix(2, 2, [2, 1, 2, -0.5]) };
    const [first] = regularizationPath(data, { p: 1, loss: "exponential", radii: [0.5] }).points;
    expect(Array.from(first?.w ?? [])).toEqual([0.5, 0]);
    // d/dw_2 of log L vanishes on the edge w_1 = R where e^(-1.5 w_2) = 1 / 2.
    const [corner, edge] = regularizationPath(data, { p: Number.POSITIVE_INFINITY, loss: "exponential", radii: [0.2, 3] }).points;
    expect(Array.from(corner?.w ?? [])).toEqual([0.2, 0.2]);
    expectClose(edge?.w ?? [], [3, Math.LN2 / 1.5]);
    expectClose(edge?.multiplier ?? Number.NaN, 2);
  });

  it("says so when the limit ends it", () => {
    const [point] = regularizationPath({ rows }, { p: 3, radii: [7], maxIter: 1 }).points;
    expect(point?.status).toBe("iterationLimit");
    expect(point?.stationarity ?? 0).toBeGreaterThan(1e-8);
  });

  it("leaves log(L - L*) undefined when the infimum is not attained", () => {
    // The first feature separates some samples, the other two contradict each other: w runs away along the first.
    const { points, separable } = regularizationPath({ rows: matrix(3, 2, [1, 0, 0, 1, 0, -1]) }, { p: 2, radii: [2] });
    expect(separable).toBe(false);
    expect([points[0]?.status, points[0]?.onSphere, points[0]?.logExcess]).toEqual(["optimal", true, undefined]);
    expectClose(points[0]?.w ?? [], [2, 0], { absolute: 1e-8, relative: 1e-8, reason: "the default tol" });
  });

  it("refuses what does not fit", () => {
    const run =
      (data: typeof rows, options: object): (() => unknown) =>
      () =>
        regularizationPath({ rows: data }, options as RegularizationPathOptions);
    expect(run(rows, { p: 2, radii: [2, 1] })).toThrow(
      new OptionError(
        "regularizationPath: radii must be a list of finite numbers > 0 in ascending order; got [2, 1]. Radii of the balls, from small to large.",
      ),
    );
    expect(run(rows, { p: 2 })).toThrow("regularizationPath: radii must be a list of finite numbers > 0 in ascending order; got nothing.");
    expect(run(rows, { p: 0.5, radii: [1] })).toThrow("regularizationPath: p must be a number >= 1");
    expect(run(rows, { p: 2, radii: [1], loss: "hinge" })).toThrow(
      'regularizationPath: loss must be one of "logistic", "exponential"; got "hinge".',
    );
    expect(run(matrix(0, 2), { p: 2, radii: [1] })).toThrow(
      new ShapeError("regularizationPath: rows must not be empty; got 0 x 2. Pass at least one sample with at least one feature."),
    );
    expect(run(matrix(1, 2, [1, Number.NaN]), { p: 2, radii: [1] })).toThrow("regularizationPath: rows must be finite numbers; got NaN");
    expect(run(matrix(2, 2, [1, 2, -1, -2]), { p: 2, radii: [1] })).toThrow(
      new DataError(
        "regularizationPath: rows must not add up to zero; got a sum of size 0. Zero is then the minimiser for every radius; check the labels.",
      ),
    );
  });
});

describe("the loss in logarithms", () => {
  it("keeps margins far beyond the smallest number", () => {
    for (const loss of ["logistic", "exponential"] as const) {
      const { logLoss, slopes } = lossAt(matrix(2, 1, [1, 1]), Float64Array.of(5000), loss);
      expectClose(logLoss, -5000);
      expectClose(slopes, [0.5, 0.5]);
    }
  });

  it("joins its two forms at m = 36 and is right far on the other side", () => {
    const at = (m: number): number => lossAt(matrix(1, 1, [1]), Float64Array.of(m), "logistic").logLoss;
    expectClose(at(36.0000001), -36.0000001);
    expectClose(at(35.9999999), -35.9999999);
    expectClose(at(-1000), Math.log(1000));
    expectClose(at(0), Math.log(Math.LN2));
  });

  it("measures an excess far below the rounding of the loss", () => {
    // Two opposite samples: L(w) = (l(w) + l(-w)) / 2 has its minimum at 0 and curvature l''(0).
    const margins = Float64Array.of(1e-6, -1e-6);
    expectClose(logExcess(margins, Float64Array.of(0, 0), "exponential"), Math.log(0.5e-12), {
      absolute: 1e-9,
      relative: 1e-9,
      reason: "rounding over a square",
    });
    expectClose(logExcess(margins, Float64Array.of(0, 0), "logistic"), Math.log(0.125e-12), {
      absolute: 1e-8,
      relative: 1e-9,
      reason: "rounding over a square",
    });
  });
});
