import { PRIMES, spread } from "@attnlab/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { solveHardMargin } from "./hard-margin.ts";
import { PANEL } from "./least-distance-module.ts";
import { type LeastDistanceWorkspace, openLeastDistanceWorkspace, paddedLength, plainWorkspace } from "./least-distance-workspace.ts";
import { multiplyRows, packPanels } from "./panel-rows.ts";

const [COUNT, DIM] = [19, 7];
const LENGTH = 2 * PANEL * (DIM + 4) + COUNT * DIM + 400;

/** Everything the functions write, one after the other. */
function run({ take, functions }: LeastDistanceWorkspace): number[] {
  const rows = packPanels({ take, functions }, spread(COUNT * DIM), COUNT, DIM);
  const { panels, start, end, bytes } = rows;
  const x = take(DIM);
  x.set(spread(DIM, 3));
  const margins = multiplyRows(rows, x);
  const [squares, factors] = [take(2 * PANEL), take(2 * PANEL)];
  functions.squares(start, end, squares.byteOffset, bytes);
  factors.set(spread(2 * PANEL, 11));
  functions.scale(start, end, factors.byteOffset, bytes);

  const stride = paddedLength(DIM);
  const vectors = take(3 * stride);
  vectors.set(spread(3 * stride, 5));
  const [rest, inside] = [take(stride), take(4)];
  rest.set(spread(stride, 7));
  inside.set([1, 2, 3, 4]);
  const [from, to] = [vectors.byteOffset, rest.byteOffset];
  functions.project(from, from + vectors.byteLength, to, to + rest.byteLength, inside.byteOffset);
  functions.rotate(from, from + 8 * stride, from + 16 * stride, 0.6, 0.8);

  const [columns, inverse, y] = [take(12), take(3), take(4)];
  columns.set([0, 0, 0, 0, 2, 0, 0, 0, 3, 5, 0, 0]);
  inverse.set([0.5, 0.25, 2]);
  y.set([7, 11, 13, 17]);
  functions.substitute(columns.byteOffset + 64, y.byteOffset, y.byteOffset + 16, inverse.byteOffset + 16, 32);
  return [panels, margins, squares, rest, inside, vectors, y].flatMap((values) => Array.from(values));
}

describe("the functions of a least-distance problem", () => {
  it("are the same bits in WebAssembly and in plain loops", () => {
    const plain = run(plainWorkspace(LENGTH));
    expect(run(openLeastDistanceWorkspace(LENGTH))).toEqual(plain);
    // R = [[2, 2, 3], [., 4, 5], [., ., 1/2]]
    expect(plain.slice(-4)).toEqual([0.5 * (7 - 3 * 26 - 2 * 0.25 * (11 - 5 * 26)), 0.25 * (11 - 5 * 26), 26, 17]);
  });
});

describe("a platform without WebAssembly", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it("finds the same weights", async () => {
    const [count, dim] = [PRIMES[6] as number, PRIMES[4] as number];
    const data = spread(count * dim).map((v, k) => (k % dim === 0 ? 1.5 : v));
    const problem = { rows: { rows: count, cols: dim, data } };
    const fast = solveHardMargin(problem, { p: 2 });
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const { solveHardMargin: solvePlain } = await import("./hard-margin.ts");
    expect(fast.pivots).toBeGreaterThan(3);
    expect(solvePlain(problem, { p: 2 })).toEqual(fast);
  });
});
