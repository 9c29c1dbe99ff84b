import { DataError, OptionError, ShapeError, tensorData } from "@attnlab/check";
import { matrix } from "@attnlab/linalg";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  attentionMarginProblem,
  attentionScores,
  isLocallyOptimal,
  optimalTokens,
  selectTokens,
  solveAttentionSvm,
  solveLabelSvm,
  tokenScores,
} from "../index.ts";

// n = 2, T = 3, d = 5: each axis its own prime.
const tokens = { shape: [2, 3, 5], data: spread(30) };
const queries = { shape: [2, 5], data: spread(10, 100) };
const samples = { tokens, queries };
const at = (i: number, t: number, a: number): number => tokens.data[(i * 3 + t) * 5 + a] as number;

describe("attentionScores", () => {
  it("is x' W z, with W not transposed", () => {
    const W = matrix(5, 5, spread(25, 50));
    const scores = attentionScores(samples, W);
    let expected = 0;
    for (let a = 0; a < 5; a++)
      for (let b = 0; b < 5; b++) expected += at(1, 2, a) * (W.data[a * 5 + b] as number) * (queries.data[5 + b] as number);
    expectClose(scores.data[5] as number, expected);
  });

  it("takes the tensors of @attnlab/check", () => {
    const x = tensorData("float64", [2, 3, 5], tokens.data);
    const z = tensorData("float64", [2, 5], queries.data);
    expect(attentionScores({ tokens: x, queries: z }, matrix(5, 5)).data.length).toBe(6);
  });
});

describe("attentionMarginProblem", () => {
  it("has the rows outer(x_selected - x_t, z), samples and tokens in order", () => {
    const { rows, sample, token } = attentionMarginProblem({ ...samples, selected: [1, 2] });
    expect(Array.from(sample)).toEqual([0, 0, 1, 1]);
    expect(Array.from(token)).toEqual([0, 2, 0, 1]);
    expect(rows.data[3 * 25 + 4 * 5 + 2]).toBe((at(1, 2, 4) - at(1, 1, 4)) * (queries.data[5 + 2] as number));
  });

  it("multiplies with vec(W) to the score differences", () => {
    const W = matrix(5, 5, spread(25, 50));
    const { rows, sample, token } = attentionMarginProblem({ ...samples, selected: [1, 2] });
    const scores = attentionScores(samples, W).data;
    sample.forEach((i, r) => {
      let product = 0;
      for (let j = 0; j < 25; j++) product += (rows.data[r * 25 + j] as number) * (W.data[j] as number);
      expectClose(product, (scores[i * 3 + ([1, 2][i] as number)] as number) - (scores[i * 3 + (token[r] as number)] as number));
    });
  });
});

