import { DataError, FormatError, problem } from "@attnlab/check";
import { parseIdx } from "./idx.ts";
import type { LabeledImages } from "./labeled-images.ts";

/**
 * Joins an IDX file of grey images `[count, height, width]` with one of labels `[count]`: the convention of MNIST and its look-alikes.
 *
 * @param classNames - name of each class, at least one.
 * @param limit - keeps the first `limit` images; default: all.
 * @throws FormatError when a file is no IDX file of bytes, or has another number of axes.
 * @throws DataError when images and labels differ in number, there are none, or a label has no class.
 * @example
 * ```ts
 * import { parseIdxImages } from "@attnlab/datasets";
 * const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8);
 * const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 1);
 * parseIdxImages({ images, labels }, ["cat", "dog"]).pixels; // => Uint8Array [9, 8]
 * ```
 */
export function parseIdxImages(
  files: { readonly images: Uint8Array; readonly labels: Uint8Array },
  classNames: readonly string[],
  limit: number = Number.POSITIVE_INFINITY,
): LabeledImages {
  const where = "parseIdxImages";
  const images = parseIdx(files.images);
  const labels = parseIdx(files.labels);
  if (
    !(images.data instanceof Uint8Array) ||
    images.shape.length !== 3 ||
    !(labels.data instanceof Uint8Array) ||
    labels.shape.length !== 1
  ) {
    const got = `images [${images.shape.join(", ")}] and labels [${labels.shape.join(", ")}]`;
    const expected = "images must be bytes with 3 axes and labels bytes with 1";
    throw new FormatError(problem({ where, expected, got, fix: "Pass the images file and the labels file, not swapped." }));
  }
  const [total, height, width] = images.shape as [number, number, number];
  if (total !== labels.data.length || total === 0) {
    const got = `${total} images and ${labels.data.length} labels`;
    throw new DataError(
      problem({ where, expected: "images and labels must be equally many, at least one", got, fix: "Pass files of one set." }),
    );
  }
  const count = Math.min(total, limit);
  const kept = Int32Array.from(labels.data.subarray(0, count));
  const bad = kept.findIndex((label) => label >= classNames.length);
  if (bad >= 0) {
    const expected = `every label must be below ${classNames.length}, the number of class names`;
    throw new DataError(problem({ where, expected, got: `${kept[bad]} at ${bad}`, fix: "Name every class." }));
  }
  return { count, channels: 1, height, width, pixels: images.data.slice(0, count * height * width), labels: kept, classNames };
}
