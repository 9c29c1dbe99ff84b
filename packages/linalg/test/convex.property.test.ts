import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  conjugateProx,
  dot,
  dualNorm,
  dualSchattenNorm,
  lpNorm,
  type Matrix,
  matrix,
  maximizeOverLpBall,
  maximizeOverSchattenBall,
  nuclearNorm,
  projectBox,
  projectHalfSpace,
  projectHyperplane,
  projectLpBall,
  projectNuclearBall,
  projectSchattenBall,
  projectSecondOrderCone,
  projectSemidefiniteCone,
  projectSimplex,
  projectSpectralBall,
  proxElasticNet,
  proxGroupNorm,
  proxLpNorm,
  proxLpPower,
  proxNuclearNorm,
  proxSchattenNorm,
  proxSquaredLpNorm,
  schattenBregmanDivergence,
  schattenInverseMirrorMap,
  schattenMirrorMap,
  schattenNorm,
  schattenPotential,
  softThreshold,
  spectralNorm,
  squaredLpBregmanDivergence,
  squaredLpInverseMirrorMap,
  squaredLpMirrorMap,
  squaredLpPotential,
} from "../src/index.ts";

const N = 7;
// Whole numbers of millionths: doubles drawn by their bits would be tiny more often than not. Small whole numbers make ties and zeros.
const real = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -9e6, max: 9e6 }).map((v) => v / 1e6) },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
);
const vector = (n: number): fc.Arbitrary<Float64Array> => fc.array(real, { minLength: n, maxLength: n }).map((v) => Float64Array.from(v));
const scale = fc.constantFrom(1e-8, 1, 1e8);
const exponent = fc.constantFrom(1, 1.01, 1.1, 1.5, 1.75, 2, 3, 4.5, 11, 100, Number.POSITIVE_INFINITY);
const inner = fc.constantFrom(1.1, 1.5, 1.75, 2, 3, 4.5);
const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v - (b[i] as number));
const times = (a: Float64Array, factor: number): Float64Array => a.map((v) => v * factor);
const distance = (a: Float64Array, b: Float64Array): number => lpNorm(minus(a, b), 2);
const asMatrix = (v: Float64Array): Matrix => matrix(2, 3, v.slice(0, 6));

type Projection = (x: Float64Array) => Float64Array;
const normal = Float64Array.of(1, -2, 0.5, 0, 3, 1, -1);
const weights = Float64Array.of(1, 2, 0.5, 3, 1, 0.1, 1);
const onMatrix =
  (project: (a: Matrix) => Matrix): Projection =>
  (x) => {
    const out = x.slice();
    out.set(project(asMatrix(x)).data);
    return out;
  };
const symmetricOf = (x: Float64Array): Matrix => matrix(2, 2, [x[0] as number, x[1] as number, x[1] as number, x[2] as number]);
const sets: readonly (readonly [string, Projection])[] = [
  ...[1, 1.01, 1.1, 1.5, 1.75, 2, 3, 4.5, 11, 100, Number.POSITIVE_INFINITY].map(
    (p) => [`the l${p} ball`, (x: Float64Array) => projectLpBall(x, { p, radius: 2 })] as const,
  ),
  ["the simplex", (x) => projectSimplex(x)],
  ["the weighted simplex", (x) => projectSimplex(x, { radius: 3, weights })],
  ["a box", (x) => projectBox(x, { lower: -1, upper: weights })],
  ["a half-space", (x) => projectHalfSpace(x, { normal, offset: -2 })],
  ["a hyperplane", (x) => projectHyperplane(x, { normal, offset: 5 })],
  ["the second-order cone", projectSecondOrderCone],
  ["the nuclear ball", onMatrix((a) => projectNuclearBall(a, { radius: 3 }))],
  ["the spectral ball", onMatrix((a) => projectSpectralBall(a, { radius: 3 }))],
  ["the Schatten ball of 3", onMatrix((a) => projectSchattenBall(a, { p: 3, radius: 3 }))],
];

