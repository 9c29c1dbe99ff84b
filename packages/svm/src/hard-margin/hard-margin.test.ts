import { DataError, OptionError, ShapeError } from "@attnlab/check";
import { lpNorm, matrix, matrixFromRows } from "@attnlab/linalg";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { type HardMarginOptions, type HardMarginPoint, type HardMarginSolution, solveHardMargin } from "../index.ts";
import { HARD_MARGIN_RULES } from "./hard-margin-options.ts";

function optimal(solution: HardMarginSolution): HardMarginPoint {
  if (solution.status !== "optimal") expect.fail(`status ${solution.status}`);
  return solution;
}

const EXPONENTS = [1.05, 1.1, 1.5, 1.75, 2, 3, 10, 50];

describe("rows of very different lengths", () => {
  // Beside w_0 >= 1e8, contradicting bounds of 1e-8 on w_1 are far below the rounding of w.
  it.each([1, 1.1, 1.75, 2, 3, Number.POSITIVE_INFINITY])("prove that two long ones contradict each other, p = %s", (p) => {
    const solution = solveHardMargin({ rows: matrix(3, 2, [1e-8, 0, 0, 1e8, 0, -3e7]) }, { p });
    if (solution.status !== "infeasible") expect.fail(solution.status);
    expectClose(solution.farkas, [0, 3 / 13, 10 / 13]);
    expect(solution.farkasResidual).toBeLessThan(1e-15);
  });

  it("leave what is feasible alone", () => {
    const { w } = optimal(solveHardMargin({ rows: matrix(3, 2, [1e-4, 0, 0, 1e4, 0, 3e3]) }, { p: 2 }));
    expectClose(w, [1e4, 1 / 3e3]);
  });
});

describe("solveHardMargin by hand", () => {
  // One row: the closest point of a half-space in lp is phi^{-1}(a) scaled, at distance b / ||a||_q.
  for (const p of EXPONENTS) {
    it(`one row has distance b / ||a||_q, p = ${p}`, () => {
      const q = p / (p - 1);
      const { w, dual, primalObjective } = optimal(solveHardMargin({ rows: matrix(1, 2, [3, -4]), rhs: Float64Array.of(2) }, { p }));
      const length = (3 ** q + 4 ** q) ** (1 / q);
      expectClose(primalObjective, 2 / length);
      expectClose(dual, [1 / length]);
      expectClose(w[0] as number, (2 / length) * (3 / length) ** (q - 1));
      expectClose(w[1] as number, (-2 / length) * (4 / length) ** (q - 1));
    });
  }

  it("multiplies out the certificate: multipliers of the two active rows, none for the slack one", () => {
    const { w, dual, gap, residuals } = optimal(
      solveHardMargin(
        {
          rows: matrixFromRows([
            [1, 1],
            [1, -1],
            [9, 0],
          ]),
        },
        { p: 3 },
      ),
    );
    expectClose(w, [1, 0]);
    expectClose(dual, [0.5, 0.5, 0]);
    expectClose([gap, residuals.primal, residuals.stationarity, residuals.complementarity], [0, 0, 0, 0]);
  });

  it("w = 0 is the solution when nothing positive is asked for", () => {
    const solution = optimal(
      solveHardMargin(
        {
          rows: matrixFromRows([
            [1, 2],
            [0, 0],
          ]),
          rhs: Float64Array.of(-1, 0),
        },
        { p: 1.5 },
      ),
    );
    expect(Array.from(solution.w)).toEqual([0, 0]);
    expect(solution.primalObjective).toBe(0);
    expect(solution.gap).toBe(0);
  });

  it("drops a zero row that asks for nothing", () => {
    const solution = optimal(
      solveHardMargin(
        {
          rows: matrixFromRows([
            [0, 0],
            [2, 0],
          ]),
          rhs: Float64Array.of(-3, 1),
        },
        { p: 1.5 },
      ),
    );
    expectClose(solution.w, [0.5, 0]);
    expect(solution.dual[0]).toBe(0);
  });

  for (const p of EXPONENTS) {
    it(`survives scales near the ends of the number range, p = ${p}`, () => {
      for (const scale of [1e-200, 1e200]) {
        const rows = matrix(
          3,
          3,
          [1, 2, -1, 0.5, -1, 3, 2, 0, 1].map((v) => v * scale),
        );
        const base = optimal(solveHardMargin({ rows: matrix(3, 3, [1, 2, -1, 0.5, -1, 3, 2, 0, 1]) }, { p }));
        expectClose(
          optimal(solveHardMargin({ rows }, { p })).w.map((v) => v * scale),
          base.w,
          { relative: 1e-9, reason: "10th powers at p = 1.1" },
        );
      }
    });
  }

  it("reads rows of very different units: 1e-8 to 1e8", () => {
    const scales = [1e-8, 1e-3, 1, 1e3, 1e8];
    const plain = [
      [1, 0.2, 0.1],
      [0.3, 1, -0.2],
      [0.9, -0.1, 0.5],
      [0.2, 0.4, 1],
      [1, 1, 0.3],
    ];
    const scaled = plain.map((row, i) => row.map((v) => v * (scales[i] as number)));
    for (const p of EXPONENTS) {
      const { gap, residuals } = optimal(solveHardMargin({ rows: matrixFromRows(scaled) }, { p }));
      expect(Math.max(gap, residuals.primal, residuals.stationarity, residuals.complementarity)).toBeLessThan(1e-11);
    }
  });
});