describe("solveAttentionSvm", () => {
  it("reports margins, support tokens and multipliers per token", () => {
    const solution = solveAttentionSvm({ ...samples, selected: [1, 2] }, { p: 1.75 });
    if (solution.status !== "optimal") expect.fail(solution.status);
    const { margins, dual, supportTokens, numSupport } = solution;
    expect([margins.data[1], margins.data[5], dual.data[1], dual.data[5]]).toEqual([0, 0, 0, 0]);
    expect(Array.from(solution.selected)).toEqual([1, 2]);
    expect(supportTokens.flat().length).toBe(numSupport);
    for (let i = 0; i < 2; i++) {
      for (let t = 0; t < 3; t++) {
        if (t === [1, 2][i]) continue;
        const margin = margins.data[i * 3 + t] as number;
        expect(margin).toBeGreaterThan(1 - 1e-9);
        expect(supportTokens[i]?.includes(t)).toBe(margin < 1 + 1e-6);
        if (margin > 1 + 1e-6) expect(dual.data[i * 3 + t]).toBeLessThan(1e-9);
      }
    }
  });

  it("answers with a status when a token lies between the others", () => {
    const line = {
      tokens: { shape: [1, 3, 2], data: Float64Array.of(0, 0, 1, 1, 2, 2) },
      queries: { shape: [1, 2], data: Float64Array.of(1, 3) },
    };
    const solution = solveAttentionSvm({ ...line, selected: [1] }, { p: 3 });
    if (solution.status !== "infeasible") expect.fail(solution.status);
    expectClose(solution.farkas.data, [0.5, 0, 0.5]);
  });

  it("refuses what does not fit", () => {
    const svm =
      (over: object, options: object = { p: 2 }): (() => unknown) =>
      () =>
        solveAttentionSvm({ ...samples, selected: [1, 2], ...over }, options as { p: number });
    expect(svm({ selected: [1] })).toThrow(
      new ShapeError("solveAttentionSvm: selected must hold 2 indices; got 1. Pass one token index per sample."),
    );
    expect(svm({ selected: [1, 3] })).toThrow(
      new ShapeError("solveAttentionSvm: selected must be whole numbers from 0 to 2; got 3 for sample 1. Token indices count from 0."),
    );
    expect(svm({ tokens: { shape: [6, 5], data: spread(30) } })).toThrow(
      "solveAttentionSvm: tokens must have shape [samples, tokens, tokenDim]; got [6, 5].",
    );
    expect(svm({ tokens: { shape: [2, 3, 5], data: spread(29) } })).toThrow(
      "solveAttentionSvm: tokens must have shape [2, 3, 5]; got shape [2, 3, 5] with 29 values.",
    );
    expect(svm({ queries: { shape: [2, 4], data: spread(8) } })).toThrow(
      "solveAttentionSvm: queries must have shape [2, 5]; got shape [2, 4] with 8 values.",
    );
    expect(svm({ queries: { shape: [2, 5], data: spread(10).fill(Number.NaN) } })).toThrow(
      new DataError(
        "solveAttentionSvm: queries must be finite numbers; got NaN at index 0. Remove or repair the NaN and infinite values first.",
      ),
    );
    expect(svm({ tokens: { shape: [2, 1, 5], data: spread(10) }, selected: [0, 0] })).toThrow(
      "solveAttentionSvm: there must be at least two tokens; got 1. A single token needs no SVM: attention always selects it.",
    );
    expect(svm({}, { p: 0.5 })).toThrow(OptionError);
    expect(svm({}, { p: 0.5 })).toThrow("solveAttentionSvm: p must be a number >= 1 and <= Infinity; got 0.5.");
    expect(() => attentionMarginProblem({ ...samples, selected: [0, -1] })).toThrow(
      "attentionMarginProblem: selected must be whole numbers from 0 to 2",
    );
    expect(() => attentionScores(samples, matrix(5, 4))).toThrow(
      "attentionScores: columns of W must equal the token dimension; got 4 and 5.",
    );
    expect(() => attentionScores(samples, matrix(4, 5))).toThrow("attentionScores: rows of W must equal the token dimension; got 4 and 5.");
  });
});

describe("selectTokens", () => {
  it("takes the highest score and reports how clear it is", () => {
    const { selected, probabilityGap, topProbability } = selectTokens(matrix(3, 2, [0, Math.log(3), 5, 5, 2000, -2000]));
    expect(Array.from(selected)).toEqual([1, 0, 0]);
    expectClose(probabilityGap, [0.5, 0, 1]);
    expectClose(topProbability, [0.75, 0.5, 1]);
  });

  it("gives the probabilities back when it is fed their logarithms", () => {
    expectClose(selectTokens(matrix(1, 3, [0.2, 0.7, 0.1].map(Math.log))).probabilityGap, [0.5]);
  });

  it("is certain about a single token", () => {
    expect(Array.from(selectTokens(matrix(1, 1, [-3])).probabilityGap)).toEqual([1]);
  });

  it("refuses empty and undefined scores", () => {
    expect(() => selectTokens(matrix(0, 3))).toThrow(
      "selectTokens: scores must not be empty; got 0 x 3. Pass one row per sample and one column per token.",
    );
    expect(() => optimalTokens(matrix(1, 2, [1, Number.NaN]))).toThrow("optimalTokens: gamma must be finite numbers; got NaN at index 1.");
  });
});

