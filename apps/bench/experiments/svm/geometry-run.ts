import { dualExponent, lpNorm, type Matrix, matrixFromRows } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { type AttentionSelection, attentionMarginProblem, SUPPORT_TOLERANCE, solveAttentionSvm, solveHardMargin } from "@attnlab/svm";

/** A labelled point of the plane. */
export interface PlanePoint {
  readonly x: number;
  readonly y: number;
  readonly label: 1 | -1;
}

/** Points of two classes that a line through the origin separates. */
export function planePoints(seed: number, count: number): readonly PlanePoint[] {
  const rng = createRng(seed).split("points");
  return Array.from({ length: count }, () => {
    const label = rng.uniform() < 0.5 ? 1 : -1;
    const x = 1.2 + 0.8 * rng.uniform();
    const y = 0.9 * rng.normal() * rng.uniform() + 0.6;
    return { x: label * x, y: label * y, label };
  });
}

/** The separator of least lp norm, with the margin that the best of many directions has. */
export interface PlaneSolution {
  readonly w: readonly [number, number];
  readonly margin: number;
  readonly margins: readonly number[];
  readonly bestOnGrid: number;
}

/** Solves one exponent in the plane. */
export function solvePlane(points: readonly PlanePoint[], p: number, directions: number): PlaneSolution {
  const rows = matrixFromRows(points.map(({ x, y, label }) => [label * x, label * y]));
  const solution = solveHardMargin({ rows }, { p });
  if (solution.status === "infeasible") throw new Error("the points of the plane must be separable");
  const [a = Number.NaN, b = Number.NaN] = solution.w;
  const margins = points.map(({ x, y, label }) => label * (a * x + b * y));
  let bestOnGrid = 0;
  for (let k = 0; k < directions; k++) {
    const angle = (2 * Math.PI * k) / directions;
    const u = Float64Array.of(Math.cos(angle), Math.sin(angle));
    const least = points.reduce(
      (most, { x, y, label }) => Math.min(most, label * ((u[0] as number) * x + (u[1] as number) * y)),
      Number.POSITIVE_INFINITY,
    );
    bestOnGrid = Math.max(bestOnGrid, least / lpNorm(u, p));
  }
  return { w: [a, b], margin: 1 / lpNorm(solution.w, p), margins, bestOnGrid };
}

/** Angle of the weights in degrees for the single constraint $\langle a, w\rangle \ge 1$: by the solver, and by $w_j \propto a_j^{q-1}$. */
export function singleConstraintAngles(a: readonly [number, number], p: number): { readonly solved: number; readonly closedForm: number } {
  const solution = solveHardMargin({ rows: matrixFromRows([[...a]]) }, { p });
  if (solution.status === "infeasible") throw new Error("one constraint is always feasible");
  const degrees = (y: number, x: number): number => (Math.atan2(y, x) * 180) / Math.PI;
  // p = 1 puts all weight on the largest entry: the limit of the powers.
  const closedForm = p === 1 ? 0 : degrees((a[1] / a[0]) ** (dualExponent(p) - 1), 1);
  return { solved: degrees(solution.w[1] ?? Number.NaN, solution.w[0] ?? Number.NaN), closedForm };
}

/** Samples of tokens in the plane, each with one token that a hidden matrix prefers. */
export function planeSelection(seed: number, samples: number, length: number): AttentionSelection {
  const rng = createRng(seed).split("tokens");
  const tokens = { shape: [samples, length, 2], data: rng.fillNormal(new Float64Array(samples * length * 2)) };
  const queries = { shape: [samples, 2], data: rng.fillNormal(new Float64Array(samples * 2)) };
  const hidden = rng.fillNormal(new Float64Array(4));
  const selected = Array.from({ length: samples }, (_, i) => {
    const direction = directionOf(hidden, queries.data, i);
    const scores = Array.from({ length }, (_, t) => {
      const at = (i * length + t) * 2;
      return (tokens.data[at] as number) * direction[0] + (tokens.data[at + 1] as number) * direction[1];
    });
    return scores.indexOf(Math.max(...scores));
  });
  return { tokens, queries, selected };
}

function directionOf(W: Float64Array, queries: Float64Array, i: number): readonly [number, number] {
  const [z0, z1] = [queries[2 * i] as number, queries[2 * i + 1] as number];
  return [(W[0] as number) * z0 + (W[1] as number) * z1, (W[2] as number) * z0 + (W[3] as number) * z1];
}

/** An attention SVM in the plane, and how much of it the support tokens decide. */
export interface PlaneAttention {
  /** W z of each sample: tokens score by their product with it. */
  readonly directions: readonly (readonly [number, number])[];
  /** `[n, T]`; 0 at the selected token. */
  readonly margins: Matrix;
  readonly supportTokens: readonly (readonly number[])[];
  /** Relative change of W when every token that is not a support token is left out. */
  readonly changeWithout: number;
  /** Least margin of a token that is no support token. */
  readonly leastOther: number;
}

/** Solves the attention SVM, and again with the constraints of its support tokens alone. */
export function solvePlaneAttention(selection: AttentionSelection, p: number): PlaneAttention {
  const solution = solveAttentionSvm(selection, { p });
  if (solution.status === "infeasible") throw new Error("a hidden matrix selects these tokens");
  const { rows, sample, token } = attentionMarginProblem(selection);
  const kept = Array.from(sample.keys()).filter((r) => solution.supportTokens[sample[r] as number]?.includes(token[r] as number));
  const support = matrixFromRows(kept.map((r) => Array.from(rows.data.subarray(r * rows.cols, (r + 1) * rows.cols))));
  const alone = solveHardMargin({ rows: support }, { p });
  const { W, margins, supportTokens } = solution;
  const difference = alone.status === "infeasible" ? W.data : W.data.map((v, k) => v - (alone.w[k] as number));
  const others = Array.from(sample.keys()).filter((r) => !kept.includes(r));
  return {
    directions: Array.from({ length: margins.rows }, (_, i) => directionOf(W.data, selection.queries.data as Float64Array, i)),
    margins,
    supportTokens,
    changeWithout: lpNorm(difference, 2) / lpNorm(W.data, 2),
    leastOther: Math.min(
      ...others.map((r) => margins.data[(sample[r] as number) * margins.cols + (token[r] as number)] as number),
      Number.POSITIVE_INFINITY,
    ),
  };
}

/** Margin above which a token is no support token. */
export const NO_SUPPORT: number = 1 + SUPPORT_TOLERANCE;
