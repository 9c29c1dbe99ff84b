import type { BinaryProblem } from "../kernel/train-binary.ts";
import type { ClassLabel, CodedClasses } from "./labelled-data.ts";

/** A binary problem with the classes it tells apart; `negative` is undefined for the rest. */
export interface BinaryTask extends BinaryProblem {
  readonly positive: number;
  readonly negative: number | undefined;
}

/** The binary problems of a classification: one for two classes, else one per pair or one per class. Rows of weight 0 are left out. */
export function binaryTasks<L extends ClassLabel>(coded: CodedClasses<L>, multiClass: "ovo" | "ovr"): readonly BinaryTask[] {
  const count = coded.classes.length;
  if (count === 2) return [task(coded, 1, 0)];
  const all = coded.classes.map((_, k) => k);
  if (multiClass === "ovr") return all.map((k) => task(coded, k, undefined));
  return all.flatMap((a) => all.slice(a + 1).map((b) => task(coded, a, b)));
}

function task<L extends ClassLabel>({ codes, weights }: CodedClasses<L>, positive: number, negative: number | undefined): BinaryTask {
  const takesPart = (i: number): boolean =>
    (weights[i] as number) > 0 && (negative === undefined || codes[i] === positive || codes[i] === negative);
  const rows = Int32Array.from(codes.keys()).filter(takesPart);
  return {
    positive,
    negative,
    rows,
    signs: Float64Array.from(rows, (i) => (codes[i] === positive ? 1 : -1)),
    costs: Float64Array.from(rows, (i) => weights[i] as number),
  };
}
