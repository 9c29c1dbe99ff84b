import { OptionError, ShapeError } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { describe, expect, test } from "vitest";
import { borderNoiseImages } from "./border-noise.ts";

const [COUNT, CHANNELS, HEIGHT, WIDTH] = [3, 2, 7, 5];
const pixels = Uint8Array.from({ length: COUNT * CHANNELS * HEIGHT * WIDTH }, (_, i) => (i * 37) % 256);
const images = {
  count: COUNT,
  channels: CHANNELS,
  height: HEIGHT,
  width: WIDTH,
  pixels,
  labels: Int32Array.of(0, 1, 0),
  classNames: ["a", "b"],
};
const PLANE = HEIGHT * WIDTH;
const isCentre = (k: number): boolean => Math.floor(k / WIDTH) >= 2 && Math.floor(k / WIDTH) < 5 && k % WIDTH === 2;

describe("borderNoiseImages", () => {
  test("scales all pixels and adds noise outside the window only", () => {
    const out = borderNoiseImages(images, { rng: createRng(1), signalScale: 0.5, border: 2 });
    for (const [i, x] of out.entries()) {
      const clean = Math.fround((0.5 * (pixels[i] as number)) / 255);
      expect(x === clean, `pixel ${i}`).toBe(isCentre(i % PLANE));
    }
  });

  test("the noise has the standard deviation asked for", () => {
    const black = {
      ...images,
      count: 200,
      channels: 1,
      height: 10,
      width: 10,
      pixels: new Uint8Array(20_000),
      labels: new Int32Array(200),
    };
    const out = borderNoiseImages(black, { rng: createRng(2), noiseScale: 0.3, border: 1 }).filter((x) => x !== 0);
    expect(out.length).toBe(200 * 36);
    expect(Math.abs(Math.sqrt(out.reduce((s, x) => s + x * x, 0) / out.length) / 0.3 - 1)).toBeLessThan(4 / Math.sqrt(2 * out.length));
  });

  test("an image has the same noise wherever it stands, and another with another generator", () => {
    const size = CHANNELS * PLANE;
    const all = borderNoiseImages(images, { rng: createRng(1), border: 1 });
    const some = borderNoiseImages(images, { rng: createRng(1), border: 1, indices: [2, 0, 2] });
    expect(some.slice(0, size)).toEqual(all.slice(2 * size));
    expect(some.slice(size, 2 * size)).toEqual(all.slice(0, size));
    expect(borderNoiseImages(images, { rng: createRng(9), border: 1 })).not.toEqual(all);
    expect(all.slice(0, size)).not.toEqual(all.slice(size, 2 * size));
  });

  test("without border or noise the pixels are clean; a border over everything leaves no window", () => {
    const clean = Float32Array.from(pixels, (p) => p / 255);
    expect(borderNoiseImages(images, { rng: createRng(1), border: 0 })).toEqual(clean);
    expect(borderNoiseImages(images, { rng: createRng(1), noiseScale: 0 })).toEqual(clean);
    const covered = borderNoiseImages(images, { rng: createRng(1), border: 4 });
    expect(covered.some((x, i) => x === clean[i])).toBe(false);
  });

  test("bad options are refused", () => {
    expect(() => borderNoiseImages(images, { rng: createRng(1), indices: [3] })).toThrow(
      new ShapeError("borderNoiseImages: indices must be whole numbers from 0 to 2; got 3. Choose among the images given."),
    );
    expect(() => borderNoiseImages(images, { rng: createRng(1), border: 1.5 })).toThrow("border must be a whole number >= 0; got 1.5.");
    expect(() => borderNoiseImages(images, { rng: createRng(1), noiseScale: -1 })).toThrow(OptionError);
    expect(() => borderNoiseImages(images, {} as never)).toThrow(
      "borderNoiseImages: rng must be a generator made by createRng; got nothing.",
    );
  });
});
