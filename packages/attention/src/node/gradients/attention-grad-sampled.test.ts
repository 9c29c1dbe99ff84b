import { OptionError, ShapeError, tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { describe, expect, test } from "vitest";
import { average, normalHead, slope, weightMatrix } from "../../../test/weight-matrix.ts";
import { attentionGradExact } from "./attention-grad-exact.ts";
import { type AttentionGradSampledOptions, attentionGradSampled, type SampledGradientInput } from "./attention-grad-sampled.ts";

const tokens = 20;
const input = normalHead(31, tokens);
const rng = createRng(77);
const NAMES = ["query", "key", "value"] as const;

function withOutput(causal: boolean): SampledGradientInput {
  const output = Float32Array.from(average(weightMatrix(input, 1 / Math.sqrt(3), causal), input.value));
  return { ...input, output: tensorData("float32", [1, 1, tokens, 2], output) };
}

describe.each([
  ["with the output", true, false],
  ["without the output", false, false],
  ["causal", false, true],
])("%s", (_, known, causal) => {
  test("every gradient is unbiased: the mean of 200 is within five standard errors", async () => {
    const given = known ? withOutput(causal) : input;
    const exact = await attentionGradExact(input, { causal });
    const runs = 200;
    const sums = NAMES.map((name) => ({
      first: new Float64Array(exact[name].data.length),
      second: new Float64Array(exact[name].data.length),
    }));
    for (let run = 0; run < runs; run++) {
      const found = await attentionGradSampled(given, { rng: rng.split(run), walks: 64, samples: 3, causal });
      NAMES.forEach((name, n) => {
        found[name].data.forEach((x, i) => {
          const error = x - (exact[name].data[i] as number);
          const { first, second } = sums[n] as (typeof sums)[number];
          (first[i] as number) += error / runs;
          (second[i] as number) += error ** 2 / runs;
        });
      });
    }
    for (const { first, second } of sums) {
      first.forEach((mean, i) => {
        expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt((second[i] as number) / runs) + 1e-6);
      });
    }
  });
});

test("errors fall as one over the square root of the draws, and knowing the output helps the keys", async () => {
  const exact = await attentionGradExact(input);
  const errors = async (given: SampledGradientInput, draws: number): Promise<number[]> => {
    const squares = [0, 0, 0];
    for (let run = 0; run < 12; run++) {
      const found = await attentionGradSampled(given, { rng: rng.split(run).split(draws), walks: 16 * draws, samples: draws });
      NAMES.forEach((name, n) => {
        found[name].data.forEach((x, i) => {
          (squares[n] as number) += (x - (exact[name].data[i] as number)) ** 2;
        });
      });
    }
    return squares.map(Math.sqrt);
  };
  const sizes = [8, 32, 128];
  const table: number[][] = [];
  for (const size of sizes) table.push(await errors(withOutput(false), size));
  NAMES.forEach((_, n) => {
    const measured = slope(
      sizes.map(Math.log),
      table.map((row) => Math.log(row[n] as number)),
    );
    expect(measured).toBeGreaterThan(-0.6);
    expect(measured).toBeLessThan(-0.4);
  });
  expect((await errors(input, 8))[1]).toBeGreaterThan((table[0] as number[])[1] as number);
});

test("each gradient has streams of its own: other budgets of the others change nothing", async () => {
  const base = await attentionGradSampled(withOutput(false), { rng, walks: 50, samples: 4 });
  const more = await attentionGradSampled(withOutput(false), { rng, walks: 50, samples: 9 });
  const other = await attentionGradSampled(withOutput(false), { rng, walks: 90, samples: 4 });
  expect(more.value.data).toEqual(base.value.data);
  expect(more.key.data).toEqual(base.key.data);
  expect(other.query.data).toEqual(base.query.data);
  expect(other.value.data).not.toEqual(base.value.data);
  expect(more.query.data).not.toEqual(base.query.data);
});

test("rows without keys and single keys give zeros, numbers of any size no NaN", async () => {
  const keyMask = tensorData("bool", [tokens], new Uint8Array(tokens).fill(1).fill(0, 0, 2));
  const { query, key, value } = await attentionGradSampled(input, { rng, walks: 30, samples: 3, causal: true, keyMask });
  // Two queries see nothing, the third sees one key.
  expect(query.data.slice(0, 9).every((x) => x === 0)).toBe(true);
  expect([...key.data.slice(0, 6), ...value.data.slice(0, 4)].every((x) => x === 0)).toBe(true);
  const vast = tensorData("float32", [3, 1], [3e38, -3e38, 1]);
  const huge = await attentionGradSampled(
    { query: vast, key: vast, value: vast, outputGradient: vast },
    { rng, walks: 9, samples: 2, k: 1 },
  );
  expect([...huge.query.data, ...huge.key.data, ...huge.value.data].some(Number.isNaN)).toBe(false);
  const zero = tensorData("float32", [3, 1], [0, 0, 0]);
  const still = await attentionGradSampled({ query: vast, key: vast, value: vast, outputGradient: zero }, { rng, walks: 9, samples: 2 });
  expect([...still.query.data, ...still.key.data, ...still.value.data].every((x) => x === 0)).toBe(true);
});

describe("bad input", () => {
  test("an output that does not fit", async () => {
    const output = tensorData("float32", [1, 1, 2, 2], [1, 2, 3, 4]);
    await expect(attentionGradSampled({ ...input, output }, { rng, walks: 1, samples: 2 })).rejects.toThrow(
      new ShapeError("attentionGradSampled: output must have the shape [1, 1, 20, 2]; got [1, 1, 2, 2]. Pass one row for each query."),
    );
  });

  test.each([
    [
      { walks: 1 },
      "attentionGradSampled: samples must be a whole number >= 2 and <= 4294967295; got nothing. Pass samples: Draws per query.",
    ],
    [{ walks: 1, samples: 1 }, "attentionGradSampled: samples must be a whole number >= 2 and <= 4294967295; got 1."],
    [{ walks: 1, samples: 2, rng: undefined }, "attentionGradSampled: rng must be a generator made by createRng; got nothing."],
    [{ walks: 1, samples: 2, k: 21 }, "attentionGradSampled: k must be at most the number of keys, 20; got 21."],
  ])("%j", async (options, text) => {
    const call = attentionGradSampled(input, { rng, ...options } as AttentionGradSampledOptions);
    await expect(call).rejects.toThrow(OptionError);
    await expect(call).rejects.toThrow(text);
  });
});
