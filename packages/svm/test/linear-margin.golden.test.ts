import { lpNorm, matrix, matvecTransposed } from "@attnlab/linalg";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { solveHardMargin } from "../src/index.ts";

interface LinearMarginGolden {
  readonly cases: readonly {
    readonly name: string;
    readonly m: number;
    readonly n: number;
    readonly rows: number[];
    readonly rhs: number[];
    readonly solutions: readonly { p: string; feasible: boolean; norm: number | null; w: number[] | null; dual: number[] | null }[];
  }[];
}

const golden = loadGolden<LinearMarginGolden>(new URL("golden/linear-margin.json", import.meta.url));
/** Problems in general position have one solution; the others are compared by their value. */
const UNIQUE = new Set(["wide", "square", "tall", "mid"]);

describe("solveHardMargin against HiGHS", () => {
  for (const { name, m, n, rows, rhs, solutions } of golden.cases) {
    for (const reference of solutions) {
      const p = Number(reference.p);
      it(`${name} ${m} x ${n}, p = ${p}`, () => {
        const A = matrix(m, n, rows);
        const solution = solveHardMargin({ rows: A, rhs: Float64Array.from(rhs) }, { p, tol: 1e-12 });
        expect(solution.status).toBe(reference.feasible ? "optimal" : "infeasible");
        if (solution.status === "infeasible") {
          expect(lpNorm(matvecTransposed(A, solution.farkas), 2)).toBeLessThan(1e-12);
          expectClose(
            solution.farkas.reduce((sum, y, i) => sum + y * (rhs[i] as number), 0),
            1,
          );
          return;
        }
        expectClose(solution.primalObjective, reference.norm as number, { purpose: "golden" });
        expectClose(solution.dualObjective, reference.norm as number, { purpose: "golden" });
        if (!UNIQUE.has(name)) return;
        expectClose(solution.w, reference.w as number[], { relative: 1e-9, absolute: 1e-9, reason: "HiGHS works to 1e-9" });
        expectClose(solution.dual, reference.dual as number[], { relative: 1e-9, absolute: 1e-9, reason: "HiGHS works to 1e-9" });
      });
    }
  }
});