describe("weights that are zero but for rounding", () => {
  it.each([
    [
      [2, 0, -1],
      [-2, 2, 0],
      [0, 0, 0],
      [-1, 0, 2],
    ],
    [
      [2, 0, -1],
      [-2, 2, 0],
      [-1, 0, 2],
    ],
  ])("violate no row that asks for 0 of them alone", (...given) => {
    const rows = given as number[][];
    const rhs = Float64Array.from(rows, (_, i) => (i === 1 ? 1 : 0));
    const solution = solveHardMargin({ rows: matrixFromRows(rows), rhs }, { p: 2 }) as HardMarginPoint;
    expect(solution.status).toBe("optimal");
    expect(solution.residuals.primal).toBeLessThan(1e-14);
    expectClose(solution.w, [0, 0.5, 0]);
  });
});

describe("the route by products", () => {
  it("ends after few factors for p = 1.75, and agrees with the same problem in fewer rows at a time", () => {
    const [m, n] = [67, 101];
    const rows = matrix(m, n, spread(m * n));
    const { iterations, gap, residuals, dual, w } = optimal(solveHardMargin({ rows }, { p: 1.75, tol: 1e-12 }));
    expect(iterations).toBeLessThanOrEqual(3);
    expect(Math.max(gap, residuals.stationarity, residuals.complementarity)).toBeLessThan(1e-12);
    // The active rows alone have the same solution; they are few enough to be solved by QR.
    const active = Array.from(dual.keys()).filter((i) => (dual[i] as number) > 0);
    const few = matrixFromRows(active.slice(0, 59).map((i) => Array.from(rows.data.subarray(i * n, (i + 1) * n))));
    const bound = optimal(solveHardMargin({ rows: few }, { p: 1.75 }));
    expect(bound.primalObjective).toBeLessThanOrEqual(lpNorm(w, 1.75) * (1 + 1e-12));
    if (active.length < 60) expectClose(bound.w, w, { relative: 1e-9, absolute: 1e-12, reason: "two methods" });
  });
});

