import { OptionError } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { attentionMarginBatch, attentionMarginData } from "./attention-data.ts";
import { jointTrainingData } from "./joint-training-data.ts";

function rowNorms(values: Float64Array, dim: number): number[] {
  return Array.from({ length: values.length / dim }, (_, row) => Math.hypot(...values.slice(row * dim, (row + 1) * dim)));
}

describe("attentionMarginData with attnlab's generator", () => {
  const data = attentionMarginData({ seed: 3, samples: 7, tokens: 5, dim: 11, generator: "attnlab" });

  test("has unit rows, signs and the sizes asked for", () => {
    expect([data.inputs.length, data.queries.length, data.labels.length, data.head.length]).toEqual([7 * 5 * 11, 7 * 11, 7, 11]);
    for (const part of [data.inputs, data.queries, data.head]) {
      const norms = rowNorms(part, 11);
      expectClose(
        norms,
        norms.map(() => 1),
      );
    }
    expect(new Set(data.labels)).toEqual(new Set([-1, 1]));
  });

  test("depends on the seed alone, and the parts do not shift each other", () => {
    const again = attentionMarginData({ seed: 3, samples: 7, tokens: 5, dim: 11, generator: "attnlab" });
    expect(again).toEqual(data);
    expect(attentionMarginData({ seed: 4, samples: 7, tokens: 5, dim: 11, generator: "attnlab" }).head).not.toEqual(data.head);
    expect(attentionMarginData({ seed: 3, samples: 2, tokens: 5, dim: 11, generator: "attnlab" }).head).toEqual(data.head);
  });

  test("has float64 entries, where the authors' have float32 ones", () => {
    expect(data.inputs.some((x) => x !== Math.fround(x))).toBe(true);
    expect(attentionMarginData({ seed: 3 }).inputs.every((x) => x === Math.fround(x))).toBe(true);
  });

  test("random tokens have mean 0 and variance 1 / dim", () => {
    const { inputs } = attentionMarginData({ seed: 9, samples: 100, tokens: 20, dim: 10, generator: "attnlab" });
    const mean = inputs.reduce((s, x) => s + x, 0) / inputs.length;
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(0.1 / inputs.length)); // four standard errors
  });
});

test("jointTrainingData: the query is the first token, and every call gives a copy", () => {
  const data = jointTrainingData();
  expect(data.inputs.length).toBe(data.samples * data.tokens * data.dim);
  expect(Array.from(data.labels)).toEqual([1, -1]);
  for (const i of [0, 1]) expect(data.queries.slice(2 * i, 2 * i + 2)).toEqual(data.inputs.slice(6 * i, 6 * i + 2));
  data.inputs[0] = 99;
  expect(jointTrainingData().inputs[0]).toBe(-2.7);
});

describe("bad options", () => {
  test.each([
    [{ seed: -1 }, "seed must be a whole number >= 0 and <= 4294967295; got -1."],
    [{ seed: 1, samples: 0 }, "samples must be a whole number >= 1; got 0."],
    [{ seed: 1, tokens: 2.5 }, "tokens must be a whole number >= 1; got 2.5."],
    [{ seed: 1, dim: Number.NaN }, "dim must be a whole number >= 1; got NaN."],
    [{ seed: 1, generator: "numpy" as "attnlab" }, 'generator must be one of "authors", "attnlab"; got "numpy".'],
    [{ seed: 1, size: 3 }, 'every option must be known; got "size".'],
  ])("attentionMarginData(%j)", (options, text) => {
    expect(() => attentionMarginData(options)).toThrow(OptionError);
    expect(() => attentionMarginData(options)).toThrow(`attentionMarginData: ${text}`);
  });

  test.each([[[]], [[1, -2]], [[0.5]]])("attentionMarginBatch with seeds %j", (seeds) => {
    expect(() => attentionMarginBatch({ seeds })).toThrow(
      "attentionMarginBatch: seeds must be a non-empty array of whole numbers from 0 to 2^32 - 1; got ",
    );
  });
});
