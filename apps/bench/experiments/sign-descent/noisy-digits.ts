import { borderNoiseImages, type LabeledImages } from "@attnlab/datasets";
import { loadMnist } from "@attnlab/datasets/node";
import { createRng } from "@attnlab/random";
import { type Cell, wordListOption } from "../../src/experiment/index.ts";

/** Which digits are told apart: 3 from 5, or all ten. */
export const TASKS = ["3-5", "ten"] as const;

/** Name of a task. */
export type Task = (typeof TASKS)[number];

/** A rule for a list of tasks. */
export const taskList: ReturnType<typeof wordListOption<Task>> = wordListOption(TASKS, { doc: "Digits to tell apart: 3-5, ten." });

/** One run per task, ratio and seed, with the settings of its task. */
export function digitCells<P extends object>(
  tasks: readonly Task[],
  ratios: readonly number[],
  params: Readonly<Record<Task, P>>,
  seeds: readonly number[],
): readonly Cell<P & { readonly task: Task; readonly signalToNoise: number }>[] {
  const pairs = tasks.flatMap((task) => ratios.map((signalToNoise) => ({ ...params[task], task, signalToNoise })));
  return pairs.flatMap((one) => seeds.map((seed) => ({ params: one, seeds: [seed] })));
}

/** Images with noise on their border, and class numbers from 0. */
export interface NoisyDigits {
  readonly count: number;
  readonly classes: number;
  /** `[count, 28, 28]`. */
  readonly pixels: Float32Array;
  readonly labels: Int32Array;
}

/** How much of the data, and how noisy. */
export interface NoisyDigitOptions {
  readonly task: Task;
  /** Scale of the pixels over that of the noise. The greater of the two scales is 1, so that one step size serves all ratios. */
  readonly signalToNoise: number;
  /** Most training images, and most test images: the first ones of the task's classes. */
  readonly train: number;
  readonly test: number;
  readonly seed: number;
}

/** MNIST with border noise: training and test images of a task, treated alike. */
export async function noisyDigits(options: NoisyDigitOptions): Promise<{ readonly train: NoisyDigits; readonly test: NoisyDigits }> {
  const scales = { signalScale: Math.min(1, options.signalToNoise), noiseScale: Math.min(1, 1 / options.signalToNoise) };
  const sets = await loadMnist();
  const rng = createRng(options.seed).split("noise");
  const part = (name: "train" | "test"): NoisyDigits => {
    const images: LabeledImages = sets[name];
    const classes = options.task === "ten" ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [3, 5];
    const indices: number[] = [];
    for (let i = 0; i < images.count && indices.length < options[name]; i++)
      if (classes.includes(images.labels[i] as number)) indices.push(i);
    return {
      count: indices.length,
      classes: classes.length,
      pixels: borderNoiseImages(images, { rng: rng.split(name), ...scales, indices }),
      labels: Int32Array.from(indices, (i) => classes.indexOf(images.labels[i] as number)),
    };
  };
  return { train: part("train"), test: part("test") };
}

/** Width of the noisy border in pixels. */
const BORDER = 5;

/** Two tokens per image, each pixel in its own coordinate: the centre, which is clean, and the border, which is noisy: `[count, 2, 784]`. */
export function centreAndBorder({ pixels, count }: NoisyDigits): Float64Array {
  const out = new Float64Array(count * 2 * 784);
  const inside = (k: number): boolean => k >= BORDER && k < 28 - BORDER;
  for (let at = 0; at < 784; at++) {
    const token = inside(Math.floor(at / 28)) && inside(at % 28) ? 0 : 1;
    for (let i = 0; i < count; i++) out[(2 * i + token) * 784 + at] = pixels[i * 784 + at] as number;
  }
  return out;
}
