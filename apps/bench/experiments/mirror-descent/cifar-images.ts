import type { LabeledImages } from "@attnlab/datasets";
import type { Rng } from "@attnlab/random";

/** Means and standard deviations of the red, green and blue pixels in the published code. */
export const CIFAR_NORMALIZE = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] } as const;

/** How one image is cut out before it is resized: where its corner lies (may be negative) and whether it is mirrored. */
export interface Cut {
  readonly top: number;
  readonly left: number;
  readonly flip: boolean;
}

const WHOLE: Cut = { top: 0, left: 0, flip: false };
const PADDING = 4;

/** The cut of a training image: any place of the padded image, mirrored half of the time. */
export function randomCut(rng: Rng): Cut {
  const shift = (): number => rng.integer(2 * PADDING + 1) - PADDING;
  return { top: shift(), left: shift(), flip: rng.integer(2) === 1 };
}

/**
 * Cuts, resizes and normalises images as the published code does: crop, bilinear resize, mirror, normalise. Pixels outside
 * the image are black. Resized values stay unrounded; the published code rounds them to whole pixel values.
 *
 * Shape: float32 `[rows.length, 3, size, size]`.
 */
export function cifarInputs(
  images: LabeledImages,
  rows: readonly number[],
  { size, cuts }: { readonly size: number; readonly cuts?: readonly Cut[] },
): Float32Array {
  const { channels, height, pixels } = images;
  const out = new Float32Array(rows.length * channels * size * size);
  const taps = bilinearTaps(height, size);
  rows.forEach((row, k) => {
    const { top, left, flip } = cuts?.[k] ?? WHOLE;
    for (let channel = 0; channel < channels; channel++) {
      const plane = (row * channels + channel) * height * height;
      const pixel = (y: number, x: number): number =>
        y + top < 0 || y + top >= height || x + left < 0 || x + left >= height
          ? 0
          : (pixels[plane + (y + top) * height + x + left] as number);
      const mean = CIFAR_NORMALIZE.mean[channel] as number;
      const std = CIFAR_NORMALIZE.std[channel] as number;
      const target = (k * channels + channel) * size * size;
      for (let y = 0; y < size; y++) {
        const { low: y0, high: y1, share: ty } = taps[y] as Tap;
        for (let x = 0; x < size; x++) {
          const { low: x0, high: x1, share: tx } = taps[x] as Tap;
          const upper = pixel(y0, x0) * (1 - tx) + pixel(y0, x1) * tx;
          const lower = pixel(y1, x0) * (1 - tx) + pixel(y1, x1) * tx;
          const value = (upper * (1 - ty) + lower * ty) / 255;
          out[target + y * size + (flip ? size - 1 - x : x)] = (value - mean) / std;
        }
      }
    }
  });
  return out;
}

/** The two source pixels of a resized one, and the share of the second. */
interface Tap {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/** Pixel centres lie at halves, so the resized image covers the same square; the border repeats. */
function bilinearTaps(from: number, to: number): Tap[] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const low = Math.floor(at);
    return { low, high: Math.min(from - 1, low + 1), share: at - low };
  });
}
