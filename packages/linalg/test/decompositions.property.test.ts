import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cholesky,
  deleteCholeskyRow,
  downdateCholesky,
  identity,
  insertCholeskyRow,
  inverse,
  logDeterminant,
  lu,
  type Matrix,
  matmul,
  matrix,
  matvec,
  pseudoInverse,
  qr,
  symmetricEigen,
  transpose,
  updateCholesky,
} from "../src/index.ts";
import { expectSame, small, system, vector, without } from "./random-systems.ts";

describe("an updated Cholesky factor is the factor of the updated matrix", () => {
  const outer = (a: Matrix, x: Float64Array, sign: number): Matrix =>
    matrix(
      a.rows,
      a.rows,
      a.data.map((v, at) => v + sign * (x[Math.floor(at / a.rows)] as number) * (x[at % a.rows] as number)),
    );

  it("rank one up, and down again", () => {
    fc.assert(
      fc.property(system, ({ a, x }) => {
        const factor = cholesky(a);
        const before = factor.lower.data.slice();
        const up = updateCholesky(factor, x);
        expectSame(up.lower, cholesky(outer(a, x, 1)).lower);
        expectClose(up.logDeterminant, cholesky(outer(a, x, 1)).logDeterminant, { absolute: 1e-10, reason: "as above" });
        expectSame(downdateCholesky(up, x).lower, factor.lower);
        expect(factor.lower.data).toEqual(before);
      }),
    );
  });

  it("rows deleted and inserted, anywhere", () => {
    fc.assert(
      fc.property(system, fc.nat(6), ({ a, x }, at) => {
        const index = at % a.rows;
        const factor = cholesky(a);
        const less = deleteCholeskyRow(factor, index);
        expectSame(less.lower, cholesky(without(a, index)).lower);
        const more = insertCholeskyRow(less, index, a.data.slice(index * a.rows, (index + 1) * a.rows));
        expectSame(more.lower, factor.lower);
        expectSame({ rows: a.rows, cols: 1, data: more.solve(matvec(a, x)) }, { rows: a.rows, cols: 1, data: x });
      }),
    );
  });

  it("has the determinant and the inverse of the matrix", () => {
    fc.assert(
      fc.property(system, ({ a }) => {
        const factor = cholesky(a);
        expectClose(factor.determinant / lu(a).determinant, 1, { purpose: "golden" });
        expectSame(factor.inverse(), inverse(a));
      }),
    );
  });
});

describe("decompositions with more to ask", () => {
  it("pivoted QR: A P = Q R, Q'Q = I, a falling diagonal", () => {
    fc.assert(
      fc.property(small, small, vector(49), (m, n, values) => {
        fc.pre(m >= n);
        const a = matrix(m, n, values.slice(0, m * n));
        const { orthogonal, upper, permutation } = qr(a, { pivoting: true });
        const product = matmul(orthogonal, upper);
        const permuted = a.data.map((_, at) => a.data[at - (at % n) + (permutation[at % n] as number)] as number);
        expectClose(product.data, permuted, { absolute: 1e-12, reason: "entries up to 9" });
        expectClose(matmul(orthogonal, orthogonal, { transposeA: true }).data, identity(n).data, { absolute: 1e-13, reason: "7 terms" });
        for (let j = 1; j < n; j++) {
          const [above, below] = [upper.data[(j - 1) * (n + 1)] as number, upper.data[j * (n + 1)] as number];
          expect(Math.abs(below)).toBeLessThanOrEqual(Math.abs(above) * (1 + 1e-12) + 1e-13);
        }
      }),
    );
  });

  it("pivoted QR solves in the order of the columns of A", () => {
    const a = matrix(3, 2, [1, 5, 0, 7, 2, 1]);
    expectClose(qr(a, { pivoting: true }).solve(matvec(a, Float64Array.of(3, -2))), [3, -2]);
  });

  it("a singular symmetric matrix has a rank, a condition and a pseudo-inverse", () => {
    const eigen = symmetricEigen(matrix(3, 3, [1, 1, 0, 1, 1, 0, 0, 0, 4]));
    expect(eigen.rank).toBe(2);
    expect(eigen.condition).toBeGreaterThan(1e15);
    expectClose(eigen.pseudoInverse().data, [0.25, 0.25, 0, 0.25, 0.25, 0, 0, 0, 0.25]);
    expectClose(symmetricEigen(matrix(2, 2, [-8, 0, 0, 2])).condition, 4);
  });

  it("determinants multiply, with sign and logarithm", () => {
    fc.assert(
      fc.property(
        small.chain((n) => fc.tuple(vector(n * n), vector(n * n), fc.constant(n))),
        ([x, y, n]) => {
          const [a, b] = [matrix(n, n, x), matrix(n, n, y)];
          const [one, two, both] = [logDeterminant(a), logDeterminant(b), logDeterminant(matmul(a, b))];
          fc.pre(one.logAbsolute > -5 && two.logAbsolute > -5);
          expect(both.sign).toBe(one.sign * two.sign);
          expectClose(both.logAbsolute, one.logAbsolute + two.logAbsolute, { absolute: 1e-7, reason: "nearly singular factors" });
          expectClose(one.sign * Math.exp(one.logAbsolute), lu(a).determinant, { purpose: "golden" });
        },
      ),
    );
  });

  it("the pseudo-inverse obeys Penrose's equations, whatever the rank", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 15, maxLength: 15 }), (values) => {
        const a = matrix(5, 3, values);
        const p = pseudoInverse(a);
        const size = { absolute: 1e-11, reason: "small integers" };
        expectClose(matmul(matmul(a, p), a).data, a.data, size);
        expectClose(matmul(matmul(p, a), p).data, p.data, size);
        const [left, right] = [matmul(a, p), matmul(p, a)];
        expectClose(left.data, transpose(left).data, size);
        expectClose(right.data, transpose(right).data, size);
      }),
    );
  });
});