describe("projections", () => {
  for (const [name, project] of sets) {
    it(`onto ${name}: idempotent, non-expansive, and nearer than any feasible point`, () => {
      fc.assert(
        fc.property(vector(N), vector(N), scale, (x, y, factor) => {
          const big = times(x, factor);
          const w = project(big);
          const other = project(y);
          const size = 1 + lpNorm(big, 2);
          expect(distance(project(w), w)).toBeLessThanOrEqual(1e-14 * size);
          expect(distance(w, other)).toBeLessThanOrEqual(distance(big, y) + 1e-13 * size);
          // The variational inequality <x - w, v - w> <= 0 for feasible v holds at the nearest point alone.
          expect(dot(minus(big, w), minus(other, w))).toBeLessThanOrEqual(1e-13 * size * (1 + lpNorm(minus(other, w), 2)));
        }),
      );
    });
  }

  it("end inside the set, at every p and radius", () => {
    fc.assert(
      fc.property(vector(N), exponent, scale, scale, (x, p, factor, radius) => {
        const w = projectLpBall(times(x, factor), { p, radius });
        expect(lpNorm(w, p)).toBeLessThanOrEqual(radius * (1 + 1e-14));
        if (lpNorm(times(x, factor), p) > radius) expectClose(lpNorm(w, p), radius);
      }),
    );
  });

  it("onto the simplex sum to its radius, also from far away", () => {
    fc.assert(
      fc.property(vector(N), scale, (x, factor) => {
        const w = projectSimplex(times(x, factor), { radius: 3, weights });
        expect(Math.min(...w)).toBeGreaterThanOrEqual(0);
        expectClose(dot(weights, w), 3, { absolute: 1e-7, reason: "inputs of 1e9 have a rounding unit of 1e-7" });
        expectClose(
          projectSimplex(times(x, factor)).reduce((s, v) => s + v, 0),
          1,
        );
      }),
    );
  });

  it("onto a hyperplane end on it, and onto a half-space on its near side", () => {
    fc.assert(
      fc.property(vector(N), (x) => {
        expectClose(dot(normal, projectHyperplane(x, { normal, offset: 5 })), 5, { absolute: 1e-12, reason: "sums of seven products" });
        expectClose(dot(normal, projectHalfSpace(x, { normal, offset: 5 })), Math.min(5, dot(normal, x)), {
          absolute: 1e-12,
          reason: "sums of seven products",
        });
      }),
    );
  });

  it("onto the semidefinite cone and its polar are orthogonal and sum to the matrix", () => {
    fc.assert(
      fc.property(vector(3), (x) => {
        const a = symmetricOf(x);
        const above = projectSemidefiniteCone(a).data;
        const below = projectSemidefiniteCone({ ...a, data: times(a.data, -1) }).data;
        expectClose(minus(above, below), a.data, { absolute: 1e-13, reason: "entries up to 9" });
        expect(Math.abs(dot(above, below))).toBeLessThan(1e-12);
      }),
    );
  });
});

describe("the linear oracle", () => {
  it("reaches the dual norm and no more, for vectors and matrices", () => {
    fc.assert(
      fc.property(vector(6), exponent, scale, (g, p, radius) => {
        const w = maximizeOverLpBall(g, { p, radius });
        expect(lpNorm(w, p)).toBeLessThanOrEqual(radius * (1 + 1e-13));
        expectClose(dot(g, w), radius * dualNorm(g, p));
        const a = asMatrix(g);
        expectClose(dot(g, maximizeOverSchattenBall(a, { p, radius }).data), radius * dualSchattenNorm(a, p), { purpose: "golden" });
      }),
    );
  });
});

