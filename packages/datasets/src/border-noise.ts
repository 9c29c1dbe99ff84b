import { customOption, integerOption, numberOption, optionTable, problem, ShapeError } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import type { LabeledImages } from "./labeled-images.ts";
import { requiredRng } from "./rng-option.ts";

/** Options of {@link borderNoiseImages}. */
export interface BorderNoiseOptions {
  /** Source of the noise, for example `createRng(1)`; it is split, not moved. */
  readonly rng: Rng;
  /** Factor on the pixels, which are from 0 to 1: the signal-to-noise ratio while the noise is 1. Default 1. */
  readonly signalScale?: number;
  /** Standard deviation of the noise. Default 1. */
  readonly noiseScale?: number;
  /** Width of the border in pixels, on every side. Default 5. */
  readonly border?: number;
  /** Which images, in this order. Default: all. */
  readonly indices?: ArrayLike<number>;
}

const table = optionTable("borderNoiseImages", {
  rng: requiredRng,
  signalScale: numberOption({ doc: "Factor on the pixels.", min: 0, default: 1 }),
  noiseScale: numberOption({ doc: "Standard deviation of the noise.", min: 0, default: 1 }),
  border: integerOption({ doc: "Width of the border in pixels.", min: 0, default: 5 }),
  indices: customOption<ArrayLike<number> | undefined>({
    doc: "Which images, in this order.",
    expected: "an array of positions",
    accepts: (v) => Array.isArray(v) || (ArrayBuffer.isView(v) && "length" in v),
    invalid: [3, null],
  }),
});

/**
 * Images whose border is covered with Gaussian noise: $a\,p / 255$ everywhere, plus $N(0, \sigma^2)$ outside the central window.
 *
 * Shape: `[indices.length, channels, height, width]`, float32. An image has the same noise wherever it stands in `indices`.
 *
 * @param options.rng - required; give training and test images different ones.
 * @param options.signalScale - $a$; default 1.
 * @param options.noiseScale - $\sigma$; default 1.
 * @param options.border - default 5, which leaves the central 18 x 18 pixels of an MNIST image.
 * @throws ShapeError when a position in `indices` has no image.
 * @throws OptionError on an unknown or bad option.
 * @example
 * ```ts
 * import { borderNoiseImages } from "@attnlab/datasets";
 * import { createRng } from "@attnlab/random";
 * const size = { count: 1, channels: 1, height: 3, width: 3 };
 * const images = { ...size, pixels: new Uint8Array(9).fill(255), labels: Int32Array.of(0), classNames: ["0"] };
 * const noisy = borderNoiseImages(images, { rng: createRng(1), signalScale: 2, border: 1 });
 * noisy[4]; // => 2
 * noisy[0] === 2; // => false
 * ```
 * @see The noisy MNIST of Cao et al. 2022, "Benign overfitting in two-layer convolutional neural networks", as its public re-implementations have it.
 */
export function borderNoiseImages(images: LabeledImages, options: BorderNoiseOptions): Float32Array {
  const { rng, signalScale, noiseScale, border, indices } = table.parse(options);
  const { channels, height, width, count } = images;
  const chosen = indices ?? Array.from({ length: count }, (_, i) => i);
  const plane = height * width;
  const inside = (k: number, size: number): boolean => k >= border && k < size - border;
  const noisy = Array.from({ length: plane }, (_, k) => k).filter(
    (k) => !inside(Math.floor(k / width), height) || !inside(k % width, width),
  );
  const out = new Float32Array(chosen.length * channels * plane);
  for (let i = 0; i < chosen.length; i++) {
    const from = chosen[i] as number;
    if (!(Number.isInteger(from) && from >= 0 && from < count)) {
      const expected = `indices must be whole numbers from 0 to ${count - 1}`;
      throw new ShapeError(problem({ where: "borderNoiseImages", expected, got: `${from}`, fix: "Choose among the images given." }));
    }
    const noise = rng.split(from).fillNormal(new Float64Array(channels * noisy.length), { std: noiseScale });
    for (let channel = 0; channel < channels; channel++) {
      const start = (i * channels + channel) * plane;
      const source = (from * channels + channel) * plane;
      for (let k = 0; k < plane; k++) out[start + k] = (signalScale * (images.pixels[source + k] as number)) / 255;
      for (const [k, at] of noisy.entries()) {
        out[start + at] = (out[start + at] as number) + (noise[channel * noisy.length + k] as number);
      }
    }
  }
  return out;
}
