import { DataError, FormatError } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { parseCifar } from "./cifar.ts";
import { parseIdx } from "./idx.ts";
import { parseIdxImages } from "./idx-images.ts";
import { parseImdbPath } from "./imdb-path.ts";
import { normalizeImages } from "./labeled-images.ts";

/** An IDX file of bytes. */
function idx(shape: readonly number[], elements: readonly number[], type = 8): Uint8Array {
  return Uint8Array.from([0, 0, type, shape.length, ...shape.flatMap((n) => [0, 0, n >> 8, n & 255]), ...elements]);
}

describe("parseIdx", () => {
  test("reads bytes of any number of axes, also from the middle of a buffer", () => {
    const file = idx([2, 3], [1, 2, 3, 4, 5, 6]);
    expect(parseIdx(file)).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    const shifted = Uint8Array.from([99, ...file]).subarray(1);
    expect(parseIdx(shifted)).toEqual(parseIdx(file));
    expect(parseIdx(Buffer.from(file)).data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6)); // a copy, not a view of the file
    expect(parseIdx(idx([1, 300], new Array(300).fill(3))).shape).toEqual([1, 300]);
  });

  test.each([
    [0x09, [0xff, 0x02], Int8Array.of(-1, 2)],
    [0x0b, [0x01, 0x02, 0xff, 0xfe], Int16Array.of(258, -2)],
    [0x0c, [0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff], Int32Array.of(256, -1)],
    [0x0d, [0x3f, 0xc0, 0, 0, 0xbf, 0x80, 0, 0], Float32Array.of(1.5, -1)],
    [0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], Float64Array.of(1.5, -2)],
  ])("element type %i is big-endian", (type, elements, data) => {
    expect(parseIdx(idx([2], elements, type))).toEqual({ shape: [2], data });
  });

  test.each([
    [Uint8Array.of(0, 1, 8, 1), "the file must start with 00 00 and an element type 08, 09 or 0b to 0e; got bytes 00 01 08 01."],
    [Uint8Array.of(0x1f, 0x8b, 8, 0), "got bytes 1f 8b 08 00. Pass a whole IDX file; decompress a .gz file first."],
    [Uint8Array.of(0, 0, 7, 1), "got bytes 00 00 07 01"],
    [new Uint8Array(0), "got no bytes"],
    [Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 1), "the header must name at least one axis size; got 2 axes in 8 bytes"],
    [Uint8Array.of(0, 0, 8, 0), "got 0 axes in 4 bytes"],
    [idx([2, 3], [1, 2, 3, 4, 5]), "the file must have 18 bytes for shape [2, 3]; got 17 bytes"],
    [idx([2], [1, 2, 3]), "the file must have 10 bytes for shape [2]; got 11 bytes"],
  ])("damaged file %#", (bytes, text) => {
    expect(() => parseIdx(bytes)).toThrow(FormatError);
    expect(() => parseIdx(bytes)).toThrow(text);
  });
});

describe("parseIdxImages", () => {
  const images = idx([3, 1, 2], [1, 2, 3, 4, 5, 6]);
  const labels = idx([3], [1, 0, 1]);
  const names = ["cat", "dog"];

  test("joins pixels and labels", () => {
    expect(parseIdxImages({ images, labels }, names)).toEqual({
      count: 3,
      channels: 1,
      height: 1,
      width: 2,
      pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
      labels: Int32Array.of(1, 0, 1),
      classNames: names,
    });
    const first = parseIdxImages({ images, labels }, names, 2);
    expect([first.count, first.pixels.length, first.labels.length]).toEqual([2, 4, 2]);
  });

  test("files that do not belong together are refused", () => {
    expect(() => parseIdxImages({ images: labels, labels: images }, names)).toThrow(
      "parseIdxImages: images must be bytes with 3 axes and labels bytes with 1; got images [3] and labels [3, 1, 2].",
    );
    expect(() => parseIdxImages({ images, labels: idx([2], [0, 1]) }, names)).toThrow(
      "parseIdxImages: images and labels must be equally many, at least one; got 3 images and 2 labels. Pass files of one set.",
    );
    expect(() => parseIdxImages({ images: idx([0, 1, 2], []), labels: idx([0], []) }, names)).toThrow("got 0 images and 0 labels");
    expect(() => parseIdxImages({ images, labels: idx([3], [0, 1, 2]) }, names)).toThrow(
      "parseIdxImages: every label must be below 2, the number of class names; got 2 at 2. Name every class.",
    );
    expect(() => parseIdxImages({ images: idx([1, 1, 1], [0, 0, 0, 0], 0x0d), labels: idx([1], [0]) }, names)).toThrow(
      "images must be bytes",
    );
  });
});

