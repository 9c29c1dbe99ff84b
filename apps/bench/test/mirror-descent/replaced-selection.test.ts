import { describe, expect, test } from "vitest";
import { problemOfSeed } from "../../experiments/mirror-descent/attention-problem.ts";
import { replacements, selectionPerClass } from "../../experiments/mirror-descent/replaced-selection.ts";
import { svmDirection } from "../../experiments/mirror-descent/svm-direction.ts";

const differences = (a: Int32Array, b: Int32Array): number => a.filter((token, i) => token !== b[i]).length;

describe("replacements", () => {
  const problem = problemOfSeed(2);

  test("are every token but the best ones, each once", () => {
    const all = replacements(problem, 2);
    expect(all.length).toBe(6 * 7);
    expect(new Set(all.map(({ sample, token }) => `${sample}:${token}`)).size).toBe(6 * 7);
    expect(all.filter(({ sample, token }) => problem.optimal[sample] === token)).toEqual([]);
    expect(all.filter(({ token }) => token < 0 || token > 7)).toEqual([]);
  });

  test("come in an order that depends on the seed alone", () => {
    expect(replacements(problem, 2)).toEqual(replacements(problem, 2));
    expect(replacements(problem, 3)).not.toEqual(replacements(problem, 2));
  });
});

describe("selectionPerClass", () => {
  test.each([1.75, 2, 3])("takes the first replacement of each class in that order (p = %s)", (p) => {
    const problem = problemOfSeed(2);
    const [global, local, other] = selectionPerClass(problem, { seed: 2, p });
    expect(global?.selected).toEqual(problem.optimal);
    expect([local?.class, other?.class]).toEqual(["local", "not local"]);
    const tried = replacements(problem, 2).map(({ sample, token }) => {
      const selected = problem.optimal.slice();
      selected[sample] = token;
      return { selected, isLocal: svmDirection(problem, selected, p)?.locallyOptimal };
    });
    expect(local?.selected).toEqual(tried.find(({ isLocal }) => isLocal === true)?.selected);
    expect(other?.selected).toEqual(tried.find(({ isLocal }) => isLocal === false)?.selected);
    expect(differences(local?.selected as Int32Array, problem.optimal)).toBe(1);
  });

  test("leaves out a class that the data set does not have: seed 1 has no locally optimal replacement", () => {
    expect(selectionPerClass(problemOfSeed(1), { seed: 1, p: 2 }).map((of) => of.class)).toEqual(["global", "not local"]);
  });
});
