import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { openLeastDistanceWorkspace } from "./least-distance-workspace.ts";
import {
  appendSplit,
  backSubstitute,
  basisLength,
  emptyBasis,
  forwardSubstitute,
  type OrthogonalBasis,
  removeVector,
  split,
} from "./orthogonal-basis.ts";

const DIM = 7;
const vectors = spread(5 * DIM);

function basisOf(indices: readonly number[]): OrthogonalBasis {
  const basis = emptyBasis(openLeastDistanceWorkspace(basisLength(DIM, 5) + 8), DIM, 5);
  for (const i of indices) appendSplit(basis, split(basis, vectors, i * DIM));
  return basis;
}

/** Element (i, k) of R. */
function coefficient({ r, columnStride, diagonal }: OrthogonalBasis, i: number, k: number): number {
  return i > k ? 0 : ((i < k ? r[k * columnStride + i] : diagonal[k]) as number);
}

/** Column k of Q' R, which must be the k-th vector held. */
function rebuild(basis: OrthogonalBasis, k: number): Float64Array {
  const out = new Float64Array(DIM);
  for (let i = 0; i <= k; i++) {
    for (let j = 0; j < DIM; j++) out[j] = (out[j] as number) + coefficient(basis, i, k) * (basis.q[i * basis.stride + j] as number);
  }
  return out;
}

describe("orthogonal basis", () => {
  it("holds its vectors as QR, before and after one in the middle is removed", () => {
    const basis = basisOf([0, 3, 1, 4]);
    [0, 3, 1, 4].forEach((v, k) => {
      expectClose(rebuild(basis, k), vectors.slice(v * DIM, (v + 1) * DIM));
    });
    removeVector(basis, 1);
    expect(basis.count).toBe(3);
    [0, 1, 4].forEach((v, k) => {
      expectClose(rebuild(basis, k), vectors.slice(v * DIM, (v + 1) * DIM));
    });
    for (let i = 0; i < 3; i++) {
      for (let k = 0; k < 3; k++) {
        let product = 0;
        for (let j = 0; j < DIM; j++) product += (basis.q[i * basis.stride + j] as number) * (basis.q[k * basis.stride + j] as number);
        expectClose(product, i === k ? 1 : 0);
      }
    }
  });

  it("keeps what is left of a nearly dependent vector orthogonal", () => {
    const basis = basisOf([0, 1, 2]);
    const close = Float64Array.from(
      { length: DIM },
      (_, j) => (vectors[j] as number) - 2 * (vectors[DIM + j] as number) + 1e-9 * (vectors[3 * DIM + j] as number),
    );
    const length = split(basis, close, 0);
    expect(length).toBeGreaterThan(1e-10);
    expect(length).toBeLessThan(2e-9);
    for (let i = 0; i < 3; i++) {
      let along = 0;
      for (let j = 0; j < DIM; j++) along += ((basis.rest[j] as number) / length) * (basis.q[i * basis.stride + j] as number);
      // One pass of Gram-Schmidt would leave 1e-7 here.
      expect(Math.abs(along)).toBeLessThan(1e-14);
    }
  });

  it("solves with R and with its transpose", () => {
    const basis = basisOf([0, 3, 1]);
    const x = Float64Array.of(1, -2, 3);
    // Solved for in memory of the basis.
    const rx = basis.workspace.take(5);
    const rtx = new Float64Array(5);
    for (let i = 0; i < 3; i++) {
      rx[i] = x.reduce((sum, v, j) => sum + coefficient(basis, i, j) * v, 0);
      rtx[i] = x.reduce((sum, v, j) => sum + coefficient(basis, j, i) * v, 0);
    }
    backSubstitute(basis, rx);
    forwardSubstitute(basis, rtx);
    expectClose(rx.slice(0, 3), x);
    expectClose(rtx.slice(0, 3), x);
  });
});
