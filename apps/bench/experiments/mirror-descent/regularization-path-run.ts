import { directionalDivergence } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import type { ParameterValues, RunContext } from "../../src/experiment/index.ts";
import { problemOfSeed } from "./attention-problem.ts";
import { lossAt } from "./closed-form-loss.ts";
import { descentAlignment } from "./descent-alignment.ts";
import { onSphere, pathObjective } from "./path-objective.ts";
import { type BfgsSolution, minimizeBfgs } from "./quasi-newton.ts";
import { svmDirection } from "./svm-direction.ts";

/** The path of one exponent. */
export interface PathCell extends ParameterValues {
  readonly p: number;
  /** Ascending. */
  readonly radii: readonly number[];
  readonly starts: number;
}

// A direction's length does not matter but scales the gradient, and far from the minimum lie plateaus: no size of the gradient says
// that the end is reached. So go on until no step lowers the value.
const UNTIL_STALLED = { tol: 0, maxIter: 5000 } as const;

/** Series of the best minimum at each radius. */
export const PATH = "path";

/** Where the minimisations of a radius start: at random directions, or where the same start ended at the radius before. */
export const START_KINDS = ["drawn anew", "followed"] as const;

/** One of {@link START_KINDS}. */
export type StartKind = (typeof START_KINDS)[number];

/** Label of the rows about one start. */
export function startSeries(kind: StartKind, start: number): string {
  return `${kind} ${start}`;
}

/**
 * Minimises the loss over the sphere of each radius and compares every minimum with the SVM of the optimal tokens. The step of a
 * row is the position of its radius in the list.
 */
export function runPath({ params: { p, radii, starts }, seed, record, progress, signal }: RunContext<PathCell>): void {
  const problem = problemOfSeed(seed);
  const svm = svmDirection(problem, problem.optimal, p);
  if (svm === undefined) return;
  const entries = svm.W.length;
  const rng = createRng(seed).split("start");
  const drawn = Array.from({ length: starts }, (_, start) => rng.split(start).fillNormal(new Float64Array(entries)));
  let followed: readonly Float64Array[] = drawn;
  let best: BfgsSolution | undefined;
  radii.forEach((radius, step) => {
    const objective = pathObjective(problem, { radius, p });
    const from = { "drawn anew": drawn, followed };
    const found = START_KINDS.flatMap((kind) =>
      from[kind].map((U, start) => ({ kind, start, solution: minimizeBfgs(objective, U, UNTIL_STALLED) })),
    );
    const again = best === undefined ? [] : [minimizeBfgs(objective, best.x, UNTIL_STALLED)];
    const lowest = [...again, ...found.map(({ solution }) => solution)].reduce((a, b) => (b.value < a.value ? b : a));
    const describe = ({ x }: BfgsSolution): { divergence: number; optimalTokens: number; stationarity: number } => {
      const W = onSphere(x, { radius, p });
      const { gradient, selected } = lossAt(problem, W, problem.optimal);
      return {
        divergence: directionalDivergence(svm.W, W, p),
        optimalTokens: Number(selected.join() === problem.optimal.join()),
        stationarity: 1 - descentAlignment(gradient, W, p),
      };
    };
    record({ series: PATH, step }, { ...describe(lowest), logExcess: lowest.value, radiusInSvmNorms: radius / svm.norm });
    for (const { kind, start, solution } of found) {
      const gap = solution.value - lowest.value;
      record({ series: startSeries(kind, start), step }, { ...describe(solution), gap, iterations: solution.iterations });
    }
    followed = found.filter(({ kind }) => kind === "followed").map(({ solution }) => solution.x);
    best = lowest;
    progress((step + 1) / radii.length, `p = ${p}, R = ${radius}`);
    signal.throwIfAborted();
  });
}
