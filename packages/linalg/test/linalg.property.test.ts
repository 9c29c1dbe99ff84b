import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cholesky,
  correlationMatrix,
  directionalDivergence,
  dot,
  dualExponent,
  dualNorm,
  entropyBregmanDivergence,
  entropyInverseMirrorMap,
  entropyMirrorMap,
  identity,
  leastSquares,
  lpBregmanDivergence,
  lpInverseMirrorMap,
  lpMirrorMap,
  lpNorm,
  lpPotential,
  lu,
  type Matrix,
  matmul,
  matrix,
  matvec,
  matvecTransposed,
  normalize,
  nuclearNorm,
  qr,
  solve,
  spectralNorm,
  svd,
  symmetricEigen,
  transpose,
} from "../src/index.ts";

// Whole numbers of millionths: doubles drawn by their bits would be tiny more often than not. Small whole numbers make ties and zeros.
const real = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -9e6, max: 9e6 }).map((v) => v / 1e6) },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
);
const vector = (n: number): fc.Arbitrary<Float64Array> => fc.array(real, { minLength: n, maxLength: n }).map((v) => Float64Array.from(v));
const pair = fc.integer({ min: 1, max: 11 }).chain((n) => fc.tuple(vector(n), vector(n)));
const exponent = fc.constantFrom(1.05, 1.1, 1.5, 1.75, 2, 3, 4.5, 11);
const sized = (m: fc.Arbitrary<number>, n: fc.Arbitrary<number>): fc.Arbitrary<Matrix> =>
  fc.tuple(m, n).chain(([rows, cols]) => vector(rows * cols).map((data) => matrix(rows, cols, data)));
const small = fc.integer({ min: 1, max: 7 });
const isZero = (v: Float64Array): boolean => v.every((e) => e === 0);

