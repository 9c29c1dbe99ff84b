import { createRng } from "@attnlab/random";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { couplePairs } from "./couple-pairs.ts";
import { crossValidatedSigmoid } from "./cross-validated-sigmoid.ts";
import { evaluateSigmoid, fitSigmoid } from "./sigmoid.ts";

interface Golden {
  readonly sigmoid: { readonly decisions: number[]; readonly positive: boolean[]; readonly a: number; readonly b: number };
}

describe("fitSigmoid", () => {
  const { sigmoid } = loadGolden<Golden>(new URL("../../test/golden/soft-margin.json", import.meta.url));
  it("finds the root of the gradient", () => {
    const { a, b } = fitSigmoid(sigmoid.decisions, sigmoid.positive);
    expectClose([a, b], [sigmoid.a, sigmoid.b], { relative: 1e-8, absolute: 1e-8, reason: "Newton's method ends at a gradient of 1e-9" });
  });
  it("stays finite on decisions that separate by far", () => {
    const { a, b } = fitSigmoid([-1.1e5, -1e5, 1e5, 1.1e5], [false, false, true, true]);
    expect(Number.isFinite(a) && Number.isFinite(b)).toBe(true);
    expect(evaluateSigmoid({ a, b }, 1e5)).toBeGreaterThan(0.7);
  });
});

it("evaluateSigmoid is exact at both ends", () => {
  expect(evaluateSigmoid({ a: -1, b: 0 }, 1e4)).toBe(1);
  expect(evaluateSigmoid({ a: -1, b: 0 }, -1e4)).toBe(0);
  expectClose(evaluateSigmoid({ a: -2, b: 1 }, 1.5), 1 / (1 + Math.exp(-2)));
});

describe("couplePairs", () => {
  it("recovers the probabilities that consistent pairs come from", () => {
    const p = [0.5, 0.3, 0.15, 0.05];
    const pairs = Float64Array.from({ length: 16 }, (_, at) => {
      const [i, j] = [p[Math.floor(at / 4)] as number, p[at % 4] as number];
      return i / (i + j);
    });
    const out = new Float64Array(4);
    couplePairs(pairs, out);
    expectClose(out, p, { relative: 0, absolute: 0.01, reason: "libsvm's residual of 0.005 / k" });
    expectClose(
      out.reduce((sum, v) => sum + v, 0),
      1,
    );
  });
});

describe("crossValidatedSigmoid", () => {
  const rows = Int32Array.from({ length: 12 }, (_, i) => 100 + i);
  it("decides every row by a fit that has not seen it, with both signs in every fold", () => {
    const signs = Float64Array.from(rows, (_, i) => (i < 4 ? 1 : -1));
    const seen: number[] = [];
    crossValidatedSigmoid(rows, signs, 4, createRng(1), (train) => {
      const known = new Set(train);
      expect(train.filter((row) => row < 104).length).toBe(3);
      expect(train.length).toBe(9);
      return (row) => {
        expect(known.has(row)).toBe(false);
        seen.push(row);
        return row < 104 ? 1 : -1;
      };
    });
    expect(seen.sort()).toEqual(Array.from(rows));
  });
  it("needs no fit where a fold holds all rows of one sign", () => {
    const signs = Float64Array.from(rows, (_, i) => (i === 0 ? 1 : -1));
    let fits = 0;
    crossValidatedSigmoid(rows, signs, 3, createRng(1), () => {
      fits++;
      return () => -1;
    });
    expect(fits).toBe(2);
  });
});
