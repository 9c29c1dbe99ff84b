import type { Matrix } from "@attnlab/linalg";
import type { CsrMatrix } from "@attnlab/svm";
import type { LabelledPart } from "./bag-of-words.ts";

/** Lower and upper bound of a soft-margin optimum, computed from a fitted machine alone. */
export interface Objective {
  readonly primal: number;
  /** NaN where the machine does not hand out its multipliers. */
  readonly dual: number;
}

/** A kernel machine over pairs of classes, in libsvm's layout, with its functions on the training rows. */
export interface PairMachine {
  readonly dualCoef: readonly ArrayLike<number>[];
  readonly intercept: ArrayLike<number>;
  readonly supportIndices: ArrayLike<number>;
  readonly numSupport: readonly number[];
  /** `[training rows][pairs]`; positive for the first class of a pair, but for the second where there are only two classes. */
  readonly decision: readonly ArrayLike<number>[];
}

/** Sums the primal and the dual objective of all pairs: $\tfrac12\lVert w\rVert^2 + C\sum_i \max(0, 1 - y_i f(x_i))$ and $\sum_i\alpha_i - \tfrac12\lVert w\rVert^2$. */
export function pairObjective(machine: PairMachine, labels: ArrayLike<number>, C: number): Objective {
  const { dualCoef, intercept, supportIndices, numSupport, decision } = machine;
  const classes = numSupport.length;
  const starts = numSupport.map((_, k) => numSupport.slice(0, k).reduce((sum, count) => sum + count, 0));
  let primal = 0;
  let dual = 0;
  let pair = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++) {
      const f = (row: number): number => decision[row]?.[pair] as number;
      let squared = 0;
      let multipliers = 0;
      for (const [own, line] of classes === 2
        ? [
            [0, 0],
            [1, 0],
          ]
        : [
            [i, j - 1],
            [j, i],
          ]) {
        const from = starts[own as number] as number;
        for (let s = from; s < from + (numSupport[own as number] as number); s++) {
          const coefficient = dualCoef[line as number]?.[s] as number;
          squared += coefficient * (f(supportIndices[s] as number) - (intercept[pair] as number));
          multipliers += Math.abs(coefficient);
        }
      }
      const positive = classes === 2 ? 1 : i;
      let losses = 0;
      for (let row = 0; row < labels.length; row++) {
        if (labels[row] !== i && labels[row] !== j) continue;
        losses += Math.max(0, 1 - (labels[row] === positive ? 1 : -1) * f(row));
      }
      primal += squared / 2 + C * losses;
      dual += multipliers - squared / 2;
      pair++;
    }
  }
  return { primal, dual };
}

/** A linear machine's weights, one row per function, as scikit-learn and this package lay them out. */
export interface LinearMachine {
  readonly coef: readonly (readonly number[])[];
  readonly intercept: readonly number[];
}

/** What a linear machine minimises. */
export interface LinearObjectiveOptions {
  readonly C: number;
  readonly loss: "hinge" | "squaredHinge";
  readonly penalty: "l1" | "l2";
}

/** Sums the primal objective of all functions of a linear machine; the intercept is penalised like a weight. */
export function linearObjective(
  { coef, intercept }: LinearMachine,
  { rows, labels }: LabelledPart<Matrix | CsrMatrix>,
  { C, loss, penalty }: LinearObjectiveOptions,
): number {
  return coef.reduce((total, weights, k) => {
    const b = intercept[k] as number;
    const positive = coef.length === 1 ? 1 : k;
    let sum = [...weights, b].reduce((size, v) => size + (penalty === "l1" ? Math.abs(v) : (v * v) / 2), 0);
    for (let i = 0; i < rows.rows; i++) {
      const slack = Math.max(0, 1 - (labels[i] === positive ? 1 : -1) * (rowValue(rows, i, weights) + b));
      sum += C * (loss === "hinge" ? slack : slack * slack);
    }
    return total + sum;
  }, 0);
}

function rowValue(rows: Matrix | CsrMatrix, i: number, weights: readonly number[]): number {
  let sum = 0;
  if ("indptr" in rows) {
    const { indptr, indices, data } = rows;
    for (let k = indptr[i] as number; k < (indptr[i + 1] as number); k++)
      sum += (data[k] as number) * (weights[indices[k] as number] as number);
  } else for (let j = 0; j < rows.cols; j++) sum += (rows.data[i * rows.cols + j] as number) * (weights[j] as number);
  return sum;
}
