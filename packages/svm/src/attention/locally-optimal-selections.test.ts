import { OptionError } from "@attnlab/check";
import { matrix } from "@attnlab/linalg";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  isLocallyOptimal,
  locallyOptimalSelections,
  optimalTokens,
  slackSamples,
  solveAttentionSvm,
  solveLabelSvm,
  tokenScores,
} from "../index.ts";

const samples = { tokens: { shape: [2, 3, 5], data: spread(30) }, queries: { shape: [2, 5], data: spread(10, 100) } };
const gamma = tokenScores({ tokens: samples.tokens, labels: [1, -1] }, spread(5, 7));

describe("locallyOptimalSelections", () => {
  it("keeps exactly the selections that pass the test, the global one among them", () => {
    const found = locallyOptimalSelections(samples, gamma, { p: 1.75 });
    const expected: number[][] = [];
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) {
        const svm = solveAttentionSvm({ ...samples, selected: [a, b] }, { p: 1.75 });
        if (svm.status === "optimal" && isLocallyOptimal(svm, gamma)) expected.push([a, b]);
      }
    }
    expect(found.map(({ selected }) => Array.from(selected))).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(9);
    const global = found.filter(({ isGlobal }) => isGlobal);
    expect(global.map(({ selected }) => Array.from(selected))).toEqual([Array.from(optimalTokens(gamma))]);
  });

  it("refuses more selections than allowed, and scores of other sizes", () => {
    expect(() => locallyOptimalSelections(samples, gamma, { p: 2, maxSelections: 8 })).toThrow(
      new OptionError(
        "locallyOptimalSelections: there must be at most maxSelections = 8 selections; got 9. Raise maxSelections, or pass fewer samples: the number of selections is T to the power n.",
      ),
    );
    expect(() => locallyOptimalSelections(samples, gamma, { p: 2, maxSelections: 0 })).toThrow(
      "locallyOptimalSelections: maxSelections must be a whole number >= 1; got 0.",
    );
    expect(() => locallyOptimalSelections(samples, matrix(1, 3), { p: 2 })).toThrow(
      "locallyOptimalSelections: rows of gamma must equal the number of samples; got 1 and 2.",
    );
    expect(() => locallyOptimalSelections(samples, matrix(2, 4), { p: 2 })).toThrow(
      "locallyOptimalSelections: columns of gamma must equal the number of tokens; got 4 and 3.",
    );
  });
});

describe("the relaxed attention SVM", () => {
  // One dimension: sample 0 has tokens 2 and 1, sample 1 tokens 1 and 0.5; both queries are 1.
  const line = {
    tokens: { shape: [2, 2, 1], data: Float64Array.of(2, 1, 1, 0.5) },
    queries: { shape: [2, 1], data: Float64Array.of(1, 1) },
  };

  it("asks a slack sample for no more than not to lose", () => {
    const full = solveAttentionSvm({ ...line, selected: [0, 0] }, { p: 2 });
    const relaxed = solveAttentionSvm({ ...line, selected: [0, 0], relaxed: [1] }, { p: 2 });
    if (full.status !== "optimal" || relaxed.status !== "optimal") expect.fail("not optimal");
    expectClose(full.W.data, [2]);
    expectClose(relaxed.W.data, [1]);
    expect(full.supportTokens).toEqual([[], [1]]);
    expect(relaxed.supportTokens).toEqual([[1], []]);
    // A relaxed sample can support at margin 0: here its tokens are told apart by nothing that W sees.
    const flat = { ...line, tokens: { shape: [2, 2, 1], data: Float64Array.of(2, 1, 1, 1) } };
    const level = solveAttentionSvm({ ...flat, selected: [0, 0], relaxed: [1] }, { p: 2 });
    expect(level.status === "optimal" && level.supportTokens).toEqual([[1], [1]]);
    expect(solveAttentionSvm({ ...flat, selected: [0, 0] }, { p: 2 }).status).toBe("infeasible");
  });

  it("is the full problem's lower bound", () => {
    for (const p of [1, 1.5, 2, 3, Number.POSITIVE_INFINITY]) {
      const full = solveAttentionSvm({ ...samples, selected: [1, 2] }, { p });
      const relaxed = solveAttentionSvm({ ...samples, selected: [1, 2], relaxed: [0] }, { p });
      if (full.status !== "optimal" || relaxed.status !== "optimal") expect.fail("not optimal");
      expect(relaxed.primalObjective).toBeLessThanOrEqual(full.primalObjective * (1 + 1e-9));
      for (const t of [0, 2]) expect(relaxed.margins.data[t]).toBeGreaterThanOrEqual(-1e-9);
      for (const t of [3, 4]) expect(relaxed.margins.data[t]).toBeGreaterThanOrEqual(1 - 1e-9);
    }
  });

  it("finds the samples to relax from the decoder", () => {
    const tokens = { shape: [3, 2, 1], data: Float64Array.of(1, 5, -3, 0, -1, 7) };
    const labelled = { tokens, labels: [1, -1, -1], selected: [0, 0, 0] };
    const decoder = solveLabelSvm(labelled, { p: 2 });
    if (decoder.status !== "optimal") expect.fail(decoder.status);
    expect(slackSamples(labelled, decoder.w)).toEqual([1]);
    expect(() => slackSamples(labelled, Float64Array.of(1, 2))).toThrow(
      "slackSamples: v.length must equal the token dimension; got 2 and 1.",
    );
  });

  it("refuses samples that are none", () => {
    expect(() => solveAttentionSvm({ ...line, selected: [0, 0], relaxed: [2] }, { p: 2 })).toThrow(
      "solveAttentionSvm: relaxed must be whole numbers from 0 to 1; got 2. Sample indices count from 0.",
    );
  });
});