/** Each operator beside its function: the minimiser must beat nearby and random points. */
const proxes: readonly (readonly [string, (x: Float64Array, weight: number) => Float64Array, (w: Float64Array) => number])[] = [
  ...[1, 1.1, 1.75, 2, 3, 11, Number.POSITIVE_INFINITY].flatMap(
    (p) =>
      [
        [`the l${p} norm`, (x, weight) => proxLpNorm(x, { p, weight }), (w) => lpNorm(w, p)],
        [`half the squared l${p} norm`, (x, weight) => proxSquaredLpNorm(x, { p, weight }), (w) => lpNorm(w, p) ** 2 / 2],
      ] as const satisfies typeof proxes,
  ),
  ...[1, 1.1, 1.5, 2, 3, 7].map(
    (p) =>
      [
        `the power ${p}`,
        (x: Float64Array, weight: number) => proxLpPower(x, { p, weight }),
        (w: Float64Array) => w.reduce((s, v) => s + Math.abs(v) ** p / p, 0),
      ] as const,
  ),
  ["the l1 norm by thresholds", (x, weight) => softThreshold(x, new Float64Array(N).fill(weight)), (w) => lpNorm(w, 1)],
  ["the elastic net", (x, weight) => proxElasticNet(x, { l1: weight, l2: 2 * weight }), (w) => lpNorm(w, 1) + lpNorm(w, 2) ** 2],
  [
    "groups",
    (x, weight) =>
      proxGroupNorm(x, {
        groups: [
          [0, 3],
          [1, 2, 5],
        ],
        weight,
      }),
    (w) => Math.hypot(w[0] as number, w[3] as number) + Math.hypot(w[1] as number, w[2] as number, w[5] as number),
  ],
  ["the nuclear norm", (x, weight) => onMatrix((a) => proxNuclearNorm(a, { weight }))(x), (w) => nuclearNorm(asMatrix(w))],
  [
    "the spectral norm",
    (x, weight) => onMatrix((a) => proxSchattenNorm(a, { p: Number.POSITIVE_INFINITY, weight }))(x),
    (w) => spectralNorm(asMatrix(w)),
  ],
];

describe("proximal operators", () => {
  for (const [name, prox, f] of proxes) {
    it(`of ${name}: minimise, do not expand, and obey Moreau's decomposition`, () => {
      fc.assert(
        fc.property(vector(N), vector(N), fc.constantFrom(0.01, 1, 7), fc.constantFrom(1e-4, 1e-2, 1), (x, y, weight, near) => {
          const w = prox(x, weight);
          const objective = (v: Float64Array): number => weight * f(v) + distance(v, x) ** 2 / 2;
          const least = objective(w);
          for (const probe of [y, w.map((v, i) => v + near * (y[i] as number)), w.map((v) => v * (1 - near)), times(w, 1 + near)]) {
            // Strong convexity: the objective grows by half the squared distance at least.
            expect(objective(probe)).toBeGreaterThanOrEqual(least + distance(probe, w) ** 2 / 2 - 1e-12 * (1 + least + objective(probe)));
          }
          expect(distance(w, prox(y, weight))).toBeLessThanOrEqual(distance(x, y) * (1 + 1e-12) + 1e-12);
          const conjugate = conjugateProx(prox);
          const rest = conjugate(times(x, 1 / weight), 1 / weight);
          expectClose(
            w.map((v, i) => v + weight * (rest[i] as number)),
            x,
            { absolute: 1e-11, reason: "differences of numbers up to 9" },
          );
        }),
      );
    });
  }

  it("of a norm is what the projection onto the dual ball leaves", () => {
    fc.assert(
      fc.property(vector(N), inner, fc.constantFrom(0.1, 2), (x, p, weight) => {
        expectClose(conjugateProx((v) => projectLpBall(v, { p }))(x, weight), proxLpNorm(x, { p: p / (p - 1), weight }), {
          absolute: 1e-12,
          reason: "differences of numbers up to 9",
        });
      }),
    );
  });

  it("of a squared norm is homogeneous over the number range", () => {
    fc.assert(
      fc.property(vector(N), exponent, fc.constantFrom(1e-200, 1e200), (x, p, factor) => {
        expectClose(times(proxSquaredLpNorm(times(x, factor), { p, weight: 2 }), 1 / factor), proxSquaredLpNorm(x, { p, weight: 2 }), {
          absolute: 1e-11,
          reason: "scaling by 1e200 rounds x",
        });
      }),
    );
  });
});

