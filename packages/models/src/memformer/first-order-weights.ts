import { customOption, integerOption, numberOption, optionTable, problem, ShapeError, type TensorData, tensorData } from "@attnlab/check";
import type { CgdMemformerParams } from "./cgd-memformer.ts";
import type { LfomMemformerParams } from "./lfom-memformer.ts";

/** Options of {@link heavyBallMemformer} and {@link nesterovMemformer}. */
export interface MomentumMemformerConfig {
  /** $d$. Required. */
  readonly dim: number;
  /** Steps of the method. Required. */
  readonly numLayers: number;
  /** $\eta > 0$, the step along $-\nabla R$, which has the factor $1/n$. Required. */
  readonly learningRate: number;
  /** $\beta \ge 0$; 0 is gradient descent. Default 0.9. */
  readonly momentum?: number;
}

/** Options of {@link firstOrderMemformer}. */
export interface FirstOrderConfig {
  /** $d$. Required. */
  readonly dim: number;
  /** $\Lambda_i^k$ at `coefficients[k][i]`, $i \le k$: numbers, or in all places diagonals of `dim` numbers. Required. */
  readonly coefficients: readonly (readonly (number | readonly number[])[])[];
}

const dimRule = integerOption({ doc: "Covariates of a token.", min: 1, required: true });
const momentumRules = {
  dim: dimRule,
  numLayers: integerOption({ doc: "Steps of the method.", min: 1, required: true }),
  learningRate: numberOption({ doc: "Step along the mean gradient.", above: 0, required: true }),
  momentum: numberOption({ doc: "Share of the velocity that is kept.", min: 0, default: 0.9 }),
};
const heavyBallTable = optionTable("heavyBallMemformer", momentumRules);
const nesterovTable = optionTable("nesterovMemformer", momentumRules);
const firstOrderTable = optionTable("firstOrderMemformer", {
  dim: dimRule,
  coefficients: customOption<FirstOrderConfig["coefficients"]>({
    doc: "A lower triangle of numbers, or of diagonals of dim numbers.",
    expected: "a list of rows, row k with k + 1 entries",
    accepts: (v) => Array.isArray(v) && v.length > 0 && v.every((row, k) => Array.isArray(row) && row.length === k + 1),
    invalid: [null, [], [[1, 2]], 1],
    required: true,
  }),
});

/** $A = I$ in every layer, as multiples of the identity. */
function unitLayers(numLayers: number): readonly { readonly preconditioner: TensorData }[] {
  return Array.from({ length: numLayers }, () => ({ preconditioner: tensorData("float64", [], [1]) }));
}

/**
 * Parameters of `cgdMemformer` that are momentum gradient descent on every prompt: $\alpha_l = \eta$, $\gamma_l = \beta$, $A = I$.
 *
 * $v \leftarrow \beta v - \eta \nabla R(w)$, $w \leftarrow w + v$ from $w = v = 0$. With `momentum: 0` it is gradient descent.
 *
 * @returns float64 parameters.
 * @throws {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { heavyBallMemformer } from "@attnlab/models";
 * heavyBallMemformer({ dim: 5, numLayers: 2, learningRate: 0.1 }).momenta.data; // => Float64Array [0.9, 0.9]
 * ```
 */
export function heavyBallMemformer(config: MomentumMemformerConfig): CgdMemformerParams<TensorData> {
  const { numLayers, learningRate, momentum } = heavyBallTable.parse(config);
  const row = (value: number): TensorData => tensorData("float64", [numLayers], new Float64Array(numLayers).fill(value));
  return { layers: unitLayers(numLayers), stepSizes: row(learningRate), momenta: row(momentum) };
}

/**
 * Parameters of `lfomMemformer` (variant `"general"`, gate `"scalar"`) that are Nesterov's method on every prompt.
 *
 * $w_{k+1} = v_k - \eta \nabla R(v_k)$, $v_{k+1} = w_{k+1} + \beta (w_{k+1} - w_k)$ from $v_0 = w_0 = 0$. The tokens hold $v$; the last layer
 * has another row of gates, so that the result is $w$.
 *
 * @returns float64 parameters.
 * @throws {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { nesterovMemformer } from "@attnlab/models";
 * const { gates } = nesterovMemformer({ dim: 5, numLayers: 2, learningRate: 0.5, momentum: 0.5 });
 * Array.isArray(gates) && gates.map(({ data }) => Array.from(data, Number)); // => [[0.75], [0, 0.5]]
 * ```
 */
