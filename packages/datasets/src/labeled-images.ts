import { customOption, type OptionRule, optionTable, problem, ShapeError } from "@attnlab/check";
import { takeRows } from "./batches.ts";

/** Images of one size with a class number each. */
export interface LabeledImages {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** 0 to 255: `[count, channels, height, width]`. */
  readonly pixels: Uint8Array;
  /** Class numbers into `classNames`: `[count]`. */
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
}

/** Options of {@link normalizeImages}. */
export interface NormalizeOptions {
  /** Mean of each channel on the scale 0 to 1. Default 0 for each. */
  readonly mean?: readonly number[];
  /** Standard deviation of each channel on the scale 0 to 1, > 0. Default 1 for each. */
  readonly std?: readonly number[];
  /** Which images, in this order. Default: all. */
  readonly indices?: ArrayLike<number>;
}

function perChannel(doc: string, expected: string, accepts: (x: number) => boolean): OptionRule<readonly number[] | undefined> {
  const all = (v: unknown): boolean => Array.isArray(v) && v.length > 0 && v.every((x) => Number.isFinite(x) && accepts(x));
  return customOption<readonly number[] | undefined>({ doc, expected, accepts: all, invalid: [0.5, [], [Number.NaN], null] });
}

const table = optionTable("normalizeImages", {
  mean: perChannel("Mean of each channel on the scale 0 to 1.", "an array of finite numbers", () => true),
  std: perChannel("Standard deviation of each channel on the scale 0 to 1.", "an array of finite numbers > 0", (x) => x > 0),
  indices: customOption<ArrayLike<number> | undefined>({
    doc: "Which images, in this order.",
    expected: "an array of positions",
    accepts: (v) => Array.isArray(v) || (ArrayBuffer.isView(v) && "length" in v),
    invalid: [3, null],
  }),
});

/**
 * Pixels as float32 inputs of a network: $(p / 255 - \mathrm{mean}_c) / \mathrm{std}_c$.
 *
 * Shape: `[indices.length, channels, height, width]`.
 *
 * @throws ShapeError when `mean` or `std` do not have one number per channel.
 * @throws OptionError on an unknown or bad option.
 * @example
 * ```ts
 * import { normalizeImages } from "@attnlab/datasets";
 * const size = { count: 1, channels: 1, height: 1, width: 2 };
 * const images = { ...size, pixels: Uint8Array.of(0, 255), labels: Int32Array.of(0), classNames: ["0"] };
 * normalizeImages(images, { mean: [0.5], std: [0.5] }); // => Float32Array [-1, 1]
 * ```
 */
export function normalizeImages(images: LabeledImages, options?: NormalizeOptions): Float32Array {
  const { channels, height, width } = images;
  const resolved = table.parse(options);
  const mean = resolved.mean ?? new Array<number>(channels).fill(0);
  const std = resolved.std ?? new Array<number>(channels).fill(1);
  if (mean.length !== channels || std.length !== channels) {
    const expected = `mean and std must have one number for each of ${channels} channels`;
    const got = `${mean.length} and ${std.length}`;
    throw new ShapeError(problem({ where: "normalizeImages", expected, got, fix: "Pass for example mean: [0.5] for grey images." }));
  }
  const plane = height * width;
  const pixels = resolved.indices === undefined ? images.pixels : takeRows(images.pixels, channels * plane, resolved.indices);
  const out = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const channel = Math.floor(i / plane) % channels;
    out[i] = ((pixels[i] as number) / 255 - (mean[channel] as number)) / (std[channel] as number);
  }
  return out;
}
