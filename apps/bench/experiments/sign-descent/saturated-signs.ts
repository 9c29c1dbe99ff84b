import { toNumbers } from "@attnlab/check";
import { mul } from "@attnlab/graph";
import { twoLayerTransformer } from "@attnlab/models";
import { signDescent } from "@attnlab/optimizers";
import { logisticLoss } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import type { TwoLayerProblem } from "./configuration.ts";

/** Gradient of the loss with respect to $W_Q$ in the product form $s_{l1} s_{l2}$, summed on the host: `[keyDim, dim]`. */
export function closedFormQueryGradient({ drawn, params }: TwoLayerProblem): Float64Array {
  const { samples, dim, patches, labels } = drawn;
  const [query, key, value] = [params.query, params.key, params.value].map(toNumbers) as [Float64Array, Float64Array, Float64Array];
  const keyDim = query.length / dim;
  const neurons = value.length / (2 * dim);
  const v = Float64Array.from({ length: dim }, (_, c) => {
    let sum = 0;
    for (let r = 0; r < neurons; r++) sum += (value[r * dim + c] as number) - (value[(neurons + r) * dim + c] as number);
    return sum / neurons;
  });
  const used = (patch: number): number[] => Array.from({ length: dim }, (_, c) => c).filter((c) => patches[patch * dim + c] !== 0);
  const project = (weight: Float64Array, row: number, patch: number, at: readonly number[]): number =>
    at.reduce((sum, c) => sum + (weight[row * dim + c] as number) * (patches[patch * dim + c] as number), 0);
  const gradient = new Float64Array(query.length);
  for (let i = 0; i < samples; i++) {
    const two = [2 * i, 2 * i + 1].map((patch) => {
      const at = used(patch);
      const rows = Array.from({ length: keyDim }, (_, r) => r);
      return {
        patch,
        at,
        q: rows.map((r) => project(query, r, patch, at)),
        k: rows.map((r) => project(key, r, patch, at)),
        u: project(v, 0, patch, at),
      };
    });
    const [first, second] = two as [(typeof two)[0], (typeof two)[0]];
    const parts = two.map(({ q }) => {
      const z = q.reduce((sum, one, r) => sum + one * ((first.k[r] as number) - (second.k[r] as number)), 0);
      return { toSignal: 1 / (1 + Math.exp(-z)), toNoise: 1 / (1 + Math.exp(z)) };
    });
    const F = parts.reduce((sum, { toSignal, toNoise }) => sum + toSignal * first.u + toNoise * second.u, 0);
    const g = -(labels[i] as number) / (1 + Math.exp((labels[i] as number) * F)) / samples;
    for (const [l, { patch, at }] of two.entries()) {
      const { toSignal, toNoise } = parts[l] as (typeof parts)[0];
      const dz = g * toSignal * toNoise * (first.u - second.u);
      for (let r = 0; r < keyDim; r++) {
        const factor = dz * ((first.k[r] as number) - (second.k[r] as number));
        for (const c of at) gradient[r * dim + c] = (gradient[r * dim + c] as number) + factor * (patches[patch * dim + c] as number);
      }
    }
  }
  return gradient;
}

/** Share of the entries of $W_Q$ with a gradient that one step of sign descent moves the wrong way, with a form of the softmax gradient. */
export async function wrongSigns(problem: TwoLayerProblem, softmaxGradient: "standard" | "stable"): Promise<number> {
  const { data, params } = problem;
  const learningRate = 2 ** -4;
  await using trainer = await compileLoop(
    {
      params,
      data,
      optimizer: signDescent({ learningRate }),
      loss: (weights, _batch, { data: { patches, labels } }) =>
        logisticLoss(mul(labels, twoLayerTransformer(weights, { patches }, { softmaxGradient }))),
    },
    { steps: 1 },
  );
  const { state } = await trainer.run(trainer.initialState);
  const [before, after] = [toNumbers(params.query), toNumbers(state.params.query)];
  const exact = closedFormQueryGradient(problem);
  let [wrong, all] = [0, 0];
  for (const [i, g] of exact.entries()) {
    if (g === 0) continue;
    all++;
    if (Math.sign((before[i] as number) - (after[i] as number)) !== Math.sign(g)) wrong++;
  }
  return wrong / all;
}
