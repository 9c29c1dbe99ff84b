import type { Matrix } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { type CloseOptions, expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CsrMatrix,
  csrMatrix,
  decisionFunction,
  fitLinearSvc,
  fitLinearSvr,
  fitNuSvc,
  fitNuSvr,
  fitOneClassSvm,
  fitSvc,
  fitSvr,
  type LabelledRows,
  predict,
  predictProbability,
  type SvmModel,
} from "../src/index.ts";

const solved: CloseOptions = { relative: 1e-6, absolute: 1e-6, reason: "two solutions, each to a violation of 1e-9" };
const tol = 1e-9;

interface Sample {
  readonly rows: Matrix;
  readonly labels: number[];
  readonly targets: number[];
}

/** Three overlapping classes with some features at zero, so that sparse rows are sparse. */
function draw(seed: number, count = 41, cols = 5): Sample {
  const rng = createRng(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const data = new Float64Array(count * cols);
  labels.forEach((label, i) => {
    for (let j = 0; j < cols; j++) if (rng.uniform() < 0.7) data[i * cols + j] = rng.normal() + (j === label ? 1.5 : 0);
  });
  return { rows: { rows: count, cols, data }, labels, targets: labels.map((label) => label + rng.normal()) };
}

function sparse({ rows, cols, data }: Matrix): CsrMatrix {
  return csrMatrix(
    cols,
    Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols), (v, j) => [j, v] as const)),
  );
}

function take({ rows, labels, targets }: Sample, chosen: readonly number[]): Sample {
  const { cols } = rows;
  const data = Float64Array.from(chosen.flatMap((i) => Array.from(rows.data.subarray(i * cols, (i + 1) * cols))));
  return {
    rows: { rows: chosen.length, cols, data },
    labels: chosen.map((i) => labels[i] as number),
    targets: chosen.map((i) => targets[i] as number),
  };
}

type Fit = (sample: Sample & { readonly sampleWeight?: number[] }) => SvmModel;
const fits: Record<string, Fit> = {
  hinge: (s) => fitLinearSvc(s, { tol, loss: "hinge", maxIter: 1e6 }),
  squaredHinge: (s) => fitLinearSvc(s, { tol, maxIter: 1e6 }),
  l1: (s) => fitLinearSvc(s, { tol: 1e-11, penalty: "l1", maxIter: 1e6 }),
  svr: (s) => fitLinearSvr(s, { tol, epsilon: 0.2, C: 0.3, loss: "squaredEpsilonInsensitive", maxIter: 1e6 }),
  rbf: (s) => fitSvc(s, { tol, gamma: 0.3 }),
  rest: (s) => fitSvc(s, { tol, gamma: 0.3, multiClass: "ovr", C: 3 }),
  nuSvc: (s) => fitNuSvc(s, { tol, gamma: 0.3, nu: 0.3 }),
  oneClass: (s) => fitOneClassSvm(s, { tol, gamma: 0.3, nu: 0.3 }),
  kernelSvr: (s) => fitSvr(s, { tol, gamma: 0.3 }),
  nuSvr: (s) => fitNuSvr(s, { tol, gamma: 0.3, nu: 0.4 }),
};
const seeds = fc.integer({ min: 0, max: 1e6 });
const runs = { numRuns: 8 };

describe("laws of every machine", () => {
  for (const [name, fit] of Object.entries(fits)) {
    it(`${name}: optimal points have no gap, and the dual is below the primal`, () => {
      fc.assert(
        fc.property(seeds, (seed) => {
          const model = fit(draw(seed));
          expect(model.status).toBe("optimal");
          expect(model.dualityGap).toBeGreaterThan(-1e-12 * Math.abs(model.primalObjective));
          expectClose(model.primalObjective, model.dualObjective, {
            relative: 1e-6,
            absolute: 1e-6,
            reason: "the gap of a violation of 1e-9",
          });
        }),
        runs,
      );
    });
    it(`${name}: sparse rows give the function of dense rows, and JSON keeps it`, () => {
      fc.assert(
        fc.property(seeds, (seed) => {
          const sample = draw(seed);
          const expected = decisionFunction(fit(sample), sample.rows).data;
          const model = fit({ ...sample, rows: sparse(sample.rows) } as never);
          expectClose(decisionFunction(model, sample.rows).data, expected, solved);
          const copy: SvmModel = JSON.parse(JSON.stringify(model));
          expect(decisionFunction(copy, sparse(sample.rows))).toEqual(decisionFunction(model, sparse(sample.rows)));
        }),
        runs,
      );
    });
    it(`${name}: weight 0 leaves a row out, and weight 2 counts it twice`, () => {
      fc.assert(
        fc.property(seeds, (seed) => {
          const sample = draw(seed);
          const all = Array.from(sample.labels.keys());
          const sampleWeight = all.map((i) => (i % 7 === 0 ? 0 : i % 5 === 0 ? 2 : 1));
          const repeated = take(
            sample,
            all.flatMap((i) => new Array<number>(sampleWeight[i] as number).fill(i)),
          );
          const expected = decisionFunction(fit(repeated), sample.rows).data;
          expectClose(decisionFunction(fit({ ...sample, sampleWeight }), sample.rows).data, expected, { ...solved, absolute: 1e-5 });
        }),
        runs,
      );
    });
  }
});

