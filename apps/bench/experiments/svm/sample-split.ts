import { type Matrix, matrixFromRows } from "@attnlab/linalg";
import type { ScientificPeer } from "../../adapters/scientific-peer.ts";
import type { LabelledPart, LabelledSplit } from "./bag-of-words.ts";

/** The small data sets that scikit-learn carries. */
export const SMALL_SETS = ["iris", "breast-cancer", "digits"] as const;

/** One of {@link SMALL_SETS}. */
export type SmallSet = (typeof SMALL_SETS)[number];

/** A small set out of the hands of scikit-learn, columns standardised on the training rows; every third row is a test row. */
export async function loadSmallSet(peer: ScientificPeer, name: SmallSet): Promise<LabelledSplit<Matrix>> {
  await peer.open({ case: "data", config: { name }, tensors: {} });
  const { answer, reason } = await peer.run<{ rows: number[][]; labels: number[] }>(1);
  if (answer === undefined) throw new Error(`scikit-learn could not load ${name}: ${reason}`);
  const { rows, labels } = answer;
  const isTest = (i: number): boolean => i % 3 === 0;
  const training = rows.filter((_, i) => !isTest(i));
  const scales = (rows[0] as number[]).map((_, j) => {
    const column = training.map((row) => row[j] as number);
    const mean = column.reduce((sum, v) => sum + v, 0) / column.length;
    const deviation = Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / column.length);
    return { mean, deviation: deviation > 0 ? deviation : 1 };
  });
  const part = (keep: (i: number) => boolean): LabelledPart<Matrix> => ({
    rows: matrixFromRows(
      rows.filter((_, i) => keep(i)).map((row) => row.map((v, j) => (v - (scales[j]?.mean ?? 0)) / (scales[j]?.deviation ?? 1))),
    ),
    labels: Int32Array.from(labels.filter((_, i) => keep(i))),
  });
  return { train: part((i) => !isTest(i)), test: part(isTest) };
}
