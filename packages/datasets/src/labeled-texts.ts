import { DataError, problem, show } from "@attnlab/check";

/** Texts with a class number each. */
export interface LabeledTexts {
  readonly texts: readonly string[];
  /** Class numbers into `classNames`: `[texts.length]`. */
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
}

/**
 * The texts at `indices`, in their order.
 *
 * @param indices - positions in `corpus.texts`, for example one part of a stratified split.
 * @throws DataError when an index is outside the corpus.
 * @example
 * ```ts
 * import { takeTexts } from "@attnlab/datasets";
 * const corpus = { texts: ["a", "b", "c"], labels: Int32Array.of(0, 1, 0), classNames: ["ham", "spam"] };
 * takeTexts(corpus, [2, 0]).texts; // => ["c", "a"]
 * ```
 */
export function takeTexts(corpus: LabeledTexts, indices: ArrayLike<number>): LabeledTexts {
  const order = Array.from(indices);
  const texts = order.map((i) => {
    const text = corpus.texts[i];
    if (text === undefined) {
      const expected = `every index must be a whole number from 0 to ${corpus.texts.length - 1}`;
      throw new DataError(problem({ where: "takeTexts", expected, got: show(i), fix: "Take indices from a split of this corpus." }));
    }
    return text;
  });
  return { texts, labels: Int32Array.from(order, (i) => corpus.labels[i] as number), classNames: corpus.classNames };
}
