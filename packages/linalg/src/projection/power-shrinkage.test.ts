import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { monotoneRoot } from "./monotone-root.ts";
import { powerShrinkage, shrinkAll } from "./power-shrinkage.ts";

describe("w + mu w^(p-1) = c", () => {
  it("holds over the number range, relative to c", () => {
    for (const p of [1.05, 1.3, 1.5, 2, 2.7, 3, 11, 200]) {
      for (const mu of [1e-12, 1e-3, 1, 7, 1e6]) {
        for (const c of [1e-9, 0.3, 1, 40, 1e7]) {
          const w = powerShrinkage(c, mu, p);
          // A relative error e of w is one of (p - 1) e in its power.
          expectClose((w + mu * w ** (p - 1)) / c, 1, { factor: Math.max(1, p - 1), reason: "the power magnifies the rounding of w" });
        }
      }
    }
  });

  it("near p = 1 is soft thresholding, with a zero where the solution is below the number range", () => {
    expect(powerShrinkage(0.4, 1, 1.001)).toBe(0);
    expectClose(powerShrinkage(3, 1, 1 + 1e-9), 2, { absolute: 1e-8, reason: "p is 1e-9 from 1" });
  });

  it("leaves c alone without a penalty, and zero in any case", () => {
    expect([powerShrinkage(5, 0, 3), powerShrinkage(0, 4, 1.5)]).toEqual([5, 0]);
  });
});

it("the slope of the norm is its derivative in mu, so that Newton steps are Newton's", () => {
  const c = Float64Array.of(3, 0, 1, 0.2);
  for (const p of [1.1, 1.75, 3, 11]) {
    const at = (mu: number): number => shrinkAll(c, mu, p).norm;
    expectClose(shrinkAll(c, 0.7, p).slope, (at(0.7 + 1e-6) - at(0.7 - 1e-6)) / 2e-6, { purpose: "gradient" });
  }
});

describe("monotoneRoot", () => {
  const counted = (f: (x: number) => number, slope: (x: number) => number) => {
    let calls = 0;
    const root = monotoneRoot(
      (x) => {
        calls++;
        return { value: f(x), slope: slope(x) };
      },
      0,
      10,
      0,
    );
    return { root, calls };
  };

  it("takes Newton's few steps where the slope is right", () => {
    const { root, calls } = counted(
      (x) => x ** 2 + x - 6,
      (x) => 2 * x + 1,
    );
    expectClose(root, 2);
    expect(calls).toBeLessThan(15);
  });

  it("still arrives where the slope lies, by bisection", () => {
    expectClose(
      counted(
        (x) => x ** 2 + x - 6,
        () => -1,
      ).root,
      2,
    );
    expectClose(
      counted(
        (x) => x ** 2 + x - 6,
        () => 0,
      ).root,
      2,
    );
  });
});
