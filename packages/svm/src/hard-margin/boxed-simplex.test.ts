import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { type BoxedProgram, solveBoxedProgram } from "./boxed-simplex.ts";

const INFINITE = Number.POSITIVE_INFINITY;

function program(over: Partial<BoxedProgram>): BoxedProgram {
  // max 3x + 2y over x + y <= 4, x + 3y <= 6, 0 <= x <= 3, y >= 0: a textbook vertex at (3, 1).
  return {
    rows: 2,
    cols: 2,
    matrix: Float64Array.of(1, 1, 1, 3),
    objective: Float64Array.of(3, 2),
    lower: Float64Array.of(0, 0, -INFINITE, -INFINITE),
    upper: Float64Array.of(3, INFINITE, 4, 6),
    start: Float64Array.of(0, 0),
    ...over,
  };
}

describe("solveBoxedProgram", () => {
  it("finds the vertex, its prices and what holds it", () => {
    const { status, values, gains, held } = solveBoxedProgram(program({}));
    expect(status).toBe("optimal");
    expectClose(values, [3, 1, 4, 6]);
    expect(held.reduce((sum, h) => sum + h, 0)).toBe(2);
    // Whatever two of the three tight bounds hold the degenerate vertex, their prices add up to the objective: 3 * 3 + 2 * 1.
    expectClose(
      gains.reduce((sum, g, v) => sum + g * (values[v] as number), 0),
      11,
    );
  });

  it("repairs a start that breaks a constraint", () => {
    const { status, values } = solveBoxedProgram(program({ lower: Float64Array.of(0, 0, 2, 3), objective: Float64Array.of(-1, -1) }));
    expect(status).toBe("optimal");
    expectClose((values[0] as number) + (values[1] as number), 2);
    expect(values[3]).toBeGreaterThanOrEqual(3 - 1e-12);
  });

  it("repairs a start above an upper bound", () => {
    const { status, values } = solveBoxedProgram(
      program({ upper: Float64Array.of(3, INFINITE, -1, 6), lower: Float64Array.of(-5, 0, -INFINITE, -INFINITE) }),
    );
    expect(status).toBe("optimal");
    expectClose([values[0] as number, values[1] as number, values[2] as number], [-1, 0, -1]);
  });

  it("returns the direction in which the objective has no end", () => {
    const { status, ray } = solveBoxedProgram(
      program({ matrix: Float64Array.of(1, -1, -1, 0), upper: Float64Array.of(INFINITE, INFINITE, 4, 6) }),
    );
    expect(status).toBe("unbounded");
    expectClose(ray as Float64Array, [1, 1, 0, -1]);
  });

  it("ends on Beale's example, on which the largest-coefficient rule alone cycles", () => {
    const { status, values } = solveBoxedProgram({
      rows: 3,
      cols: 4,
      matrix: Float64Array.of(0.25, -60, -1 / 25, 9, 0.5, -90, -1 / 50, 3, 0, 0, 1, 0),
      objective: Float64Array.of(0.75, -150, 0.02, -6),
      lower: Float64Array.of(0, 0, 0, 0, -INFINITE, -INFINITE, -INFINITE),
      upper: Float64Array.of(INFINITE, INFINITE, INFINITE, INFINITE, 0, 0, 1),
      start: new Float64Array(4),
    });
    expect(status).toBe("optimal");
    expectClose(
      0.75 * (values[0] as number) - 150 * (values[1] as number) + 0.02 * (values[2] as number) - 6 * (values[3] as number),
      0.05,
    );
  });
});
