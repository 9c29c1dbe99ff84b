import { DataError, problem, show } from "@attnlab/check";

/** What the path of a review in the Large Movie Review data set says. */
export interface ImdbPath {
  readonly part: "train" | "test";
  /** 1 for a positive review, 0 for a negative one. */
  readonly label: 0 | 1;
  /** Number of the review within its folder. */
  readonly id: number;
  /** Stars, 1 to 10. */
  readonly rating: number;
}

/**
 * Reads the convention `{train,test}/{pos,neg}/<id>_<rating>.txt` of the Large Movie Review data set.
 *
 * @param path - relative to the data set's folder, with forward or backward slashes.
 * @throws DataError when the path does not follow the convention.
 * @example
 * ```ts
 * import { parseImdbPath } from "@attnlab/datasets";
 * parseImdbPath("train/pos/127_8.txt"); // => { part: "train", label: 1, id: 127, rating: 8 }
 * ```
 * @see Maas et al. 2011, "Learning word vectors for sentiment analysis".
 */
export function parseImdbPath(path: string): ImdbPath {
  const [, part, polarity, id, rating] = /^(train|test)[/\\](pos|neg)[/\\](\d+)_(10|[1-9])\.txt$/.exec(path) ?? [];
  if (part === undefined) {
    const expected = "a review must be at {train,test}/{pos,neg}/<id>_<rating>.txt";
    const fix = "Point to the unpacked aclImdb folder; unlabelled reviews cannot be read.";
    throw new DataError(problem({ where: "parseImdbPath", expected, got: show(path), fix }));
  }
  return { part: part as "train" | "test", label: polarity === "pos" ? 1 : 0, id: Number(id), rating: Number(rating) };
}
