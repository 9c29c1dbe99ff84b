import { DataError, numberOption, optionTable, problem, show } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { requiredRng } from "./rng-option.ts";

/** Positions of the two parts, each in random order. */
export interface SplitIndices {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Options of {@link stratifiedSplit}. */
export interface StratifiedSplitOptions {
  /** Source of chance; it is split by name, so what was drawn from it before does not matter. */
  readonly rng: Rng;
  /** Share of the test part, in (0, 1). Default 0.2. */
  readonly testFraction?: number;
}

const table = optionTable("stratifiedSplit", {
  rng: requiredRng,
  testFraction: numberOption({ doc: "Share of the test part.", above: 0, below: 1, default: 0.2 }),
});

/**
 * Splits positions into a training and a test part that hold every class in the same proportion.
 *
 * Each class gives `round(count * testFraction)` of its members to the test part, at least one and never all of them.
 *
 * @param labels - one whole number >= 0 per sample.
 * @returns disjoint positions that cover all samples.
 * @throws DataError when a label is not a whole number >= 0, or a class has a single member.
 * @throws OptionError on an unknown or bad option.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * import { stratifiedSplit } from "@attnlab/datasets";
 * const { train, test } = stratifiedSplit([0, 0, 0, 0, 1, 1], { rng: createRng(1), testFraction: 0.5 });
 * [train.length, test.length]; // => [3, 3]
 * ```
 */
export function stratifiedSplit(labels: ArrayLike<number>, options: StratifiedSplitOptions): SplitIndices {
  const { rng, testFraction } = table.parse(options);
  const fail = (expected: string, got: string, fix: string): never => {
    throw new DataError(problem({ where: "stratifiedSplit", expected, got, fix }));
  };
  if (labels.length === 0) fail("labels must not be empty", "0 labels", "Load the data first.");
  const members = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (!Number.isSafeInteger(label) || label < 0) {
      fail("every label must be a whole number >= 0", `${show(label)} at ${i}`, "Number the classes from 0.");
    }
    const known = members.get(label);
    if (known === undefined) members.set(label, [i]);
    else known.push(i);
  }
  const train: number[] = [];
  const test: number[] = [];
  for (const [label, positions] of [...members].sort(([a], [b]) => a - b)) {
    if (positions.length < 2) {
      fail("every class must have at least 2 members", `1 member of class ${label}`, "Add samples, or drop the class.");
    }
    const size = Math.min(positions.length - 1, Math.max(1, Math.round(positions.length * testFraction)));
    rng.split("class").split(label).shuffle(positions);
    for (const position of positions.slice(0, size)) test.push(position);
    for (const position of positions.slice(size)) train.push(position);
  }
  return { train: rng.split("train").shuffle(Int32Array.from(train)), test: rng.split("test").shuffle(Int32Array.from(test)) };
}
