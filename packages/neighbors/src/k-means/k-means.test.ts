import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { createOnnxKernel } from "../node/index.ts";
import { typedArrayKernel } from "../typed-array-kernel.ts";
import { type Vectors, vectorsOf } from "../vectors.ts";
import { assignCells } from "./assign-cells.ts";
import { cellLists } from "./cell-lists.ts";
import { squaredDistance } from "./centering.ts";
import { kMeans } from "./k-means.ts";
import { plusPlusRows } from "./plus-plus.ts";

const cloud = (count: number, dimension: number, offset = 0): Vectors =>
  vectorsOf(
    createRng(3)
      .fillNormal(new Float32Array(count * dimension))
      .map((v) => v + offset),
    dimension,
  );

function nearest(vectors: Vectors, centroids: Vectors): number[] {
  const dimension = vectors.shape[1] as number;
  return Array.from({ length: vectors.shape[0] as number }, (_, i) => {
    let [best, at] = [Number.POSITIVE_INFINITY, -1];
    for (let c = 0; c < (centroids.shape[0] as number); c++) {
      const d = squaredDistance(vectors.data, i, centroids.data, c, dimension);
      if (d < best) [best, at] = [d, c];
    }
    return at;
  });
}

describe.each([0, 1000])("a cloud %d away from the origin", (offset) => {
  const points = cloud(997, 7, offset);
  const options = { cells: 31, samplePerCell: Number.POSITIVE_INFINITY };

  test("every vector is in its nearest cell and the inertia is theirs", async () => {
    const { assignments, centroids, inertia, offsets, members } = await kMeans(points, { ...options, rng: createRng(1) });
    expect([...assignments]).toEqual(nearest(points, centroids));
    let sum = 0;
    for (let i = 0; i < 997; i++) sum += squaredDistance(points.data, i, centroids.data, assignments[i] as number, 7);
    expectClose(inertia, sum);
    const listed = Array.from({ length: 31 }, (_, cell) => [...members.subarray(offsets[cell], offsets[cell + 1])]);
    listed.forEach((rows, cell) => {
      expect(rows).toEqual([...assignments.keys()].filter((i) => assignments[i] === cell));
    });
  });

  test("more passes never raise the inertia, and the last one moves nothing", async () => {
    const runs = [];
    for (const iterations of [1, 2, 4, 8, 300]) runs.push(await kMeans(points, { ...options, rng: createRng(1), iterations }));
    for (let i = 1; i < runs.length; i++) expect(runs[i]?.inertia).toBeLessThanOrEqual((runs[i - 1]?.inertia as number) * (1 + 1e-6));
    const last = runs.at(-1);
    expect(last?.iterations).toBeLessThan(300);
    expect(last?.inertia).toBeLessThan((runs[0]?.inertia as number) * 0.95);
  });

  test("the kernel of ONNX Runtime finds the same cells", async () => {
    await using kernel = await createOnnxKernel();
    await using kernel2 = await createOnnxKernel({ threads: 2 });
    const [a, b, c] = [
      await kMeans(points, { ...options, rng: createRng(1) }),
      await kMeans(points, { ...options, rng: createRng(1), kernel }),
      await kMeans(points, { ...options, rng: createRng(1), kernel: kernel2 }),
    ];
    expect(b.assignments).toEqual(a.assignments);
    expect(c.centroids.data).toEqual(b.centroids.data);
  });
});

test("a sample is enough for nearly the same inertia", async () => {
  const points = cloud(8009, 5);
  const all = await kMeans(points, { cells: 20, rng: createRng(1), samplePerCell: Number.POSITIVE_INFINITY });
  const some = await kMeans(points, { cells: 20, rng: createRng(1), samplePerCell: 32 });
  expect(some.inertia).toBeGreaterThan(all.inertia * 0.98);
  expect(some.inertia).toBeLessThan(all.inertia * 1.08);
  expect(some.dotProducts).toBeLessThan(all.dotProducts / 2);
});