describe("the kernel solver", () => {
  const data = draw(5, 157);
  const options = { tol: 1e-9, gamma: 0.4, C: 5 };
  const reference = decisionFunction(fitSvc(data, { ...options, shrinking: false }), data.rows).data;

  it("finds the same function whatever is shrunk or cached", () => {
    for (const change of [{ shrinking: true }, { cacheMb: 0.001 }, { cacheMb: 0.02 }, { cacheMb: 0.02, shrinking: false }]) {
      expectClose(decisionFunction(fitSvc(data, { ...options, ...change }), data.rows).data, reference, solved);
    }
    const targets = { rows: data.rows, targets: data.targets };
    const values = predict(fitSvr(targets, { ...options, shrinking: false }), data.rows);
    expectClose(predict(fitSvr(targets, { ...options, cacheMb: 0.01 }), data.rows), values, solved);
  });

  it("takes a precomputed kernel for the kernel itself", () => {
    const { rows, cols, data: values } = data.rows;
    const kernel = new Float64Array(rows * rows);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) {
        let distance = 0;
        for (let k = 0; k < cols; k++) distance += ((values[i * cols + k] as number) - (values[j * cols + k] as number)) ** 2;
        kernel[i * rows + j] = Math.exp(-0.4 * distance);
      }
    }
    const given = { rows, cols: rows, data: kernel };
    const model = fitSvc({ rows: given, labels: data.labels }, { ...options, kernel: "precomputed" });
    expectClose(decisionFunction(model, given).data, reference, solved);
  });
});

describe("several classes", () => {
  const data = draw(8, 61);
  it("strings name the classes that numbers do", () => {
    const names = ["ash", "birch", "cedar"];
    const named: LabelledRows<string> = { rows: data.rows, labels: data.labels.map((k) => names[k] as string) };
    expect(predict(fitSvc(named), data.rows)).toEqual(predict(fitSvc(data), data.rows).map((k) => names[k]));
  });
  it("balanced weights are those of the class sizes", () => {
    const some = take(
      data,
      Array.from(data.labels.keys()).filter((i) => data.labels[i] !== 2 || i < 30),
    );
    const counts = [0, 1, 2].map((k) => some.labels.filter((label) => label === k).length);
    const classWeight = Object.fromEntries(counts.map((count, k) => [k, some.labels.length / (3 * count)]));
    for (const fit of [fitSvc, fitLinearSvc]) {
      const given = decisionFunction(fit(some, { classWeight }), some.rows);
      expect(decisionFunction(fit(some, { classWeight: "balanced" }), some.rows)).toEqual(given);
      expect(decisionFunction(fit(some), some.rows)).not.toEqual(given);
    }
  });
  it("probabilities are positive, sum to 1, repeat with the seed and follow the classes", () => {
    for (const fit of [
      () => fitSvc(data, { probability: true, rng: createRng(3) }),
      () => fitSvc(data, { probability: true, rng: createRng(3), multiClass: "ovr" }),
      () => fitLinearSvc(data, { probability: true, rng: createRng(3) }),
    ]) {
      const chances = predictProbability(fit(), data.rows);
      expect(predictProbability(fit(), data.rows)).toEqual(chances);
      let right = 0;
      data.labels.forEach((label, i) => {
        const row = chances.data.subarray(3 * i, 3 * i + 3);
        expectClose(row[0] as number, 1 - (row[1] as number) - (row[2] as number));
        expect(Math.min(...row)).toBeGreaterThan(0);
        right += row[label] as number;
      });
      expect(right / data.labels.length).toBeGreaterThan(0.45);
    }
  });
});