describe("lp geometry", () => {
  it("meets Hölder's inequality, with equality at the gradient of the norm", () => {
    fc.assert(
      fc.property(pair, fc.constantFrom(1.1, 1.5, 2, 3, 11), ([g, w], p) => {
        expect(Math.abs(dot(g, w))).toBeLessThanOrEqual(dualNorm(g, p) * lpNorm(w, p) * (1 + 1e-12));
        fc.pre(!isZero(g));
        const q = dualExponent(p);
        const best = normalize(lpMirrorMap(normalize(g, q), q), p);
        expectClose(dot(g, best), dualNorm(g, p));
      }),
    );
  });

  it("takes norms that are homogeneous, monotone in p, and sane at both ends of the number range", () => {
    fc.assert(
      fc.property(pair, exponent, fc.constantFrom(1e-300, 1e-9, 1, 1e9, 1e295), ([x], p, scale) => {
        expectClose(
          lpNorm(
            x.map((v) => v * scale),
            p,
          ) / scale,
          lpNorm(x, p),
        );
        expect(lpNorm(x, p + 1)).toBeLessThanOrEqual(lpNorm(x, p) * (1 + 1e-12));
        expect(lpNorm(x, Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(lpNorm(x, p) * (1 + 1e-12));
      }),
    );
  });

  it("inverts the mirror map", () => {
    fc.assert(
      fc.property(pair, exponent, ([w], p) => {
        expectClose(lpInverseMirrorMap(lpMirrorMap(w, p), p), w, {
          factor: 20,
          reason: "the (1/(p-1))-th power amplifies rounding by up to 20",
        });
      }),
    );
  });

  it("has the mirror map as the gradient of the potential", () => {
    fc.assert(
      fc.property(pair, exponent, ([w, d], p) => {
        const away = w.map((v) => (Math.abs(v) < 0.1 ? 0.5 : v));
        const at = (h: number): number =>
          lpPotential(
            away.map((v, i) => v + h * (d[i] as number)),
            p,
          );
        const slope = (at(1e-6) - at(-1e-6)) / 2e-6;
        const size = 1 + dualNorm(lpMirrorMap(away, p), 2) * lpNorm(d, 2);
        expectClose(dot(lpMirrorMap(away, p), d) / size, slope / size, { purpose: "gradient" });
      }),
    );
  });

  it("has Bregman divergences that are never negative and equal their definition", () => {
    fc.assert(
      fc.property(pair, exponent, ([a, b], p) => {
        const divergence = lpBregmanDivergence(a, b, p);
        expect(divergence).toBeGreaterThanOrEqual(0);
        expect(lpBregmanDivergence(a, a, p)).toBe(0);
        const definition = lpPotential(a, p) + (p - 1) * lpPotential(b, p) - dot(lpMirrorMap(b, p), a);
        const terms = lpPotential(a, p) + (p - 1) * lpPotential(b, p) + 1e-300;
        expectClose(divergence / terms, definition / terms);
      }),
    );
  });

  it("obeys the two inequalities of spec 2.1 on the unit sphere", () => {
    fc.assert(
      fc.property(pair, exponent, ([a, b], p) => {
        fc.pre(!isZero(a) && !isZero(b));
        const [u, v] = [normalize(a, p), normalize(b, p)];
        const bound =
          ((p - 1) / 2) *
          lpNorm(
            u.map((e, i) => e - (v[i] as number)),
            2,
          ) **
            2;
        const divergence = lpBregmanDivergence(u, v, p);
        if (p <= 2) expect(divergence).toBeGreaterThanOrEqual(bound * (1 - 1e-9));
        if (p >= 2) expect(divergence).toBeLessThanOrEqual(bound * (1 + 1e-9));
      }),
      { numRuns: 500 },
    );
  });

  it("has directional divergences in [0, 2] that ignore lengths, even extreme ones", () => {
    fc.assert(
      fc.property(pair, exponent, ([a, b], p) => {
        fc.pre(!isZero(a) && !isZero(b));
        const d = directionalDivergence(a, b, p);
        expect(d).toBeGreaterThanOrEqual(0);
        expect(d).toBeLessThanOrEqual(2 + 1e-12);
        expectClose(
          directionalDivergence(
            a.map((v) => v * 1e200),
            b.map((v) => v * 1e-200),
            p,
          ),
          d,
        );
        expectClose(
          directionalDivergence(
            a,
            a.map((v) => -v),
            p,
          ),
          2,
        );
      }),
    );
  });

  it("has an entropy geometry of the same kind", () => {
    fc.assert(
      fc.property(pair, ([x, y]) => {
        const a = x.map((v) => Math.abs(v) + 0.01);
        const b = y.map((v) => Math.abs(v) + 0.01);
        expect(entropyBregmanDivergence(a, b)).toBeGreaterThanOrEqual(0);
        expectClose(entropyInverseMirrorMap(entropyMirrorMap(a)), a);
        const definition = a.reduce((sum, v, i) => sum + v * Math.log(v / (b[i] as number)) - v + (b[i] as number), 0);
        expectClose(entropyBregmanDivergence(a, b), definition, {
          absolute: 1e-12,
          reason: "the definition cancels: sums of terms up to 30",
        });
      }),
    );
  });
});

function expectOrthonormal(q: Matrix): void {
  expectClose(matmul(q, q, { transposeA: true }).data, identity(q.cols).data, { absolute: 1e-12, reason: "sums of up to 7 products" });
}

describe("decompositions", () => {
  it("QR: Q'Q = I, R upper triangular, QR = A", () => {
    fc.assert(
      fc.property(sized(small, small), (a) => {
        fc.pre(a.rows >= a.cols);
        const { orthogonal, upper, fullRank } = qr(a);
        fc.pre(fullRank);
        expectOrthonormal(orthogonal);
        expectClose(
          upper.data,
          upper.data.map((v, at) => (Math.floor(at / a.cols) > at % a.cols ? 0 : v)),
        );
        expectClose(matmul(orthogonal, upper).data, a.data, { absolute: 1e-12, reason: "rounding relative to the largest element, 9" });
      }),
    );
  });

  it("Cholesky: L lower triangular, LL' = A, solve inverts", () => {
    fc.assert(
      fc.property(sized(small, small), (a) => {
        const spd = matmul(a, a, { transposeB: true });
        for (let i = 0; i < a.rows; i++) spd.data[i * (a.rows + 1)] = (spd.data[i * (a.rows + 1)] as number) + 1;
        const factored = cholesky(spd);
        const size = lpNorm(spd.data, 2);
        expectClose(
          matmul(factored.lower, factored.lower, { transposeB: true }).data.map((v) => v / size),
          spd.data.map((v) => v / size),
        );
        const x = a.data.slice(0, a.rows);
        fc.pre(x.length === a.rows);
        expectClose(factored.solve(matvec(spd, x)), x, { relative: 1e-9, absolute: 1e-9, reason: "condition numbers up to 1e4" });
      }),
    );
  });

  it("LU: PA = LU", () => {
    fc.assert(
      fc.property(
        small.chain((n) => sized(fc.constant(n), fc.constant(n))),
        (a) => {
          const { lower, upper, permutation } = lu(a);
          const permuted = Float64Array.from(
            a.data,
            (_, at) => a.data[(permutation[Math.floor(at / a.cols)] as number) * a.cols + (at % a.cols)] as number,
          );
          expectClose(matmul(lower, upper).data, permuted, { absolute: 1e-12, reason: "rounding relative to the largest element, 9" });
        },
      ),
    );
  });

  it("SVD: U'U = I, V'V = I, U diag(s) V' = A, s descending; norms dual to each other", () => {
    fc.assert(
      fc.property(sized(small, small), (a) => {
        const { left, singularValues, right } = svd(a);
        const k = singularValues.length;
        expectOrthonormal(right);
        if (singularValues[k - 1] !== 0) expectOrthonormal(left);
        const scaled = { ...left, data: left.data.map((v, at) => v * (singularValues[at % k] as number)) };
        expectClose(matmul(scaled, right, { transposeB: true }).data, a.data, {
          absolute: 2e-12,
          reason: "rounding relative to the largest singular value",
        });
        expect(Array.from(singularValues)).toEqual(Array.from(singularValues).sort((s, t) => t - s));
        // <A, B> <= ||A|| ||B||_*, here with B = A.
        expect(dot(a.data, a.data)).toBeLessThanOrEqual(spectralNorm(a) * nuclearNorm(a) * (1 + 1e-12));
      }),
    );
  });

  it("symmetric EVD: A V = V diag(values), values ascending, trace kept", () => {
    fc.assert(
      fc.property(
        small.chain((n) => sized(fc.constant(n), fc.constant(n))),
        (a) => {
          const n = a.rows;
          const turned = transpose(a);
          const s = matrix(
            n,
            n,
            a.data.map((v, i) => v + (turned.data[i] as number)),
          );
          const { values, vectors } = symmetricEigen(s);
          const scaled = vectors.data.map((v, at) => v * (values[at % n] as number));
          expectClose(matmul(s, vectors).data, scaled, {
            absolute: 1e-11,
            reason: "rounding relative to the largest eigenvalue, up to 126",
          });
          expectClose(
            values.reduce((sum, v) => sum + v, 0),
            Array.from({ length: n }, (_, i) => s.data[i * (n + 1)] as number).reduce((sum, v) => sum + v, 0),
            { absolute: 1e-11, reason: "as above" },
          );
          expect(Array.from(values)).toEqual(Array.from(values).sort((s, t) => s - t));
        },
      ),
    );
  });

  it("least squares leave a residual orthogonal to the columns, whatever the rank", () => {
    fc.assert(
      fc.property(sized(small, small), fc.boolean(), (a, deficient) => {
        const source = deficient
          ? { ...a, data: a.data.map((v, at) => (at % a.cols === 0 ? v : 2 * (a.data[at - (at % a.cols)] as number))) }
          : a;
        const b = Float64Array.from({ length: a.rows }, (_, i) => Math.sin(i + 1));
        const fitted = matvec(source, leastSquares(source, b));
        const normal = matvecTransposed(
          source,
          b.map((v, i) => v - (fitted[i] as number)),
        );
        expectClose(normal, new Float64Array(a.cols), {
          absolute: 1e-8,
          reason: "condition numbers up to 1e7 with nearly dependent columns",
        });
      }),
    );
  });
});

describe("products", () => {
  it("agree with the definition beyond one cache block, with each transpose", () => {
    const [m, k, n] = [67, 131, 71];
    const a = matrix(
      m,
      k,
      Float64Array.from({ length: m * k }, (_, i) => Math.sin(i)),
    );
    const b = matrix(
      k,
      n,
      Float64Array.from({ length: k * n }, (_, i) => Math.cos(3 * i)),
    );
    const product = matmul(a, b);
    for (const [i, j] of [
      [0, 0],
      [66, 70],
      [13, 64],
      [64, 13],
    ] as const) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += (a.data[i * k + l] as number) * (b.data[l * n + j] as number);
      expectClose(product.data[i * n + j] as number, sum, { absolute: 1e-12, reason: "131 terms of size 1" });
    }
    expectClose(matmul(transpose(a), transpose(b), { transposeA: true, transposeB: true }).data, product.data);
    const x = b.data.slice(0, k);
    expectClose(matvec(a, x), matmul(a, matrix(k, 1, x)).data, { absolute: 1e-12, reason: "131 terms of size 1" });
    expectClose(matvecTransposed(transpose(a), x), matvec(a, x), { absolute: 1e-12, reason: "131 terms of size 1" });
  });

  it("solve undoes matvec", () => {
    const a = matrix(3, 3, [2, 1, 0, -1, 3, 5, 0.5, 0, 4]);
    expectClose(solve(a, matvec(a, Float64Array.of(1, -2, 3))), [1, -2, 3]);
  });

  it("correlation ignores shift and positive scale of a column and flips with its sign", () => {
    fc.assert(
      fc.property(vector(21), fc.constantFrom(2, -3), (data, scale) => {
        const base = matrix(
          7,
          3,
          data.map((v, i) => v + Math.sin(i)),
        );
        const moved = matrix(
          7,
          3,
          base.data.map((v, at) => (at % 3 === 1 ? scale * v + 5 : v)),
        );
        const expected = correlationMatrix(base).data.map((v, at) =>
          (at % 3 === 1) !== (Math.floor(at / 3) === 1) ? Math.sign(scale) * v : v,
        );
        expectClose(correlationMatrix(moved).data, expected, {
          absolute: 1e-11,
          reason: "the shift costs digits where a column hardly varies",
        });
      }),
    );
  });
});
