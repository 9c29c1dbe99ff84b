import { matrixFromRows } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { decisionFunction, fitSvc } from "@attnlab/svm";
import { fitMlSvm, type LinearFunction } from "../../adapters/npm-svm.ts";
import { type Objective, pairObjective } from "./soft-objective.ts";

/** Price of a loss: so high that the optimum on these data leaves no loss at all. */
const C = 1_000;
const SAMPLES = 60;
const MARGIN = 0.1;

/** What is measured on one separable data set. */
export interface SeparableOutcome {
  /** Our primal objective against our own lower bound, minus one. */
  readonly ownExcess: number;
  /** The primal objective of npm ml-svm against the same bound, minus one; infinite when it gives up. */
  readonly mlSvmExcess: number;
  /** Distance of the nearest row from our line, against the distance our lower bound leaves possible; negative on the wrong side. */
  readonly ownMargin: number;
  readonly mlSvmMargin: number;
}

/** Points in the unit square, at least a tenth away from a line through it and labelled by their side; both packages fit a linear function. */
export function compareSeparable(seed: number): SeparableOutcome {
  const rng = createRng(seed).split("separable");
  const angle = rng.uniform() * Math.PI;
  const normal = [Math.cos(angle), Math.sin(angle)] as const;
  const points: [number, number][] = [];
  const labels: number[] = [];
  while (points.length < SAMPLES) {
    const x = [rng.uniform(), rng.uniform()] as [number, number];
    const side = (x[0] - 0.5) * normal[0] + (x[1] - 0.5) * normal[1];
    if (Math.abs(side) < MARGIN) continue;
    points.push(x);
    labels.push(Math.sign(side));
  }
  const rows = matrixFromRows(points);
  const codes = Int32Array.from(labels, (y) => (y > 0 ? 1 : 0));
  const model = fitSvc({ rows, labels: codes }, { kernel: "linear", C, tol: 1e-9 });
  const values = decisionFunction(model, rows).data;
  const own = pairObjective({ ...model, decision: Array.from(values, (v) => [v]) }, codes, C);
  // ½‖w‖² is at least the dual objective, so no line is farther from its nearest row than this.
  const best = 1 / Math.sqrt(2 * own.dual);
  const weights = [0, 1].map((j) =>
    (model.dualCoef[0] ?? []).reduce((sum, a, s) => sum + a * (points[model.supportIndices[s] as number]?.[j] ?? 0), 0),
  );
  const mine: LinearFunction = { w: Float64Array.from(weights), b: model.intercept[0] ?? Number.NaN };
  const theirs = fitMlSvm(rows, Float64Array.from(labels), { C, random: rng.split("ml-svm").uniform });
  return {
    ownExcess: excess(linearPrimal(mine, points, labels), own),
    mlSvmExcess: theirs === undefined ? Number.POSITIVE_INFINITY : excess(linearPrimal(theirs, points, labels), own),
    ownMargin: nearest(mine, points, labels) / best,
    mlSvmMargin: theirs === undefined ? Number.NaN : nearest(theirs, points, labels) / best,
  };
}

function excess(primal: number, { dual }: Objective): number {
  return primal / dual - 1;
}

type Points = readonly (readonly [number, number])[];

function signedValues({ w, b }: LinearFunction, points: Points, labels: readonly number[]): number[] {
  return points.map((x, i) => (labels[i] as number) * ((w[0] as number) * x[0] + (w[1] as number) * x[1] + b));
}

function linearPrimal(line: LinearFunction, points: Points, labels: readonly number[]): number {
  const losses = signedValues(line, points, labels).reduce((sum, value) => sum + Math.max(0, 1 - value), 0);
  return Math.hypot(...line.w) ** 2 / 2 + C * losses;
}

function nearest(line: LinearFunction, points: Points, labels: readonly number[]): number {
  return Math.min(...signedValues(line, points, labels)) / Math.hypot(...line.w);
}
