import { integerOption, optionTable, problem, ShapeError, showShape, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import type { CgdMemformerParams } from "./cgd-memformer.ts";
import type { LfomMemformerParams } from "./lfom-memformer.ts";

const table = optionTable("conjugateGradientMemformer", {
  numLayers: integerOption({ doc: "Steps of the method.", min: 1, required: true }),
});

/**
 * Parameters of `cgdMemformer` that are linear conjugate gradients (Fletcher-Reeves with exact line search) on each of these prompts.
 *
 * $\gamma_l = \lVert\nabla R(w_l)\rVert^2 / \lVert\nabla R(w_{l-1})\rVert^2$, $\alpha_l = \lVert\nabla R(w_l)\rVert^2 / (s_l^\top H s_l)$ with
 * $H = \tfrac1n X X^\top$. They differ from prompt to prompt, so no parameters of a trained model can be these for a whole batch.
 *
 * Shapes: `prompts [batch, examples + 1, dim + 1]` → `stepSizes` and `momenta` `[batch, numLayers]`, float64. After the exact solution is
 * reached both are 0.
 *
 * @throws {@link ShapeError} when prompts have another rank; {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { conjugateGradientMemformer } from "@attnlab/models";
 * // One covariate: one exact step of size 1 / mean(x^2), and nothing to do in the second.
 * const prompts = tensorData("float64", [1, 3, 2], [1, 2, 3, 6, 1, 0]);
 * conjugateGradientMemformer(prompts, { numLayers: 2 }).stepSizes.data; // => Float64Array [0.2, 0]
 * ```
 * @see Dutta and Sra, arXiv 2410.07263, proposition 1.
 */
export function conjugateGradientMemformer(prompts: TensorData, options: { readonly numLayers: number }): CgdMemformerParams<TensorData> {
  const { numLayers } = table.parse(options);
  const { shape } = prompts;
  const [batch, tokens, width] = shape as readonly [number, number, number];
  if (shape.length !== 3 || tokens < 2 || width < 2) {
    const expected = "prompts must be [batch, examples + 1, dim + 1]";
    const fix = "Pass one run's prompts.";
    throw new ShapeError(problem({ where: "conjugateGradientMemformer", expected, got: showShape(shape), fix }));
  }
  const values = toNumbers(prompts);
  const alpha = new Float64Array(batch * numLayers);
  const gamma = new Float64Array(batch * numLayers);
  for (let b = 0; b < batch; b++) {
    const rows = values.subarray(b * tokens * width, ((b + 1) * tokens - 1) * width);
    const own = coefficientsOf(rows, width, numLayers);
    alpha.set(own.alpha, b * numLayers);
    gamma.set(own.gamma, b * numLayers);
  }
  const layers = Array.from({ length: numLayers }, () => ({ preconditioner: tensorData("float64", [], [1]) }));
  const coefficients = (data: Float64Array): TensorData => tensorData("float64", [batch, numLayers], data);
  return { layers, stepSizes: coefficients(alpha), momenta: coefficients(gamma) };
}

/** The coefficients of one prompt, whose examples are rows `(x, y)`. */
function coefficientsOf(rows: Float64Array, width: number, numLayers: number): { alpha: Float64Array; gamma: Float64Array } {
  const dim = width - 1;
  const examples = rows.length / width;
  const alpha = new Float64Array(numLayers);
  const gamma = new Float64Array(numLayers);
  const gradient = new Float64Array(dim);
  const direction = new Float64Array(dim);
  const squares = (v: Float64Array): number => v.reduce((total, x) => total + x * x, 0);
  const along = (row: number, v: Float64Array): number => v.reduce((total, x, k) => total + x * (rows[row * width + k] as number), 0);
  const accumulate = (target: Float64Array, factor: number, row: number): void => {
    for (let k = 0; k < dim; k++) target[k] = (target[k] as number) + (factor * (rows[row * width + k] as number)) / examples;
  };
  for (let i = 0; i < examples; i++) accumulate(gradient, -(rows[i * width + dim] as number), i);
  const first = squares(gradient);
  let size = first;
  for (let l = 0; l < numLayers; l++) {
    // At rounding level the next ratio would be 0 / 0.
    if (!(size > 1e-30 * first)) break;
    direction.forEach((s, k) => {
      direction[k] = (gamma[l] as number) * s - (gradient[k] as number);
    });
    const curved = new Float64Array(dim);
    for (let i = 0; i < examples; i++) accumulate(curved, along(i, direction), i);
    const curvature = direction.reduce((total, s, k) => total + s * (curved[k] as number), 0);
    const step = size / curvature;
    alpha[l] = step;
    curved.forEach((c, k) => {
      gradient[k] = (gradient[k] as number) + step * c;
    });
    const next = squares(gradient);
    if (l + 1 < numLayers) gamma[l + 1] = next / size;
    size = next;
  }
  return { alpha, gamma };
}

/**
 * The same method with all past registers: parameters of `lfomMemformer` (variant `"general"`) with
 * $c_j^l = \alpha_l \prod_{i=j+1}^{l} \gamma_i$.
 *
 * Coefficients of each prompt's own become the gate `"prompt"`, `[batch, l + 1]`; others the gate `"scalar"`, `[l + 1]`.
 *
 * @param params - parameters without axes of runs.
 * @returns parameters with the same layers.
 * @throws {@link ShapeError} when the coefficients have more axes.
 * @example
 * ```ts
 * import { cgdAsLfom, heavyBallMemformer } from "@attnlab/models";
 * const { gates } = cgdAsLfom(heavyBallMemformer({ dim: 5, numLayers: 2, learningRate: 0.5, momentum: 0.5 }));
 * Array.isArray(gates) && gates.map(({ data }) => Array.from(data, Number)); // => [[0.5], [0.25, 0.5]]
 * ```
 */
export function cgdAsLfom({ layers, stepSizes, momenta }: CgdMemformerParams<TensorData>): LfomMemformerParams<TensorData> {
  const { shape } = stepSizes;
  if (shape.length > 2 || shape.length < 1) {
    const fix = "Convert one run at a time.";
    throw new ShapeError(
      problem({ where: "cgdAsLfom", expected: "stepSizes must be [layers] or [batch, layers]", got: showShape(shape), fix }),
    );
  }
  const [alpha, gamma] = [toNumbers(stepSizes), toNumbers(momenta)];
  const count = layers.length;
  const batch = alpha.length / count;
  const gates = layers.map((_, l) => {
    const values = new Float64Array(batch * (l + 1));
    for (let b = 0; b < batch; b++) {
      let gate = alpha[b * count + l] as number;
      for (let j = l; j >= 0; j--) {
        values[b * (l + 1) + j] = gate;
        gate *= gamma[b * count + j] as number;
      }
    }
    return tensorData("float64", [...shape.slice(0, -1), l + 1], values);
  });
  return { layers, gates };
}
