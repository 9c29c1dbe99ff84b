import { attentionMarginData } from "@attnlab/datasets";
import { type Matrix, matrixFromRows } from "@attnlab/linalg";
import { createRng, type Rng } from "@attnlab/random";
import { type AttentionSelection, attentionMarginProblem, optimalTokens, tokenScores } from "@attnlab/svm";
import type { MarginConstraints } from "./margin-bracket.ts";

/** What is hard about a problem. */
export const FAMILIES = ["well-posed", "degenerate", "scaled", "infeasible"] as const;

/** A hard-margin problem of the accuracy experiment. */
export interface MarginProblem {
  readonly name: string;
  readonly family: (typeof FAMILIES)[number];
  readonly constraints: MarginConstraints;
}

type Rows = readonly (readonly number[])[];

function gaussian(rng: Rng, m: number, n: number): number[][] {
  return Array.from({ length: m }, () => Array.from({ length: n }, () => rng.normal()));
}

/** Turns rows to the positive side of a hidden direction, at least `margin` away from it. */
export function planted(rng: Rng, rows: Rows, margin: number): number[][] {
  const raw = Array.from({ length: (rows[0] as readonly number[]).length }, () => rng.normal());
  const length = Math.hypot(...raw);
  const hidden = raw.map((v) => v / length);
  return rows.map((row) => {
    const side = row.reduce((sum, v, j) => sum + v * (hidden[j] as number), 0);
    const sign = side < 0 ? -1 : 1;
    const push = Math.max(0, margin - Math.abs(side));
    return row.map((v, j) => sign * v + push * (hidden[j] as number));
  });
}

/** The paper's synthetic data with the best token of each sample selected: 6 samples of 8 tokens in 10 dimensions. */
export function syntheticSelection(seed: number): AttentionSelection {
  const { samples, tokens: length, dim, inputs, queries, labels, head } = attentionMarginData({ seed });
  const tokens = { shape: [samples, length, dim], data: inputs };
  const selected = optimalTokens(tokenScores({ tokens, labels }, head));
  return { tokens, queries: { shape: [samples, dim], data: queries }, selected };
}

/** The constraints of the attention SVM on {@link syntheticSelection}: 42 x 100. */
export function attentionConstraints(seed: number): MarginConstraints {
  const { rows, rhs } = attentionMarginProblem(syntheticSelection(seed));
  const side = Math.sqrt(rows.cols);
  return { rows, rhs, shape: [side, side] };
}

function ones(rows: Rows, shape: readonly [number, number]): MarginConstraints {
  const made = matrixFromRows(rows.map((row) => [...row]));
  return { rows: made, rhs: new Float64Array(made.rows).fill(1), shape };
}

/** Multiplies every constraint by a positive factor of its own, which changes no solution. */
function rescaled({ rows, rhs, shape }: MarginConstraints, factor: (i: number) => number): MarginConstraints {
  const factors = Float64Array.from({ length: rows.rows }, (_, i) => factor(i));
  const data = rows.data.map((v, at) => v * (factors[Math.floor(at / rows.cols)] as number));
  return { rows: { ...rows, data }, rhs: rhs.map((b, i) => b * (factors[i] as number)), shape };
}

/** The same problem with rows of unit length: what a solver with absolute tolerances is given. */
export function unitRows(constraints: MarginConstraints): MarginConstraints {
  const { rows } = constraints;
  return rescaled(constraints, (i) => 1 / (Math.hypot(...rows.data.subarray(i * rows.cols, (i + 1) * rows.cols)) || 1));
}

function scaledColumns({ rows, ...rest }: MarginConstraints, factor: (j: number) => number): MarginConstraints {
  const scaled: Matrix = { ...rows, data: rows.data.map((v, at) => v * factor(at % rows.cols)) };
  return { rows: scaled, ...rest };
}