test.each([1, 1.3, 2])("no cell is larger than the balance %d allows", async (balance) => {
  const points = vectorsOf(
    Float32Array.from(cloud(2003, 3).data, (v) => v ** 3),
    3,
  );
  const { offsets, members, assignments, centroids, inertia } = await kMeans(points, { cells: 40, rng: createRng(2), balance });
  const sizes = Array.from({ length: 40 }, (_, c) => (offsets[c + 1] as number) - (offsets[c] as number));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.ceil((balance * 2003) / 40));
  const free = await kMeans(points, { cells: 40, rng: createRng(2) });
  const freeSizes = Array.from({ length: 40 }, (_, c) => (free.offsets[c + 1] as number) - (free.offsets[c] as number));
  expect(Math.max(...freeSizes)).toBeGreaterThan(Math.ceil((2 * 2003) / 40));
  // Whoever is not in the nearest cell was turned away by a full one, whose members are all nearer.
  const wanted = nearest(points, centroids);
  const capacity = Math.ceil((balance * 2003) / 40);
  const distance = (i: number, cell: number): number => squaredDistance(points.data, i, centroids.data, cell, 3);
  const radii = sizes.map((_, cell) =>
    Math.max(...Array.from(members.subarray(offsets[cell], offsets[cell + 1]), (i) => distance(i, cell))),
  );
  wanted.forEach((cell, i) => {
    if (cell === assignments[i]) return;
    expect(sizes[cell]).toBe(capacity);
    expect(distance(i, cell)).toBeGreaterThanOrEqual(radii[cell] as number);
  });
  expect(inertia).toBeGreaterThanOrEqual(free.inertia);
});

test("fewer different vectors than cells leave no NaN, and every vector is at its centroid", async () => {
  const points = vectorsOf(Float32Array.of(1, 1, 1, 5, 5, 1), 1);
  for (const init of ["k-means++", "random"] as const) {
    const { inertia, assignments, centroids } = await kMeans(points, { cells: 4, rng: createRng(1), init });
    // Taking the mean off and putting it back rounds.
    expectClose(inertia, 0);
    expect([...centroids.data].every(Number.isFinite)).toBe(true);
    expect(assignments[0]).toBe(assignments[5]);
  }
});

test("D² sampling in batches has the distribution of one by one", async () => {
  // Eight of ten are drawn singly, the last two in one batch. Exact probabilities of every set by dynamic programming.
  const points = Float32Array.of(0, 0.5, 1, 3, 3.2, 7, 7.5, 9, 12, 12.1, 15, 20);
  const n = points.length;
  const cells = 10;
  let sets = new Map<number, number>(Array.from({ length: n }, (_, i) => [1 << i, 1 / n]));
  for (let size = 1; size < cells; size++) {
    const next = new Map<number, number>();
    for (const [set, probability] of sets) {
      const d = Array.from(points, (x) =>
        Math.min(...Array.from(points, (c, j) => ((set >> j) & 1 ? (x - c) ** 2 : Number.POSITIVE_INFINITY))),
      );
      const total = d.reduce((sum, v) => sum + v, 0);
      d.forEach((v, j) => {
        if (v > 0) next.set(set | (1 << j), (next.get(set | (1 << j)) ?? 0) + (probability * v) / total);
      });
    }
    sets = next;
  }
  const draws = 20_000;
  const counts = new Map<number, number>();
  const kernel = typedArrayKernel();
  for (let i = 0; i < draws; i++) {
    const rows = await plusPlusRows(points, 1, cells, createRng(i), kernel);
    const set = rows.reduce((bits, row) => bits | (1 << row), 0);
    counts.set(set, (counts.get(set) ?? 0) + 1);
  }
  // Cells with fewer than five expected are pooled.
  let [chi, degrees, restExpected, restSeen] = [0, -1, 0, 0];
  for (const [set, probability] of sets) {
    const [expected, seen] = [probability * draws, counts.get(set) ?? 0];
    if (expected < 5) {
      restExpected += expected;
      restSeen += seen;
    } else {
      chi += (seen - expected) ** 2 / expected;
      degrees++;
    }
  }
  if (restExpected > 0) {
    chi += (restSeen - restExpected) ** 2 / restExpected;
    degrees++;
  }
  // Wilson and Hilferty: the fourth root of the tail probability 1e-4 is 3.72 standard deviations out.
  const limit = degrees * (1 - 2 / (9 * degrees) + 3.72 * Math.sqrt(2 / (9 * degrees))) ** 3;
  expect(degrees).toBeGreaterThan(10);
  expect(chi).toBeLessThan(limit);
});