export function nesterovMemformer(config: MomentumMemformerConfig): LfomMemformerParams<TensorData> {
  const { numLayers, learningRate, momentum } = nesterovTable.parse(config);
  const gates = Array.from({ length: numLayers }, (_, l) => {
    const last = l === numLayers - 1;
    const gate = (j: number): number => {
      if (j === l) return last ? learningRate : learningRate * (1 + momentum);
      return last ? 0 : learningRate * momentum ** (l - j + 1);
    };
    return tensorData(
      "float64",
      [l + 1],
      Array.from({ length: l + 1 }, (_, j) => gate(j)),
    );
  });
  return { layers: unitLayers(numLayers), gates };
}

/**
 * Parameters of `lfomMemformer` (variant `"general"`) that are the linear first-order method
 * $w_{k+1} = w_0 + \sum_{i \le k} \Lambda_i^k \nabla R(w_i)$ with $w_0 = 0$ on every prompt.
 *
 * Numbers need one head and the gate `"scalar"`. Diagonals need `dim` heads with $A^{(h)} = e_h e_h^\top$, one register each, and the gate
 * `"head"`: no gate on the sum of the heads can rescale single coordinates.
 *
 * @returns float64 parameters.
 * @throws {@link OptionError} on an unknown or bad option; {@link ShapeError} when numbers and diagonals are mixed or a diagonal has another
 * size.
 * @example
 * ```ts
 * import { firstOrderMemformer } from "@attnlab/models";
 * // Two steps of gradient descent with step 0.5.
 * const { gates } = firstOrderMemformer({ dim: 5, coefficients: [[-0.5], [-0.5, -0.5]] });
 * Array.isArray(gates) && gates.map(({ data }) => Array.from(data, Number)); // => [[0.5], [0, 0.5]]
 * ```
 * @see Dutta and Sra, arXiv 2410.07263, proposition 2 and eq. (5).
 */
export function firstOrderMemformer(config: FirstOrderConfig): LfomMemformerParams<TensorData> {
  const { dim, coefficients } = firstOrderTable.parse(config);
  const entries = coefficients.flat();
  const diagonal = Array.isArray(entries[0]);
  if (!entries.every((entry) => (diagonal ? Array.isArray(entry) && entry.length === dim : typeof entry === "number"))) {
    const expected = `coefficients must be numbers in all places, or diagonals of ${dim} numbers in all places`;
    const fix = "Write a multiple of the identity as a diagonal where others are diagonals.";
    throw new ShapeError(problem({ where: "firstOrderMemformer", expected, got: diagonal ? "another mixture" : "both", fix }));
  }
  const size = diagonal ? dim : 1;
  const at = (k: number, i: number): readonly number[] => {
    const entry = coefficients[k]?.[i];
    return entry === undefined ? new Array<number>(size).fill(0) : typeof entry === "number" ? [entry] : entry;
  };
  // Λ accumulates the layers' own weights, so a layer's are the difference of two rows.
  const gates = coefficients.map((row, l) => {
    const values = row.flatMap((_, i) => at(l, i).map((value, h) => (i < l ? (at(l - 1, i)[h] as number) : 0) - value));
    return tensorData("float64", diagonal ? [l + 1, dim] : [l + 1], values);
  });
  if (!diagonal) return { layers: unitLayers(coefficients.length), gates };
  const unit = Float64Array.from({ length: dim ** 3 }, (_, k) =>
    Number(k % dim === Math.floor(k / dim) % dim && k % dim === Math.floor(k / dim ** 2)),
  );
  return { layers: coefficients.map(() => ({ preconditioner: tensorData("float64", [dim, dim, dim], unit) })), gates };
}
