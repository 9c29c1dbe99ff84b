import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { provesInfeasible, solveLeastDistance } from "./least-distance.ts";

const solve = (rows: readonly (readonly number[])[], rhs: readonly number[], guess: readonly number[] = []) =>
  solveLeastDistance(
    { count: rows.length, dim: (rows[0] as readonly number[]).length, rows: Float64Array.from(rows.flat()), rhs: Float64Array.from(rhs) },
    guess,
  );

describe("solveLeastDistance", () => {
  // Nearest point of {x + y >= 2, x >= 1.5}: (1.5, 0.5), multipliers from x = G' m.
  const rows = [
    [1, 1],
    [1, 0],
    [0, -1],
  ];
  const rhs = [2, 1.5, -4];

  it("finds the nearest point and its multipliers", () => {
    const found = solve(rows, rhs);
    expectClose(found.x, [1.5, 0.5]);
    expectClose(found.multipliers, [0.5, 1, 0]);
    expect([...found.active].sort()).toEqual([0, 1]);
  });

  it("needs no pivot from the right guess and recovers from wrong ones", () => {
    expect(solve(rows, rhs, [1, 0]).pivots).toBe(0);
    for (const guess of [[2], [0, 2], [2, 1], [1, 1, 1]]) expectClose(solve(rows, rhs, guess).x, [1.5, 0.5]);
  });

  it("stays at the origin when it is feasible", () => {
    expect(Array.from(solve([[1, 2]], [-1]).x)).toEqual([0, 0]);
  });

  it("drops a row that a later one makes redundant", () => {
    // The row with the largest distance enters first and leaves again.
    const found = solve(
      [
        [1, 0],
        [0.8, 0.6],
        [-0.6, 0.8],
      ],
      [1, 1.01, 1],
    );
    expectClose(found.x, [1, 2]);
    expectClose(found.multipliers, [2.5, 0, 2.5]);
    expect(found.pivots).toBe(4);
  });

  it("gives y >= 0 with G'y = 0 and h'y > 0 when there is no point", () => {
    const found = solve([...rows, [-1, 0]], [...rhs, 0]);
    expect(found.status).toBe("infeasible");
    const y = found.multipliers;
    expectClose([(y[0] as number) + (y[1] as number) - (y[3] as number), (y[0] as number) - (y[2] as number)], [0, 0]);
    expect(Math.min(...y)).toBeGreaterThanOrEqual(0);
  });
});

describe("provesInfeasible", () => {
  it("asks for a bound far beyond the present point, and for more than rounding", () => {
    expect(provesInfeasible(1, 1e-16, 3, 1, 1)).toBe(true);
    expect(provesInfeasible(1, 1e-9, 3, 1, 1)).toBe(false);
    expect(provesInfeasible(1e-14, 0, 3, 1, 1)).toBe(false);
  });
});
