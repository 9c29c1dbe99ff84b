import type { Matrix } from "@attnlab/linalg";
import { matrix, transpose } from "@attnlab/linalg";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { type ConeNorm, type InteriorPoint, newtonEquations, withBlocks } from "./cone-form.ts";
import { combine } from "./conic-problem.ts";
import { nesterovTodd } from "./nesterov-todd.ts";
import { newtonOnWeights } from "./weight-form.ts";

const [m, r, c] = [7, 2, 3];

function symmetric(n: number, values: Float64Array): Matrix {
  return matrix(
    n,
    n,
    Array.from({ length: n * n }, (_, at) => (values[at] ?? 0) + (values[(at % n) * n + Math.floor(at / n)] ?? 0)),
  );
}

describe("newtonOnWeights", () => {
  for (const norm of ["nuclear", "spectral"] satisfies ConeNorm[]) {
    it(`gives the direction of the equations in the multipliers: ${norm}`, () => {
      const A = matrix(m, r * c, spread(m * r * c));
      const problem = { A, b: Float64Array.from(spread(m)), r, c, transposed: transpose(A).data };
      const blocks = (diagonal: number, from: number): Matrix =>
        withBlocks(
          { r, c, diagonal },
          matrix(
            r,
            c,
            Array.from(spread(r * c), (v) => 0.2 * v + 0.01 * from),
          ),
          1,
        );
      // Away from every equation: slack, trace and blocks are all off, so that each right-hand side takes part.
      // S of the nuclear norm, whose block holds the multipliers to the last bit in the other form, is the exception.
      const y = Float64Array.from({ length: m }, (_, i) => 0.9 - 0.1 * i);
      const at: InteriorPoint = {
        W: matrix(r, c, spread(r * c)),
        v: Float64Array.from({ length: m }, (_, i) => 0.3 + 0.1 * i),
        y,
        S: norm === "nuclear" ? withBlocks({ r, c, diagonal: 20 }, combine(problem, y), -1) : blocks(1, 1),
        Z: blocks(1.5, -2),
      };
      const scaling = nesterovTodd(at.S, at.Z);
      if (scaling === undefined) expect.fail("the point is not interior");
      const R = symmetric(r + c, Float64Array.from(spread((r + c) ** 2)));
      const rc = Float64Array.from({ length: m }, (_, i) => 0.05 * i - 0.1);
      const expected = newtonEquations(norm, problem, at, scaling)?.(R, rc);
      const got = newtonOnWeights(norm, problem, at, scaling)?.(R, rc);
      if (expected === undefined || got === undefined) expect.fail("no factor");
      const near = { factor: 100, reason: "two systems of other condition" };
      expectClose(got.W.data, expected.W.data, near);
      expectClose(got.y, expected.y, near);
      expectClose(got.v, expected.v, near);
      for (const part of ["S", "Z", "scaledS", "scaledZ"] as const) expectClose(got[part].data, expected[part].data, near);
    });
  }
});
