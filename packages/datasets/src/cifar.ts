import { DataError, FormatError, problem } from "@attnlab/check";
import type { LabeledImages } from "./labeled-images.ts";

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;

/** Which CIFAR set a file belongs to: CIFAR-100 records carry a coarse label before the fine one. */
export type CifarVariant = "cifar10" | "cifar100";

/**
 * Reads one CIFAR binary batch: records of label bytes (1, or 2 for CIFAR-100, of which the fine label is kept) and 3 x 32 x 32 pixels.
 *
 * Shape: `pixels [count, 3, 32, 32]`, channels red, green, blue.
 *
 * @param bytes - the whole file.
 * @param classNames - name of each (fine) class.
 * @throws FormatError when the file is empty or not a whole number of records.
 * @throws DataError when a label has no class.
 * @example
 * ```ts
 * import { parseCifar } from "@attnlab/datasets";
 * const record = new Uint8Array(3073).fill(7);
 * parseCifar(record, "cifar10", ["a", "b", "c", "d", "e", "f", "g", "h"]).labels; // => Int32Array [7]
 * ```
 * @see A. Krizhevsky 2009, "Learning multiple layers of features from tiny images"; the binary version.
 */
export function parseCifar(bytes: Uint8Array, variant: CifarVariant, classNames: readonly string[]): LabeledImages {
  const labelBytes = variant === "cifar100" ? 2 : 1;
  const record = labelBytes + PIXELS;
  const count = bytes.length / record;
  if (!Number.isSafeInteger(count) || count === 0) {
    const expected = `a ${variant} batch must be a whole number of ${record}-byte records`;
    const fix = "Pass a file of the binary version, whole and decompressed.";
    throw new FormatError(problem({ where: "parseCifar", expected, got: `${bytes.length} bytes`, fix }));
  }
  const pixels = new Uint8Array(count * PIXELS);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const label = bytes[i * record + labelBytes - 1] as number;
    if (label >= classNames.length) {
      const expected = `every label must be below ${classNames.length}, the number of class names`;
      const fix = "Check that the file is of the variant you named.";
      throw new DataError(problem({ where: "parseCifar", expected, got: `${label} in record ${i}`, fix }));
    }
    labels[i] = label;
    pixels.set(bytes.subarray(i * record + labelBytes, (i + 1) * record), i * PIXELS);
  }
  return { count, channels: 3, height: SIDE, width: SIDE, pixels, labels, classNames };
}
