import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, trace } from "@attnlab/graph";
import { expectClose, spread } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runSteps } from "../../test/run-steps.ts";
import {
  entropyMirrorMap,
  gradientDescent,
  lpMirrorMap,
  type MirrorMap,
  mirrorDescent,
  normalizedGradientDescent,
  pNormMirrorMap,
} from "../index.ts";

const vector = (values: ArrayLike<number>, dtype: "float32" | "float64" = "float64"): TensorData =>
  tensorData(dtype, [values.length], values);
const last = (steps: readonly TensorData[]): Float64Array => toNumbers(steps.at(-1) as TensorData);

function there(map: MirrorMap, x: ArrayLike<number>): Float64Array {
  return toNumbers(
    evaluate(
      trace((w) => map.toDual(w), [vector(x)]),
      [vector(x)],
    ),
  );
}

function back(map: MirrorMap, u: ArrayLike<number>): Float64Array {
  return toNumbers(
    evaluate(
      trace((w) => map.toPrimal(w), [vector(u)]),
      [vector(u)],
    ),
  );
}

const weights = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 6 });

describe("mirror maps", () => {
  test.each([1.1, 1.5, 1.75, 2, 3, 4, 7.5])("lp maps undo each other for p = %s", (p) => {
    fc.assert(
      fc.property(weights, (w) => {
        expectClose(back(lpMirrorMap(p), there(lpMirrorMap(p), w)), w, { factor: 100, reason: "a power and its root, up to the tenth" });
      }),
    );
  });

  test.each([1.25, 2, 3])("p-norm maps undo each other for p = %s", (p) => {
    fc.assert(
      fc.property(weights, (w) => {
        expectClose(back(pNormMirrorMap(p), there(pNormMirrorMap(p), w)), w, { factor: 100, reason: "two norms and two powers" });
      }),
    );
  });

  test("a dual p-norm map keeps the dual norm equal to the norm", () => {
    const w = [3, -4, 12];
    const u = there(pNormMirrorMap(3), w);
    const norm = (x: ArrayLike<number>, r: number): number => Array.from(x).reduce((s, v) => s + Math.abs(v) ** r, 0) ** (1 / r);
    expectClose(norm(u, 1.5), norm(w, 3));
  });

  test("p-norm maps leave zero and extreme tensors in range", () => {
    expect(there(pNormMirrorMap(3), [0, 0])).toEqual(Float64Array.of(0, 0));
    expectClose(there(pNormMirrorMap(3), [1e200, -1e200]), [1e200 / 2 ** (1 / 3), -1e200 / 2 ** (1 / 3)]);
  });

  test("entropy maps undo each other, and the simplex map normalises", () => {
    expectClose(back(entropyMirrorMap(), there(entropyMirrorMap(), [0.5, 2, 7])), [0.5, 2, 7]);
    expectClose(back(entropyMirrorMap({ simplex: true }), there(entropyMirrorMap({ simplex: true }), [1, 2, 5])), [0.125, 0.25, 0.625]);
  });

  test("zero goes to zero, and no sign is lost, for every p", () => {
    for (const p of [1.1, 1.2, 1.5, 2.5, 3, 4]) {
      const u = there(lpMirrorMap(p), [0, -2, 2]);
      expect(u[0]).toBe(0);
      expect(u[1]).toBe(-(u[2] as number));
      expect(u[2]).toBeGreaterThan(0);
    }
  });
});

