import { lpNorm, matrix } from "@attnlab/linalg";
import { expectClose, spread } from "@attnlab/testing";
import { expect, it } from "vitest";
import { solveActiveEquations } from "./active-equations.ts";
import { type ScaledProblem, scaleProblem } from "./hard-margin-problem.ts";
import { nearestWeights, solveModel } from "./quadratic-model.ts";

it("solves the equations of the active rows with the factor of a nearby model", () => {
  const p = 1.9;
  const problem = scaleProblem(matrix(5, 11, spread(55)), new Float64Array(5).fill(1), p) as ScaledProblem;
  const nearest = nearestWeights(problem, "gram");
  const length = lpNorm(problem.operator.combine(nearest.multipliers), p / (p - 1));
  const at = { w: nearest.w, multipliers: nearest.multipliers.map((v) => v / length), active: nearest.active };
  const model = solveModel(problem, at, p, "gram");
  const found = solveActiveEquations(problem, at, model, p);
  if (found === undefined) expect.fail("the steps should converge");
  const margins = problem.operator.apply(found.w);
  for (const i of model.active) expectClose(margins[i] as number, problem.rhs[i] as number);
  // w points where the multipliers say: phi^{-1}(A' lambda), at unit length on both sides.
  const u = problem.operator.combine(found.multipliers);
  const size = lpNorm(found.w, p);
  expectClose(
    u.map((v) => Math.sign(v) * Math.abs(v) ** (1 / (p - 1))),
    found.w.map((v) => v / size),
  );
});
