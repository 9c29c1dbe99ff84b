import { join } from "node:path";
import { DataError, problem, show } from "@attnlab/check";
import { parseImdbPath } from "../imdb-path.ts";
import type { LabeledTexts } from "../labeled-texts.ts";
import { htmlToText } from "../mail/html-to-text.ts";
import { listDirectory, type MissingData, readFiles } from "./read-directory.ts";

/** One part of the Large Movie Review data; class 0 is `negative`, class 1 is `positive`. */
export interface ImdbTexts extends LabeledTexts {
  /** Stars of each review, 1 to 10: `[texts.length]`. */
  readonly ratings: Int32Array;
}

/** Both parts of the Large Movie Review data. */
export interface ImdbSets {
  readonly train: ImdbTexts;
  readonly test: ImdbTexts;
}

const missing: MissingData = {
  where: "loadImdb",
  needs: "be a directory with train/pos, train/neg, test/pos and test/neg",
  fix: 'Unpack aclImdb_v1.tar.gz (ai.stanford.edu/~amaas/data/sentiment) and pass its aclImdb folder, or call fetchDataset("imdb").',
};

async function loadPart(directory: string, part: "train" | "test"): Promise<ImdbTexts> {
  const paths: string[] = [];
  for (const polarity of ["neg", "pos"]) {
    const { files } = await listDirectory(join(directory, part, polarity), missing);
    const reviews = files.map((file) => ({ path: `${part}/${polarity}/${file}`, ...parseImdbPath(`${part}/${polarity}/${file}`) }));
    if (reviews.length === 0) {
      const got = `none in ${show(join(directory, part, polarity))}`;
      throw new DataError(
        problem({ where: "loadImdb", expected: "every folder must hold reviews", got, fix: "Unpack the archive again." }),
      );
    }
    paths.push(...reviews.toSorted((a, b) => a.id - b.id).map(({ path }) => path));
  }
  const contents = await readFiles(paths.map((path) => join(directory, path)));
  return {
    texts: contents.map((bytes) => htmlToText(bytes.toString("utf8"))),
    labels: Int32Array.from(paths, (path) => parseImdbPath(path).label),
    ratings: Int32Array.from(paths, (path) => parseImdbPath(path).rating),
    classNames: ["negative", "positive"],
  };
}

/**
 * Loads the Large Movie Review data from its original folders `{train,test}/{pos,neg}/<id>_<rating>.txt`.
 *
 * The full set has 25,000 + 25,000 reviews; the unlabelled `unsup` folder is not read. Order: negative before positive, each by id. Line-break
 * tags in the reviews become spaces.
 *
 * @param directory - the unpacked `aclImdb` folder.
 * @throws NotFoundError when a folder is missing.
 * @throws DataError when a folder is empty or holds a file that is no review.
 * @example
 * ```ts
 * import { loadImdb } from "@attnlab/datasets/node";
 * await loadImdb("no-such-folder").catch((error) => error.name); // => "NotFoundError"
 * ```
 * @see Maas et al. 2011, "Learning word vectors for sentiment analysis".
 */
export async function loadImdb(directory: string): Promise<ImdbSets> {
  return { train: await loadPart(directory, "train"), test: await loadPart(directory, "test") };
}