test("centroids of one batch keep away from each other", async () => {
  // Forty pairs of points, far from one another: a second point of a pair has a chance of about 1e-10.
  const points = Float32Array.from({ length: 80 }, (_, i) => 100 * (i >> 1) + 0.01 * (i & 1));
  for (let seed = 0; seed < 100; seed++) {
    const rows = await plusPlusRows(points, 1, 40, createRng(seed), typedArrayKernel());
    expect(new Set(rows.map((row) => row >> 1)).size).toBe(40);
  }
});

test("assignCells takes the lowest of equal centroids", async () => {
  const centroids = vectorsOf(Float32Array.of(2, 0, 2), 1);
  expect([...(await assignCells(vectorsOf(Float32Array.of(3, 1, -1), 1), centroids))]).toEqual([0, 0, 1]);
});

describe("bad input", () => {
  const points = cloud(5, 2);
  const rng = createRng(1);
  test.each([
    [{ cells: 6, rng }, "kMeans: cells must be at most the number of vectors, 5; got 6. Ask for fewer cells."],
    [{ cells: 0, rng }, "kMeans: cells must be a whole number >= 1; got 0."],
    [{ cells: 2 }, "kMeans: rng must be a generator made by createRng; got nothing."],
    [{ cells: 2, rng: 1 }, "kMeans: rng must be a generator made by createRng; got 1."],
    [{ cells: 2, rng, balance: 0.5 }, "kMeans: balance must be a number >= 1 and <= Infinity; got 0.5."],
    [{ cells: 2, rng, samplePerCell: 0 }, "kMeans: samplePerCell must be a number >= 1 and <= Infinity; got 0."],
    [{ cells: 2, rng, init: "pca" }, 'kMeans: init must be one of "k-means++", "random"; got "pca".'],
    [{ cells: 2, rng, kernel: {} }, "kMeans: kernel must be a kernel with topProducts, products and unitRoundoff; got {}."],
    [{ cells: 2, rng, k: 2 }, 'kMeans: every option must be known; got "k".'],
  ])("%#: %s", async (options, text) => {
    await expect(kMeans(points, options as object as Parameters<typeof kMeans>[1])).rejects.toThrow(text);
  });

  test("an assignment beyond the cells", () => {
    expect(() => cellLists(Int32Array.of(0, 3), 3)).toThrow(
      "cellLists: assignments must be cells from 0 to 2; got 3. Pass the number of cells of the assignment.",
    );
  });

  test("vectors and centroids of different dimensions", async () => {
    await expect(assignCells(points, cloud(2, 3))).rejects.toThrow("assignCells: vectors must have dimension 3; got 2.");
  });
});

test("fewer different points than cells: every cell gets a centroid all the same", async () => {
  const points = vectorsOf(Float32Array.of(1, 1, 1, 5, 5), 1);
  const { centroids, inertia } = await kMeans(points, { cells: 4, rng: createRng(1) });
  expect(new Set(centroids.data)).toEqual(new Set([1, 5]));
  expect(inertia).toBe(0);
});

test("vectors whose squared distances leave float32 are refused, just below they are clustered", async () => {
  const points = (size: number): Vectors => vectorsOf(Float32Array.of(size, size * 0.9, -size, -size * 0.9), 1);
  await expect(kMeans(points(1e19), { cells: 2, rng: createRng(1) })).rejects.toThrow(
    "kMeans: squared distances to the mean must be at most 1e+37, because float32 ends soon after; got 1.0e+38. Divide all vectors by one number first; the cells stay the same.",
  );
  const { assignments } = await kMeans(points(3e18), { cells: 2, rng: createRng(1) });
  expect(assignments[0]).toBe(assignments[1]);
  expect(assignments[2]).toBe(assignments[3]);
  expect(assignments[0]).not.toBe(assignments[2]);
});