describe("parseCifar", () => {
  const names = ["a", "b", "c"];
  function record(labels: readonly number[], first: number): number[] {
    return [...labels, first, ...new Array<number>(3070).fill(0), 255];
  }

  test("CIFAR-10: one label byte, then planes", () => {
    const images = parseCifar(Uint8Array.from([...record([2], 7), ...record([0], 9)]), "cifar10", names);
    expect([images.count, images.channels, images.height, images.width]).toEqual([2, 3, 32, 32]);
    expect(images.labels).toEqual(Int32Array.of(2, 0));
    expect([images.pixels[0], images.pixels[3071], images.pixels[3072]]).toEqual([7, 255, 9]);
  });

  test("CIFAR-100: the fine label counts", () => {
    const images = parseCifar(Uint8Array.from(record([200, 1], 7)), "cifar100", names);
    expect([images.labels[0], images.pixels[0], images.pixels[3071]]).toEqual([1, 7, 255]);
  });

  test("truncated, empty and mislabelled files are refused", () => {
    expect(() => parseCifar(new Uint8Array(3072), "cifar10", names)).toThrow(
      "parseCifar: a cifar10 batch must be a whole number of 3073-byte records; got 3072 bytes. Pass a file of the binary version, whole and decompressed.",
    );
    expect(() => parseCifar(new Uint8Array(0), "cifar100", names)).toThrow(FormatError);
    expect(() => parseCifar(Uint8Array.from(record([3], 0)), "cifar10", names)).toThrow(
      "parseCifar: every label must be below 3, the number of class names; got 3 in record 0. Check that the file is of the variant you named.",
    );
  });
});

describe("normalizeImages", () => {
  const images = {
    count: 2,
    channels: 3,
    height: 1,
    width: 2,
    pixels: Uint8Array.of(0, 255, 51, 102, 204, 153, 255, 0, 1, 2, 3, 4),
    labels: Int32Array.of(0, 0),
    classNames: ["x"],
  };

  test("each channel has its own mean and deviation", () => {
    const values = normalizeImages(images, { mean: [0, 0.5, 1], std: [1, 0.5, 2], indices: [0] });
    expectClose(values, [0, 1, -0.6, -0.2, -0.1, -0.2], { precision: "float32" });
  });

  test("the default is the scale 0 to 1 of all images; indices choose and order", () => {
    expectClose(
      normalizeImages(images),
      Array.from(images.pixels, (p) => p / 255),
      { precision: "float32" },
    );
    expectClose(
      normalizeImages(images, { indices: Int32Array.of(1) }),
      Array.from(images.pixels.slice(6), (p) => p / 255),
      {
        precision: "float32",
      },
    );
  });

  test("bad statistics are refused", () => {
    expect(() => normalizeImages(images, { mean: [0.5] })).toThrow(
      "normalizeImages: mean and std must have one number for each of 3 channels; got 1 and 3. Pass for example mean: [0.5] for grey images.",
    );
    expect(() => normalizeImages(images, { std: [1, 0, 1] })).toThrow("std must be an array of finite numbers > 0; got [1, 0, 1].");
    expect(() => normalizeImages(images, { mean: [0, Number.NaN, 0] })).toThrow(
      "mean must be an array of finite numbers; got [0, NaN, 0].",
    );
    expect(() => normalizeImages(images, { indices: [2] })).toThrow("takeRows: every index must be a whole number from 0 to 1; got 2.");
  });
});

describe("parseImdbPath", () => {
  test("reads part, label, id and rating", () => {
    expect(parseImdbPath("test/neg/0_10.txt")).toEqual({ part: "test", label: 0, id: 0, rating: 10 });
    expect(parseImdbPath("train\\pos\\12499_7.txt")).toEqual({ part: "train", label: 1, id: 12499, rating: 7 });
  });

  test.each(["train/unsup/5_0.txt", "train/pos/5_0.txt", "train/pos/5_11.txt", "train/pos/x_5.txt", "pos/5_5.txt", "train/pos/5_5.html"])(
    "%s is refused",
    (path) => {
      expect(() => parseImdbPath(path)).toThrow(DataError);
      expect(() => parseImdbPath(path)).toThrow(
        `parseImdbPath: a review must be at {train,test}/{pos,neg}/<id>_<rating>.txt; got "${path}". Point to the unpacked aclImdb folder;`,
      );
    },
  );
});