/** All problems of one seed. */
export function marginProblems(seed: number): readonly MarginProblem[] {
  const rng = createRng(seed);
  const draw = (label: string, m: number, n: number, margin: number): number[][] => {
    const own = rng.split(label);
    return planted(own, gaussian(own, m, n), margin);
  };
  const tall = draw("tall", 120, 9, 0.1);
  const square = draw("square", 36, 36, 0.05);
  const integers = gaussian(rng.split("lattice"), 40, 9).map((row) => row.map((v) => Math.round(v)));
  const spaced = rng.split("subspace");
  const basis = gaussian(spaced, 5, 30);
  const inSubspace = draw("coordinates", 24, 5, 0.1).map((c) =>
    Array.from({ length: 30 }, (_, j) => c.reduce((sum, v, k) => sum + v * ((basis[k] as number[])[j] as number), 0)),
  );
  const around = gaussian(rng.split("hull"), 20, 9);
  const opposite = draw("opposite", 12, 25, 0.1);
  const scales = rng.split("scales").fillUniform(new Float64Array(120), { low: -8, high: 8 });
  const posed = (name: string, constraints: MarginConstraints): MarginProblem => ({ name, family: "well-posed", constraints });
  const tied = (name: string, constraints: MarginConstraints): MarginProblem => ({ name, family: "degenerate", constraints });
  const scaled = (name: string, constraints: MarginConstraints): MarginProblem => ({ name, family: "scaled", constraints });
  const none = (name: string, constraints: MarginConstraints): MarginProblem => ({ name, family: "infeasible", constraints });
  return [
    posed("wide 20 x 60", ones(draw("wide", 20, 60, 0), [6, 10])),
    posed("square 36 x 36", ones(square, [6, 6])),
    posed("tall 120 x 9", ones(tall, [3, 3])),
    posed("attention 42 x 100", attentionConstraints(seed)),
    tied(
      "every row three times",
      ones(
        tall.slice(0, 40).flatMap((row) => [row, row, row]),
        [3, 3],
      ),
    ),
    tied("whole numbers", ones(onOneSide(integers), [3, 3])),
    tied("24 rows of rank 5", ones(inSubspace, [5, 6])),
    tied("a row of zeros", withZeroRow(ones(tall.slice(0, 30), [3, 3]))),
    scaled(
      "rows from 1e-8 to 1e8",
      rescaled(ones(tall, [3, 3]), (i) => 10 ** (scales[i] as number)),
    ),
    scaled(
      "all rows times 1e8",
      rescaled(ones(square, [6, 6]), () => 1e8),
    ),
    scaled("weights near 1e8", { ...ones(square, [6, 6]), rhs: new Float64Array(36).fill(1e8) }),
    scaled(
      "columns from 1 to 1e4",
      scaledColumns(ones(tall, [3, 3]), (j) => 10 ** (j / 2)),
    ),
    none("hull around zero", ones([...around, ...around.map((row) => row.map((v) => -2 * v))], [3, 3])),
    none("one row and its opposite", ones([...opposite, (opposite[3] as number[]).map((v) => -v)], [5, 5])),
    none(
      "opposite rows, 1e-8 to 1e8",
      rescaled(ones([...opposite, (opposite[3] as number[]).map((v) => -v)], [5, 5]), (i) => 10 ** (scales[i] as number)),
    ),
  ];
}

function withZeroRow({ rows, rhs, shape }: MarginConstraints): MarginConstraints {
  const data = new Float64Array(rows.data.length + rows.cols);
  data.set(rows.data);
  return { rows: { rows: rows.rows + 1, cols: rows.cols, data }, rhs: Float64Array.of(...rhs, 0), shape };
}

/** Rows turned to where their entries sum to more than zero, which the direction of all ones separates; a sum of zero goes. */
function onOneSide(rows: Rows): number[][] {
  const sum = (row: readonly number[]): number => row.reduce((total, v) => total + v, 0);
  return rows.filter((row) => sum(row) !== 0).map((row) => row.map((v) => v * Math.sign(sum(row))));
}
