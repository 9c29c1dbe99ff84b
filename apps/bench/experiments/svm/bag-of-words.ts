import { stratifiedSplit, tokenize } from "@attnlab/datasets";
import { loadSpamAssassin } from "@attnlab/datasets/node";
import { createRng } from "@attnlab/random";
import { type CsrMatrix, csrMatrix } from "@attnlab/svm";

/** Rows with class numbers. */
export interface LabelledPart<R> {
  readonly rows: R;
  readonly labels: Int32Array;
}

/** A training and a test part. */
export interface LabelledSplit<R> {
  readonly train: LabelledPart<R>;
  readonly test: LabelledPart<R>;
}

const LEAST_MAILS = 5;

/**
 * SpamAssassin as bags of words: the logarithm of one plus a word's count, rows of unit length, words of at least five training mails; two thirds of
 * the mails to train on.
 */
export async function spamBagOfWords(seed: number): Promise<LabelledSplit<CsrMatrix>> {
  const { texts, labels } = await loadSpamAssassin();
  const bags = texts.map(countWords);
  const { train, test } = stratifiedSplit(labels, { testFraction: 1 / 3, rng: createRng(seed) });
  const mails = new Map<string, number>();
  for (const i of train) for (const word of (bags[i] as Map<string, number>).keys()) mails.set(word, (mails.get(word) ?? 0) + 1);
  const words = [...mails].filter(([, count]) => count >= LEAST_MAILS).map(([word]) => word);
  const columns = new Map(words.sort().map((word, column) => [word, column]));
  const part = (chosen: Int32Array): LabelledPart<CsrMatrix> => ({
    rows: csrMatrix(
      words.length,
      Array.from(chosen, (i) => unitRow(bags[i] as Map<string, number>, columns)),
    ),
    labels: Int32Array.from(chosen, (i) => labels[i] as number),
  });
  return { train: part(train), test: part(test) };
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of tokenize(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function unitRow(bag: ReadonlyMap<string, number>, columns: ReadonlyMap<string, number>): [number, number][] {
  const entries = [...bag].flatMap(([word, count]): [number, number][] => {
    const column = columns.get(word);
    return column === undefined ? [] : [[column, Math.log1p(count)]];
  });
  const length = Math.hypot(...entries.map(([, v]) => v)) || 1;
  return entries.map(([column, v]) => [column, v / length]);
}
