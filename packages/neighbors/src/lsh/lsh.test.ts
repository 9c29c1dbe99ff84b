import { createRng } from "@attnlab/random";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Metric } from "../neighbor-index.ts";
import { naiveSearch } from "../testing/naive-search.ts";
import { createVectorStore } from "../vector-store.ts";
import { vectorsOf } from "../vectors.ts";
import { angularSpace } from "./angular-space.ts";
import { type Ranking, rankSymbols } from "./hash-family.ts";
import { createLshIndex } from "./lsh-index.ts";
import { probeBuckets } from "./probe-buckets.ts";

test.each<Metric>(["inner-product", "euclidean", "cosine"])("the angle orders keys as %s does", (metric) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 2, max: 6 }), (seed, dimension) => {
      const rng = createRng(seed);
      const keys = vectorsOf(rng.fillNormal(new Float32Array(13 * dimension), { mean: 1 }), dimension);
      const queries = vectorsOf(rng.fillNormal(new Float32Array(3 * dimension)), dimension);
      const store = createVectorStore(metric, keys);
      const space = angularSpace(store);
      const lift = (rows: Float32Array) => vectorsOf(rows, space.dimension);
      const lifted = [lift(space.keys(store.kernelKeys, store.bias)), lift(space.queries(store.kernelQueries(queries)))] as const;
      expect([...naiveSearch(...lifted, "cosine", 13).indices]).toEqual([...naiveSearch(keys, queries, metric, 13).indices]);
    }),
    { numRuns: 50 },
  );
});

test("augmented keys all have the radius as their norm", () => {
  const store = createVectorStore("inner-product", vectorsOf(createRng(1).fillNormal(new Float32Array(35)), 5));
  const { keys, dimension, parameters } = angularSpace(store);
  const rows = keys(store.kernelKeys, undefined);
  for (let i = 0; i < 7; i++) {
    const norm = Math.hypot(...rows.subarray(i * dimension, (i + 1) * dimension));
    expect(Math.abs(norm - parameters.radius)).toBeLessThan(1e-6 * parameters.radius);
  }
  // A longer row that comes later: the coordinate is 0, not NaN.
  expect(keys(new Float32Array(5).fill(100), undefined)[5]).toBe(0);
});

test("symbols are ranked by what they cost", () => {
  const projections = Float64Array.of(9, 0.5, -3, 2);
  expect(rankSymbols("cross-polytope", projections, 1, 3, 3)).toEqual({ symbols: [2, 5, 1], costs: [0, 5, 8.75] });
  expect(rankSymbols("cross-polytope", projections, 1, 3, 1)).toEqual({ symbols: [2], costs: [0] });
  expect(rankSymbols("hyperplane", projections, 2, 1, 2)).toEqual({ symbols: [0, 1], costs: [0, 9] });
});

test("buckets come in the order of their cost, each once", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 2, max: 4 }),
      (seed, functions, alphabet) => {
        const rng = createRng(seed);
        const rankings = Array.from({ length: functions }, (): Ranking => {
          const costs = [0, ...Array.from({ length: alphabet - 1 }, () => rng.uniform())].sort((a, b) => a - b);
          return { symbols: [...rng.permutation(alphabet)], costs };
        });
        const costOf = (bucket: number): number => {
          let [rest, cost] = [bucket, 0];
          for (const { symbols, costs } of rankings.toReversed()) {
            cost += costs[symbols.indexOf(rest % alphabet)] as number;
            rest = Math.floor(rest / alphabet);
          }
          return cost;
        };
        const buckets = probeBuckets(rankings, alphabet, alphabet ** functions);
        expect([...buckets].sort((a, b) => a - b)).toEqual(Array.from({ length: alphabet ** functions }, (_, i) => i));
        const costs = buckets.map(costOf);
        costs.slice(1).forEach((cost, i) => {
          expect(cost).toBeGreaterThanOrEqual((costs[i] as number) - 1e-12);
        });
        expect(probeBuckets(rankings, alphabet, 2)).toEqual(buckets.slice(0, 2));
      },
    ),
  );
});

test("vectors at a small angle share a symbol more often, at the rate that is known for hyperplanes", () => {
  // P(same sign) = 1 - angle / pi.
  const rng = createRng(3);
  for (const angle of [0.3, 1, 2]) {
    let same = 0;
    for (let i = 0; i < 20_000; i++) {
      const [a, b] = [rng.normal(), rng.normal()];
      const near = rankSymbols("hyperplane", Float64Array.of(Math.cos(angle) * a + Math.sin(angle) * b), 0, 1, 1);
      same += Number(near.symbols[0] === rankSymbols("hyperplane", Float64Array.of(a), 0, 1, 1).symbols[0]);
    }
    const rate = 1 - angle / Math.PI;
    // Five standard errors: wrong once in two million runs.
    expect(Math.abs(same / 20_000 - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / 20_000));
  }
});

test("refuses more buckets than numbers", async () => {
  const keys = vectorsOf(createRng(1).fillNormal(new Float32Array(40)), 4);
  await expect(createLshIndex(keys, { rng: createRng(1), functions: 60, family: "hyperplane" })).rejects.toThrow(
    "createLshIndex: functions must number at most 53, so that 2^53 numbers the buckets; got 60. Use more tables instead.",
  );
});
