import { lpNorm } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { checkGradient, expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { problemOfSeed } from "../../experiments/mirror-descent/attention-problem.ts";
import { lossLimit } from "../../experiments/mirror-descent/closed-form-loss.ts";
import { onSphere, pathObjective } from "../../experiments/mirror-descent/path-objective.ts";
import { svmDirection } from "../../experiments/mirror-descent/svm-direction.ts";

const problem = problemOfSeed(1);
const U = createRng(1).fillNormal(new Float64Array(100));
const scratch = new Float64Array(100);

/** The mean logistic loss, written out without any of the code under test. */
function plainLoss(W: Float64Array): number {
  const { samples: n, tokens: T, dim: d } = problem.sizes;
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const scores = Array.from({ length: T }, (_, t) => {
      let score = 0;
      for (let a = 0; a < d; a++) {
        for (let b = 0; b < d; b++) {
          const x = problem.samples.tokens.data[(i * T + t) * d + a] as number;
          score += x * (W[a * d + b] as number) * (problem.samples.queries.data[i * d + b] as number);
        }
      }
      return Math.exp(score);
    });
    const total = scores.reduce((sum, score) => sum + score, 0);
    const margin = scores.reduce((sum, score, t) => sum + (score / total) * (problem.gamma.data[i * T + t] as number), 0);
    loss += Math.log1p(Math.exp(-margin)) / n;
  }
  return loss;
}

describe("pathObjective", () => {
  test.each([1.75, 2, 3])("is log(L − L*) on the sphere (p = %s)", (p) => {
    const at = { radius: 3, p };
    const W = onSphere(U, at);
    expectClose(lpNorm(W, p), 3);
    expectClose(pathObjective(problem, at)(U, scratch), Math.log(plainLoss(W) - lossLimit(problem, problem.optimal)));
  });

  test.each([
    [1.75, 1],
    [2, 10],
    [3, 30],
  ])("has the gradient of central differences (p = %s, R = %s)", (p, radius) => {
    const objective = pathObjective(problem, { radius, p });
    const gradient = (x: Float64Array): Float64Array => {
      const into = new Float64Array(100);
      objective(x, into);
      return into;
    };
    checkGradient((x) => objective(x, scratch), gradient, U);
  });

  test("does not depend on the length of the direction", () => {
    const objective = pathObjective(problem, { radius: 10, p: 3 });
    expectClose(
      objective(
        U.map((u) => 1e8 * u),
        scratch,
      ),
      objective(U, new Float64Array(100)),
    );
  });

  test("goes on where the loss itself is flat in float64: slope −1 in R / ‖W_svm‖", () => {
    const svm = svmDirection(problem, problem.optimal, 2);
    if (svm === undefined) throw new Error("seed 1 is feasible");
    const [near, far] = [100, 110].map((margin) => pathObjective(problem, { radius: margin * svm.norm, p: 2 })(svm.W, scratch));
    expectClose((near as number) - (far as number), 10, {
      relative: 1e-3,
      reason: "tokens with a margin just above 1 still count a little",
    });
  });

  test("has no value without a direction", () => {
    const objective = pathObjective(problem, { radius: 1, p: 2 });
    expect(objective(new Float64Array(100), scratch)).toBeNaN();
    expect(objective(new Float64Array(100).fill(Number.NaN), scratch)).toBeNaN();
  });
});