describe("geometry of singular values and squared norms", () => {
  it("inverts the mirror maps", () => {
    fc.assert(
      fc.property(vector(6), inner, (x, p) => {
        const a = asMatrix(x);
        expectClose(schattenInverseMirrorMap(schattenMirrorMap(a, p), p).data, a.data, {
          absolute: 1e-8,
          reason: "at p = 1.1 small singular values go through a tenth power and back",
        });
        expectClose(squaredLpInverseMirrorMap(squaredLpMirrorMap(x, p), p), x, { factor: 20, reason: "powers of 10 amplify rounding" });
      }),
    );
  });

  it("has the maps as gradients of the potentials", () => {
    fc.assert(
      fc.property(vector(6), vector(6), fc.constantFrom(1.75, 2, 3), (x, d, p) => {
        const away = x.map((v, i) => (Math.abs(v) < 0.1 ? 0.5 + i : v));
        const move = (h: number): Float64Array => away.map((v, i) => v + h * (d[i] as number));
        const size = 1 + lpNorm(away, 2) ** p * (1 + lpNorm(d, 2));
        const slope = (f: (v: Float64Array) => number): number => (f(move(1e-6)) - f(move(-1e-6))) / 2e-6;
        expectClose(dot(squaredLpMirrorMap(away, p), d) / size, slope((v) => squaredLpPotential(v, p)) / size, { purpose: "gradient" });
        const spectral = slope((v) => schattenPotential(asMatrix(v), p));
        expectClose(dot(schattenMirrorMap(asMatrix(away), p).data, d) / size, spectral / size, { purpose: "gradient" });
      }),
    );
  });

  it("has divergences that are never negative and equal their definition", () => {
    fc.assert(
      fc.property(vector(6), vector(6), inner, fc.boolean(), (x, y, p, turned) => {
        const [a, b] = turned ? [matrix(3, 2, x), matrix(3, 2, y)] : [asMatrix(x), asMatrix(y)];
        const terms = schattenPotential(a, p) + (p - 1) * schattenPotential(b, p) + 1e-9;
        const divergence = schattenBregmanDivergence(a, b, p);
        expect(divergence).toBeGreaterThanOrEqual(0);
        expect(schattenBregmanDivergence(a, a, p) / terms).toBeLessThan(1e-20);
        const definition = schattenPotential(a, p) + (p - 1) * schattenPotential(b, p) - dot(schattenMirrorMap(b, p).data, x);
        expectClose(divergence / terms, definition / terms, { purpose: "golden" });
        const squared = squaredLpBregmanDivergence(x, y, p);
        expect(squared).toBeGreaterThanOrEqual(0);
        const plain = squaredLpPotential(x, p) + squaredLpPotential(y, p) - dot(squaredLpMirrorMap(y, p), x);
        expectClose(squared, Math.max(0, plain), { absolute: 1e-10, reason: "squared norms up to 500" });
      }),
    );
  });

  it("keeps the digits of close matrices: the divergence at p = 2 is half the squared distance", () => {
    const a = matrix(2, 3, [1, -2, 3, 4, 5, -6]);
    const b = matrix(
      2,
      3,
      a.data.map((v, i) => v + 2 ** -30 * (i - 2)),
    );
    // The definition would leave 45 - 45 = 0 of 8e-18.
    expectClose(schattenBregmanDivergence(a, b, 2) / (distance(a.data, b.data) ** 2 / 2), 1, {
      relative: 1e-4,
      reason: "singular vectors carry 1e-16 of absolute error against a difference of 1e-9",
    });
    expectClose(schattenNorm(a, 2), lpNorm(a.data, 2));
  });
});