describe("status", () => {
  it("proves infeasibility with a Farkas vector", () => {
    const solution = solveHardMargin(
      {
        rows: matrixFromRows([
          [1, 2],
          [5, 1],
          [-2, -4],
        ]),
      },
      { p: 1.5 },
    );
    if (solution.status !== "infeasible") expect.fail(solution.status);
    expectClose(solution.farkas, [2 / 3, 0, 1 / 3]);
    expect(solution.farkasResidual).toBeLessThan(1e-15);
  });

  it.each([1, 1.1, 1.5, 2, 3, 10, Number.POSITIVE_INFINITY])("satisfies rows that meet only tiny weights beside huge ones: p = %d", (p) => {
    // Compared with |a| |w| = 1e16, the second row's violation by all of its 1 would be rounding.
    const rows = matrixFromRows([
      [1e-8, 0],
      [0, 1e8],
      [0, 3e7],
    ]);
    const { w, residuals } = optimal(solveHardMargin({ rows }, { p }));
    expect(residuals.primal).toBeLessThan(1e-12);
    expect(1e8 * (w[1] as number)).toBeGreaterThanOrEqual(1);
    expect(3e7 * (w[1] as number)).toBeGreaterThanOrEqual(1 - 1e-12);
  });

  it("proves that a zero row cannot reach a positive right-hand side", () => {
    const solution = solveHardMargin(
      {
        rows: matrixFromRows([
          [1, 2],
          [0, 0],
        ]),
        rhs: Float64Array.of(1, 4),
      },
      { p: 3 },
    );
    expect(solution).toMatchObject({ status: "infeasible", farkas: Float64Array.of(0, 0.25), farkasResidual: 0 });
  });

  it("says when the iteration limit was too low, with a valid bound", () => {
    const problem = {
      rows: matrixFromRows([
        [1, 0.3, -0.2],
        [-0.4, 1, 0.7],
        [0.2, -0.3, 1],
      ]),
    };
    const stopped = solveHardMargin(problem, { p: 1.1, maxIter: 1, tol: 1e-12 });
    const solved = optimal(solveHardMargin(problem, { p: 1.1, tol: 1e-12 }));
    if (stopped.status === "infeasible") expect.fail("infeasible");
    expect(stopped.status).toBe("iterationLimit");
    expect(stopped.iterations).toBe(1);
    expect(stopped.residuals.complementarity).toBeGreaterThan(1e-3);
    expect(stopped.dualObjective).toBeLessThanOrEqual(solved.primalObjective * (1 + 1e-12));
  });

  it("separates nearly opposite rows although the margin is 1e-6", () => {
    for (const p of EXPONENTS.filter((e) => e < 50)) {
      const { w } = optimal(
        solveHardMargin(
          {
            rows: matrixFromRows([
              [1, 0],
              [-1, 1e-6],
            ]),
          },
          { p },
        ),
      );
      expect((w[1] as number) * 1e-6).toBeGreaterThan(2 * (1 - 1e-6));
    }
  });
});

describe("refused input", () => {
  const rows = matrix(2, 2, [1, 0, 0, 1]);
  const errors: readonly (readonly [string, () => unknown, new (message: string) => Error, string])[] = [
    [
      "no rows",
      () => solveHardMargin({ rows: matrix(0, 2) }, { p: 2 }),
      ShapeError,
      "solveHardMargin: rows must not be empty; got 0 x 2. Pass at least one constraint on at least one weight.",
    ],
    [
      "sizes",
      () => solveHardMargin({ rows: { rows: 2, cols: 2, data: new Float64Array(3) } }, { p: 2 }),
      ShapeError,
      "solveHardMargin: rows must hold rows x cols = 2 x 2 elements; got 3.",
    ],
    [
      "NaN rows",
      () => solveHardMargin({ rows: matrix(1, 1, [Number.NaN]) }, { p: 2 }),
      DataError,
      "solveHardMargin: rows must be finite numbers; got NaN at index 0.",
    ],
    [
      "rhs length",
      () => solveHardMargin({ rows, rhs: new Float64Array(3) }, { p: 2 }),
      ShapeError,
      "solveHardMargin: rhs.length must equal the number of rows; got 3 and 2.",
    ],
    [
      "infinite rhs",
      () => solveHardMargin({ rows, rhs: Float64Array.of(1, Number.POSITIVE_INFINITY) }, { p: 2 }),
      DataError,
      "solveHardMargin: rhs must be finite numbers; got Infinity at index 1.",
    ],
    [
      "p < 1",
      () => solveHardMargin({ rows }, { p: 0.5 }),
      OptionError,
      "solveHardMargin: p must be a number >= 1 and <= Infinity; got 0.5. Exponent of the norm that is minimised.",
    ],
    [
      "no p",
      () => solveHardMargin({ rows }, {} as HardMarginOptions),
      OptionError,
      "solveHardMargin: p must be a number >= 1 and <= Infinity; got nothing.",
    ],
    [
      "unknown option",
      () => solveHardMargin({ rows }, { p: 2, C: 1 } as HardMarginOptions),
      OptionError,
      'solveHardMargin: every option must be known; got "C". Known options: p, tol, maxIter.',
    ],
  ];
  for (const [name, run, Kind, text] of errors) {
    it(name, () => {
      expect(run).toThrow(Kind);
      expect(run).toThrow(text);
    });
  }

  for (const [name, rule] of Object.entries(HARD_MARGIN_RULES)) {
    it(`every value outside the rule of ${name}`, () => {
      for (const bad of rule.invalid) {
        const text = `solveHardMargin: ${name} must be ${rule.expected}; got`;
        expect(() => solveHardMargin({ rows }, { p: 2, [name]: bad } as HardMarginOptions)).toThrow(text);
      }
    });
  }
});