describe("isLocallyOptimal", () => {
  const svm = { selected: Int32Array.of(0, 2), supportTokens: [[1], [0, 1]], margins: matrix(2, 3) };

  it("compares the selected token with its support tokens only", () => {
    expect(isLocallyOptimal(svm, matrix(2, 3, [0.5, 0.4, 0.9, 0.1, 0.2, 0.3]))).toBe(true);
    expect(isLocallyOptimal(svm, matrix(2, 3, [0.5, 0.4, 0.9, 0.4, 0.2, 0.3]))).toBe(false);
  });

  it("asks for more than equality", () => {
    expect(isLocallyOptimal(svm, matrix(2, 3, [0.5, 0.5, 0.9, 0.1, 0.2, 0.3]))).toBe(false);
  });

  it("refuses scores of other sizes", () => {
    expect(() => isLocallyOptimal(svm, matrix(1, 3, [1, 2, 3]))).toThrow(
      "isLocallyOptimal: rows of gamma must equal the number of samples; got 1 and 2.",
    );
    expect(() => isLocallyOptimal(svm, matrix(2, 2))).toThrow(
      "isLocallyOptimal: columns of gamma must equal the number of tokens; got 2 and 3.",
    );
  });
});

describe("tokenScores and solveLabelSvm", () => {
  it("scores are y v'x", () => {
    const v = spread(5, 7);
    const gamma = tokenScores({ tokens, labels: [1, -1] }, v);
    let expected = 0;
    for (let a = 0; a < 5; a++) expected -= (v[a] as number) * at(1, 1, a);
    expectClose(gamma.data[4] as number, expected);
  });

  it("reads the selected token of each sample", () => {
    const two = { tokens: { shape: [2, 2, 2], data: Float64Array.of(9, 9, 0, 2, -4, 0, 9, 9) }, labels: [1, -1] };
    const solution = solveLabelSvm({ ...two, selected: [1, 0] }, { p: 1.5 });
    if (solution.status !== "optimal") expect.fail(solution.status);
    expectClose(solution.w, [0.25, 0.5]);
  });

  it("answers with a status when the labels contradict each other", () => {
    const same = { tokens: { shape: [2, 1, 2], data: Float64Array.of(1, 2, 1, 2) }, labels: [1, -1], selected: [0, 0] };
    expect(solveLabelSvm(same, { p: 2 }).status).toBe("infeasible");
  });

  it("refuses labels other than -1 and 1, and wrong sizes", () => {
    const labelled = { tokens, labels: [0, 1], selected: [0, 0] };
    expect(() => solveLabelSvm(labelled, { p: 2 })).toThrow(
      new DataError("solveLabelSvm: labels must be -1 or 1; got 0 for sample 0. Map the two classes to -1 and 1."),
    );
    expect(() => solveLabelSvm({ ...labelled, labels: [1] }, { p: 2 })).toThrow(
      "solveLabelSvm: labels.length must equal the number of samples; got 1 and 2.",
    );
    expect(() => solveLabelSvm({ ...labelled, labels: [1, 1] }, { p: 0 })).toThrow(
      "solveLabelSvm: p must be a number >= 1 and <= Infinity; got 0.",
    );
    expect(() => solveLabelSvm({ ...labelled, labels: [1, 1], selected: [0, 9] }, { p: 2 })).toThrow(
      "solveLabelSvm: selected must be whole numbers",
    );
    expect(() => tokenScores({ tokens, labels: [1, 1] }, spread(4))).toThrow(
      "tokenScores: v.length must equal the token dimension; got 4 and 5.",
    );
  });
});
