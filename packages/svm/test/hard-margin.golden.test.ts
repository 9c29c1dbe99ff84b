import { lpNorm, matrix } from "@attnlab/linalg";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  attentionMarginProblem,
  isLocallyOptimal,
  optimalTokens,
  solveAttentionSvm,
  solveHardMargin,
  solveLabelSvm,
  tokenScores,
} from "../src/index.ts";

interface Reference {
  readonly p: number;
  readonly w: number[];
  readonly dual: number[];
  readonly norm: number;
  readonly active: number[];
}
interface HardMarginGolden {
  readonly cases: readonly {
    readonly name: string;
    readonly m: number;
    readonly n: number;
    readonly rows: number[];
    readonly rhs: number[];
    readonly solutions: readonly Reference[];
  }[];
}
interface AttentionGolden {
  readonly v: number[];
  readonly labels: number[];
  readonly tokens: number[];
  readonly queries: number[];
  readonly gamma: number[];
  readonly optimal: number[];
  readonly solutions: readonly Reference[];
}

const golden = loadGolden<HardMarginGolden>(new URL("golden/hard-margin.json", import.meta.url));
const attention = loadGolden<AttentionGolden>(new URL("golden/attention-svm.json", import.meta.url));

describe("solveHardMargin against cvxopt", () => {
  for (const { name, m, n, rows, rhs, solutions } of golden.cases) {
    for (const reference of solutions) {
      it(`${name} ${m} x ${n}, p = ${reference.p}`, () => {
        const problem = { rows: matrix(m, n, rows), rhs: Float64Array.from(rhs) };
        const solution = solveHardMargin(problem, { p: reference.p, tol: 1e-12 });
        if (solution.status !== "optimal") expect.fail(solution.status);
        expectClose(solution.w, reference.w, { purpose: "golden" });
        expectClose(solution.dual, reference.dual, { purpose: "golden" });
        expectClose(solution.primalObjective, reference.norm);
        expectClose(solution.dualObjective, reference.norm);
      });
    }
  }
});

describe("the attention SVM of the paper's generator, seed 1", () => {
  const tokens = { shape: [6, 8, 10], data: Float64Array.from(attention.tokens) };
  const queries = { shape: [6, 10], data: Float64Array.from(attention.queries) };
  const gamma = tokenScores({ tokens, labels: attention.labels }, Float64Array.from(attention.v));
  const selected = optimalTokens(gamma);

  it("finds the token scores and the optimal tokens", () => {
    expectClose(gamma.data, attention.gamma);
    expect(Array.from(selected)).toEqual([3, 2, 6, 2, 6, 2]);
    expect(attention.optimal).toEqual([3, 2, 6, 2, 6, 2]);
  });

  // Spec 4.2: norms to the digits printed there, active constraints 18, 19 and 17.
  const printed = new Map([
    [1.75, { norm: 3.459492, active: 18 }],
    [2, { norm: 2.660157, active: 19 }],
    [3, { norm: 1.417869, active: 17 }],
  ]);
  for (const reference of attention.solutions) {
    it(`agrees for p = ${reference.p}`, () => {
      const solution = solveAttentionSvm({ tokens, queries, selected }, { p: reference.p, tol: 1e-12 });
      if (solution.status !== "optimal") expect.fail(solution.status);
      expectClose(solution.W.data, reference.w, { purpose: "golden" });
      expectClose(solution.primalObjective, reference.norm);
      expect(solution.numSupport).toBe(reference.active.length);
      const known = printed.get(reference.p);
      if (known !== undefined) {
        expect(solution.primalObjective.toFixed(6)).toBe(known.norm.toFixed(6));
        expect(solution.numSupport).toBe(known.active);
      }
      const problem = attentionMarginProblem({ tokens, queries, selected });
      const multipliers = Array.from(problem.sample, (i, r) => solution.dual.data[i * 8 + (problem.token[r] as number)] as number);
      expectClose(multipliers, reference.dual, { purpose: "golden" });
      expect(isLocallyOptimal(solution, gamma)).toBe(true);
    });
  }
});

describe("the joint problem of spec 4.3", () => {
  const tokens = { shape: [2, 3, 2], data: Float64Array.of(-2.7, 1.2, 1.4, 2.1, 1.3, -0.1, 0.4, -2.2, -1.1, -0.4, 0.9, 0.1) };
  const queries = { shape: [2, 2], data: Float64Array.of(-2.7, 1.2, 0.4, -2.2) };
  const table = [
    { p: 1.75, selected: [1, 0], W: ["-0.08180", "-0.06274", "-0.07767", "0.19851"], v: ["0.02551", "0.45918"] },
    { p: 2, selected: [1, 0], W: ["-0.08392", "-0.06750", "-0.07944", "0.19454"], v: ["0.02551", "0.45918"] },
    { p: 3, selected: [0, 0], W: ["0.10982", "-0.03228", "-0.06664", "0.19687"], v: ["-0.18315", "0.42125"] },
  ];
  for (const { p, selected, W, v } of table) {
    it(`has the printed solutions for p = ${p}`, () => {
      const matrixSvm = solveAttentionSvm({ tokens, queries, selected }, { p });
      const labelSvm = solveLabelSvm({ tokens, labels: [1, -1], selected }, { p });
      if (matrixSvm.status !== "optimal" || labelSvm.status !== "optimal") expect.fail("not optimal");
      expect(Array.from(matrixSvm.W.data, (x) => x.toFixed(5))).toEqual(W);
      expect(Array.from(labelSvm.w, (x) => x.toFixed(5))).toEqual(v);
      expectClose(lpNorm(matrixSvm.W.data, p), matrixSvm.dualObjective);
    });
  }
});
