import { DataError, problem, show } from "@attnlab/check";
import { type CifarVariant, parseCifar } from "../cifar.ts";
import type { LabeledImages } from "../labeled-images.ts";
import type { ImageSets } from "./image-sets.ts";
import { type MissingData, readOneOf } from "./read-directory.ts";

interface CifarFiles {
  readonly where: string;
  readonly variant: CifarVariant;
  readonly names: string;
  readonly classes: number;
  readonly train: readonly string[];
  readonly test: string;
}

const CIFAR10: CifarFiles = {
  where: "loadCifar10",
  variant: "cifar10",
  names: "batches.meta.txt",
  classes: 10,
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: "test_batch.bin",
};

const CIFAR100: CifarFiles = {
  where: "loadCifar100",
  variant: "cifar100",
  names: "fine_label_names.txt",
  classes: 100,
  train: ["train.bin"],
  test: "test.bin",
};

function joinImages(parts: readonly LabeledImages[]): LabeledImages {
  const first = parts[0] as LabeledImages;
  const size = first.channels * first.height * first.width;
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const pixels = new Uint8Array(count * size);
  const labels = new Int32Array(count);
  let done = 0;
  for (const part of parts) {
    pixels.set(part.pixels, done * size);
    labels.set(part.labels, done);
    done += part.count;
  }
  return { ...first, count, pixels, labels };
}

async function load(directory: string, files: CifarFiles): Promise<ImageSets> {
  const { where, variant, names, classes } = files;
  const missing: MissingData = {
    where,
    needs: `be a directory with ${names}, ${files.train[0]} and the other files of the binary version`,
    fix: `Unpack the binary version (cs.toronto.edu/~kriz/cifar.html) and pass its folder, or call fetchDataset("${variant}").`,
  };
  const text = new TextDecoder().decode(await readOneOf(directory, [names], missing));
  const classNames = text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  if (classNames.length !== classes) {
    const fix = "Unpack the archive again.";
    throw new DataError(
      problem({ where, expected: `${names} must name ${classes} classes`, got: `${classNames.length}, ${show(classNames)}`, fix }),
    );
  }
  const batch = async (name: string): Promise<LabeledImages> =>
    parseCifar(await readOneOf(directory, [name], missing), variant, classNames);
  const train: LabeledImages[] = [];
  for (const name of files.train) train.push(await batch(name));
  return { train: joinImages(train), test: await batch(files.test) };
}

/**
 * Loads CIFAR-10 from its binary batches.
 *
 * Shapes: `train.pixels [50000, 3, 32, 32]`, `test.pixels [10000, 3, 32, 32]`, 0 to 255.
 *
 * @param directory - the unpacked `cifar-10-batches-bin` folder.
 * @throws NotFoundError when a file is missing.
 * @throws FormatError when a batch is truncated.
 * @throws DataError when a label has no class.
 * @example
 * ```ts
 * import { loadCifar10 } from "@attnlab/datasets/node";
 * await loadCifar10("no-such-folder").catch((error) => error.name); // => "NotFoundError"
 * ```
 * @see A. Krizhevsky 2009, "Learning multiple layers of features from tiny images".
 */
export function loadCifar10(directory: string): Promise<ImageSets> {
  return load(directory, CIFAR10);
}

/**
 * Loads CIFAR-100 from its binary files, with the 100 fine classes.
 *
 * Shapes: `train.pixels [50000, 3, 32, 32]`, `test.pixels [10000, 3, 32, 32]`, 0 to 255.
 *
 * @param directory - the unpacked `cifar-100-binary` folder.
 * @throws NotFoundError when a file is missing.
 * @throws FormatError when a file is truncated.
 * @throws DataError when a label has no class.
 * @example
 * ```ts
 * import { loadCifar100 } from "@attnlab/datasets/node";
 * await loadCifar100("no-such-folder").catch((error) => error.name); // => "NotFoundError"
 * ```
 * @see A. Krizhevsky 2009, "Learning multiple layers of features from tiny images".
 */
export function loadCifar100(directory: string): Promise<ImageSets> {
  return load(directory, CIFAR100);
}
