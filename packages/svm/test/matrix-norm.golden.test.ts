import { matrix } from "@attnlab/linalg";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { attentionMarginProblem, type MatrixNorm, solveMatrixAttentionSvm, solveMatrixMargin } from "../src/index.ts";

interface Reference {
  readonly norm: MatrixNorm;
  readonly W: number[];
  readonly objective: number;
  readonly rank: number;
}
interface MatrixNormGolden {
  readonly cases: readonly {
    readonly name: string;
    readonly m: number;
    readonly r: number;
    readonly c: number;
    readonly rows: number[];
    readonly rhs: number[];
    readonly solutions: readonly Reference[];
  }[];
  readonly attention: {
    readonly samples: number;
    readonly tokensPerSample: number;
    readonly dim: number;
    readonly tokens: number[];
    readonly queries: number[];
    readonly selected: number[];
    readonly solutions: readonly Reference[];
  };
}

const golden = loadGolden<MatrixNormGolden>(new URL("golden/matrix-norms.json", import.meta.url));
const OBJECTIVE = { relative: 1e-9, reason: "the duality gap that cvxopt ends with is near 1e-10" };
/** The objective is flat around W: an error of 1e-10 there is one of 1e-5 here. */
const SOLUTION = { relative: 2e-5, absolute: 2e-5, reason: "the root of cvxopt's gap" };

describe("solveMatrixMargin against cvxopt's semidefinite solver", () => {
  for (const { name, m, r, c, rows, rhs, solutions } of golden.cases) {
    for (const reference of solutions) {
      it(`${reference.norm}, ${name} ${m} rows of ${r} x ${c}`, () => {
        const problem = { rows: matrix(m, r * c, rows), shape: [r, c], rhs: Float64Array.from(rhs) } as const;
        const solution = solveMatrixMargin(problem, { norm: reference.norm });
        if (solution.status !== "optimal") expect.fail(solution.status);
        expectClose(solution.primalObjective, reference.objective, OBJECTIVE);
        expectClose(solution.dualObjective, reference.objective, OBJECTIVE);
        expect([solution.W.rows, solution.W.cols]).toEqual([r, c]);
        // The spectral norm leaves the smaller singular values free: its minimiser is not unique.
        if (reference.norm !== "spectral") expectClose(solution.W.data, reference.W, SOLUTION);
      });
    }
  }
});

describe("the attention SVM in matrix norms against cvxopt", () => {
  const { samples: n, tokensPerSample: T, dim: d, selected, solutions, ...data } = golden.attention;
  const tokens = { shape: [n, T, d], data: Float64Array.from(data.tokens) };
  const queries = { shape: [n, d], data: Float64Array.from(data.queries) };
  for (const { norm, objective, W } of solutions) {
    it(`${norm}, from samples and from the rows of attentionMarginProblem`, () => {
      const solution = solveMatrixAttentionSvm({ tokens, queries, selected }, { norm });
      const dense = solveMatrixMargin(attentionMarginProblem({ tokens, queries, selected }), { norm });
      if (solution.status !== "optimal" || dense.status !== "optimal") expect.fail(`${solution.status} ${dense.status}`);
      expectClose([solution.primalObjective, dense.primalObjective], [objective, objective], OBJECTIVE);
      if (norm !== "spectral") {
        expectClose(solution.W.data, W, SOLUTION);
        expectClose(dense.W.data, W, SOLUTION);
      }
    });
  }
});
