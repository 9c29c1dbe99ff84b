import { booleanOption, integerOption, numberOption, OptionError, oneOfOption, optionTable, problem } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { requiredRng } from "./rng-option.ts";

/** Samples of two patches: one carries the label's signal, the other is sparse noise. */
export interface SignalNoiseData {
  readonly samples: number;
  readonly dim: number;
  /** Two patches per sample: `[samples, 2, dim]`. */
  readonly patches: Float64Array;
  /** $y_i$, 1 or -1: `[samples]`. */
  readonly labels: Float64Array;
  /** $\mu$: `[dim]`; zero but for coordinate 0. */
  readonly signal: Float64Array;
  /** $\xi_i$: `[samples, dim]`. */
  readonly noise: Float64Array;
  /** Coordinates of the noise of each sample, ascending: `[samples, sparsity]`. None is 0. */
  readonly supports: Int32Array;
  /** Which patch of each sample carries the signal, 0 or 1: `[samples]`. All 0 unless the patches are shuffled. */
  readonly signalPatch: Int32Array;
  /** $\lVert\mu\rVert_2 / (\sigma_p \sqrt{s})$. */
  readonly signalToNoise: number;
}

/** Options of {@link signalNoiseData}. The defaults are the reference configuration of our sign-descent experiments. */
export interface SignalNoiseOptions {
  /** Source of chance, for example `createRng(1)`; it is split, not moved. */
  readonly rng: Rng;
  /** $n$. Default 20. */
  readonly samples?: number;
  /** $d$. Default 2000. */
  readonly dim?: number;
  /** $s$: coordinates of each noise patch that are not zero. Default 40. */
  readonly sparsity?: number;
  /** $\sigma_p$: standard deviation of these coordinates. Default 2. */
  readonly noiseScale?: number;
  /** $\lVert\mu\rVert$. Default 1. */
  readonly signalScale?: number;
  /** `"random"`: each support is drawn by itself; `"disjoint"`: no two share a coordinate. Default `"random"`. */
  readonly supports?: "random" | "disjoint";
  /** Puts the signal into a random one of the two patches. Default false: it is the first. */
  readonly shufflePatches?: boolean;
}

const table = optionTable("signalNoiseData", {
  rng: requiredRng,
  samples: integerOption({ doc: "Number of samples.", min: 1, default: 20 }),
  dim: integerOption({ doc: "Size of a patch.", min: 2, default: 2000 }),
  sparsity: integerOption({ doc: "Noise coordinates that are not zero.", min: 1, default: 40 }),
  noiseScale: numberOption({ doc: "Standard deviation of the noise.", above: 0, default: 2 }),
  signalScale: numberOption({ doc: "Norm of the signal.", above: 0, default: 1 }),
  supports: oneOfOption(["random", "disjoint"], { doc: "How supports are drawn.", default: "random" }),
  shufflePatches: booleanOption({ doc: "Puts the signal into a random patch.", default: false }),
});

/**
 * Draws linearly separable samples of a signal patch $y_i\mu$ and a sparse Gaussian noise patch $\xi_i$, with $\mu = \lVert\mu\rVert e_0$.
 *
 * $y_i = \pm 1$ with probability 1/2; $s$ coordinates of $\xi_i$, drawn from 1 to $d - 1$ without replacement, are $N(0, \sigma_p^2)$, the
 * others 0; so $\langle\xi_i, \mu\rangle = 0$. Sample $i$ depends on the generator and $i$ alone (with disjoint supports also on `dim` and
 * `sparsity`), so more samples begin with the same ones.
 *
 * Shapes: `patches [samples, 2, dim]`, `labels [samples]`, `signal [dim]`, `noise [samples, dim]`, `supports [samples, sparsity]`,
 * `signalPatch [samples]`.
 *
 * @param options.rng - required; for a test set split it by another name.
 * @param options.samples - default 20.
 * @param options.dim - default 2000.
 * @param options.sparsity - default 40.
 * @param options.noiseScale - default 2.
 * @param options.signalScale - default 1.
 * @param options.supports - default `"random"`.
 * @param options.shufflePatches - default false.
 * @throws OptionError on an unknown or bad option, or when the noise does not fit into `dim - 1` coordinates.
 * @example
 * ```ts
 * import { signalNoiseData } from "@attnlab/datasets";
 * import { createRng } from "@attnlab/random";
 * const { patches, labels, noise } = signalNoiseData({ rng: createRng(1), samples: 3, dim: 5, sparsity: 2 });
 * patches.length; // => 30
 * patches[0] === labels[0]; // => true
 * noise.filter((x) => x !== 0).length; // => 6
 * ```
 * @see Li et al. 2025, "On the optimization and generalization of two-layer transformers with sign gradient descent" (arXiv 2410.04870). Its
 * exact way of drawing supports is not known to us.
 */
export function signalNoiseData(options: SignalNoiseOptions): SignalNoiseData {
  const { rng, samples, dim, sparsity, noiseScale, signalScale, supports: kind, shufflePatches } = table.parse(options);
  const needed = kind === "disjoint" ? samples * sparsity : sparsity;
  if (needed > dim - 1) {
    const expected = kind === "disjoint" ? "samples * sparsity must be at most dim - 1" : "sparsity must be at most dim - 1";
    const fix = "Raise dim or lower sparsity.";
    throw new OptionError(problem({ where: "signalNoiseData", expected, got: `${needed} and ${dim - 1}`, fix }));
  }
  const patches = new Float64Array(samples * 2 * dim);
  const labels = new Float64Array(samples);
  const noise = new Float64Array(samples * dim);
  const supports = new Int32Array(samples * sparsity);
  const signalPatch = new Int32Array(samples);
  const order = kind === "disjoint" ? rng.split("supports").permutation(dim - 1) : undefined;
  for (let i = 0; i < samples; i++) {
    const own = rng.split(i);
    const y = own.split("label").integer(2) === 0 ? 1 : -1;
    labels[i] = y;
    signalPatch[i] = shufflePatches ? own.split("patch").integer(2) : 0;
    const chosen = order?.slice(i * sparsity, (i + 1) * sparsity) ?? chooseWithoutReplacement(own.split("support"), dim - 1, sparsity);
    const support = Int32Array.from(chosen, (k) => k + 1).sort(); // the signal's coordinate 0 is left out
    supports.set(support, i * sparsity);
    const values = own.split("noise").fillNormal(new Float64Array(sparsity), { std: noiseScale });
    for (const [k, at] of support.entries()) noise[i * dim + at] = values[k] as number;
    const first = 2 * i + (signalPatch[i] as number);
    patches[first * dim] = y * signalScale;
    patches.set(noise.subarray(i * dim, (i + 1) * dim), (4 * i + 1 - first) * dim);
  }
  const signal = new Float64Array(dim);
  signal[0] = signalScale;
  const signalToNoise = signalScale / (noiseScale * Math.sqrt(sparsity));
  return { samples, dim, patches, labels, signal, noise, supports, signalPatch, signalToNoise };
}

/** The first `count` places of a random order of 0 to `total - 1`, without making the whole order. */
function chooseWithoutReplacement(rng: Rng, total: number, count: number): number[] {
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, k) => {
    const j = k + rng.integer(total - k);
    const chosen = moved.get(j) ?? j;
    moved.set(j, moved.get(k) ?? k);
    return chosen;
  });
}