describe("mirrorDescent", () => {
  const start = vector(spread(7));
  const grads = [1, 2, 3, 4].map((k) => vector(spread(7, 10 * k)));

  test.each(["stable", "authors"] as const)("p = 2 is gradient descent bit for bit in mode %s", (mode) => {
    expect(last(runSteps(mirrorDescent({ p: 2, mode, learningRate: 0.3 }), start, grads))).toEqual(
      last(runSteps(gradientDescent({ learningRate: 0.3 }), start, grads)),
    );
  });

  test("p = 2 normalised is normalised gradient descent bit for bit", () => {
    expect(last(runSteps(mirrorDescent({ p: 2, normalized: true, learningRate: 0.3 }), start, grads))).toEqual(
      last(runSteps(normalizedGradientDescent({ learningRate: 0.3 }), start, grads)),
    );
  });

  test.each([1.1, 1.75, 3])("a zero gradient changes no bit for p = %s, normalised or not", (p) => {
    const zero = vector(new Float64Array(7));
    for (const normalized of [false, true]) {
      const optimizer = mirrorDescent({ p, normalized, learningRate: 0.3 });
      expect(last(runSteps(optimizer, start, [zero, zero]))).toEqual(toNumbers(start));
    }
  });

  test("an entry without a gradient keeps its weight bit for bit", () => {
    const g = vector([1, 0, -1, 0, 2, 0, 3]);
    const after = last(runSteps(mirrorDescent({ p: 1.75, learningRate: 0.1 }), start, [g, g, g]));
    for (const i of [1, 3, 5]) expect(after[i]).toBe(toNumbers(start)[i]);
    expect(after[0]).not.toBe(toNumbers(start)[0]);
  });

  test.each([1.1, 1.75, 2, 3])("a normalised step has dual length eta for p = %s, however large or small the gradient", (p) => {
    const [map, q] = [lpMirrorMap(p), p / (p - 1)];
    for (const size of [1e-200, 1, 1e200]) {
      const g = vector([3 * size, -4 * size, 0, size]);
      const w = vector([1, 2, 3, -4]);
      const after = last(runSteps(mirrorDescent({ p, normalized: true, learningRate: 0.25 }), w, [g]));
      const moved = there(map, after).map((u, i) => u - (there(map, w.data as Float64Array)[i] as number));
      const length = moved.reduce((s, v) => s + Math.abs(v) ** q, 0) ** (1 / q);
      expectClose(length, 0.25, { factor: 100, reason: "the difference of two dual variables of size 1" });
    }
  });

  test("float32 gradients whose eleventh power underflows are normalised too", () => {
    const w = vector([1, 1], "float32");
    const g = vector([1e-20, -1e-20], "float32");
    const after = last(runSteps(mirrorDescent({ p: 1.1, normalized: true, learningRate: 0.01 }), w, [g]));
    const moved = 0.01 / 2 ** (1 / 11);
    expectClose(after, [(1 - moved) ** 10, (1 + moved) ** 10], { precision: "float32" });
  });

  test("the carried dual variable keeps progress that weights cannot hold", () => {
    // At p = 1.1 a float32 weight that starts at 0 is the tenth power of its dual variable: 2e-5 to the tenth is 0 in float32.
    const zero = vector([0], "float32");
    const small = Array.from({ length: 100 }, () => vector([-2e-4], "float32"));
    const stable = last(runSteps(mirrorDescent({ p: 1.1, learningRate: 0.1 }), zero, small));
    const authors = last(runSteps(mirrorDescent({ p: 1.1, learningRate: 0.1, mode: "authors" }), zero, small));
    expectClose((stable[0] as number) / 0.002 ** 10, 1, {
      precision: "float32",
      factor: 100,
      reason: "a hundred float32 sums under a tenth power",
    });
    expect(authors).toEqual(Float64Array.of(0));
  });

  test("authors' eps ends growth where gradients are rounding noise", () => {
    const g = vector([-2.22e-16]);
    const grow = (mode: "stable" | "authors"): number =>
      last(runSteps(mirrorDescent({ p: 2, normalized: true, learningRate: 1, mode }), vector([0]), [g]))[0] as number;
    expectClose(grow("stable"), 1);
    expectClose(grow("authors"), 0.5);
  });

  test("runs of a batch do not see each other", () => {
    const options = { p: 3, normalized: true, learningRate: 0.1, batchAxes: 1 } as const;
    const one = tensorData("float64", [1, 2, 3], spread(6));
    const gradient = spread(6, 40);
    const alone = last(runSteps(mirrorDescent(options), one, [tensorData("float64", [1, 2, 3], gradient)]));
    const both = tensorData("float64", [2, 2, 3], [...spread(6), ...spread(6, 7)]);
    const loud = tensorData("float64", [2, 2, 3], [...gradient, ...spread(6, 50).map((v) => 1e6 * v)]);
    expect(last(runSteps(mirrorDescent(options), both, [loud])).slice(0, 6)).toEqual(alone);
  });
});
