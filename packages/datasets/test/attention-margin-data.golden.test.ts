import { loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { type AttentionMarginData, attentionMarginBatch, attentionMarginData } from "../src/index.ts";

interface AuthorsData {
  readonly seeds: readonly number[];
  /** Base64 of little-endian float32: head, labels, inputs, queries. */
  readonly sets: readonly string[];
  readonly small: { readonly seed: number; readonly samples: number; readonly tokens: number; readonly dim: number; readonly set: string };
}

const golden = loadGolden<AuthorsData>(new URL("golden/attention-margin-data.json", import.meta.url));

function decode(set: string): number[] {
  const bytes = Buffer.from(set, "base64");
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

function largestDifference(data: AttentionMarginData, set: string): number {
  const ours = [...data.head, ...data.labels, ...data.inputs, ...data.queries];
  const theirs = decode(set);
  expect(ours.length).toBe(theirs.length);
  return ours.reduce((most, x, i) => Math.max(most, Math.abs(x - (theirs[i] as number))), 0);
}

describe("the authors' data", () => {
  test.each(golden.seeds.map((seed, i) => ({ seed, set: golden.sets[i] as string })))("seed $seed agrees to 2e-7", ({ seed, set }) => {
    expect(largestDifference(attentionMarginData({ seed }), set)).toBeLessThan(2e-7);
  });

  test("other sizes follow the same order of draws", () => {
    const { set, ...options } = golden.small;
    expect(largestDifference(attentionMarginData(options), set)).toBeLessThan(2e-7);
  });

  test("a batch stacks the data sets in the order of its seeds", () => {
    const seeds = [7, 3, 100];
    const batch = attentionMarginBatch({ seeds });
    expect(batch.seeds).toEqual(seeds);
    for (const [i, seed] of seeds.entries()) {
      const one = attentionMarginData({ seed });
      for (const field of ["inputs", "queries", "labels", "head"] as const) {
        const size = one[field].length;
        expect(batch[field].length).toBe(3 * size);
        expect(batch[field].slice(i * size, (i + 1) * size)).toEqual(one[field]);
      }
    }
  });
});

/** Score $y\, v \cdot x$ of every token: `[samples, tokens]`. */
function tokenScores({ samples, tokens, dim, inputs, labels, head }: AttentionMarginData): number[][] {
  return Array.from({ length: samples }, (_, i) =>
    Array.from({ length: tokens }, (_, t) => {
      const start = (i * tokens + t) * dim;
      return head.reduce((sum, v, k) => sum + (labels[i] as number) * v * (inputs[start + k] as number), 0);
    }),
  );
}

test("seed 1 has the published labels, optimal tokens and loss limit", () => {
  const data = attentionMarginData({ seed: 1 });
  const scores = tokenScores(data);
  expect(Array.from(data.labels)).toEqual([-1, -1, -1, -1, 1, 1]);
  expect(scores.map((row) => row.indexOf(Math.max(...row)))).toEqual([3, 2, 6, 2, 6, 2]);
  const limit = scores.reduce((sum, row) => sum + Math.log1p(Math.exp(-Math.max(...row))), 0) / 6;
  expect(limit).toBeCloseTo(0.4991251, 7);
});
