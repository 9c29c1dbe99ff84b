import { type AttentionFunction, topKAttend } from "@attnlab/attention";
import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import {
  evaluate,
  expandDims,
  flatten,
  logSoftmax,
  lower,
  mean,
  neg,
  type Program,
  sliceAxis,
  squeeze,
  type Tensor,
  takeAlongAxis,
  trace,
  valueAndGrad,
} from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import { createSession } from "@attnlab/runtime/node";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { type CharGptConfig, type CharGptParams, charGpt, initCharGpt, initVisionTransformer, visionTransformer } from "../src/index.ts";
import { runOnnx } from "./run-onnx.ts";

const over =
  (k: number): AttentionFunction =>
  (query, key, value, options) =>
    topKAttend(query, key, value, { ...options, k });

describe("a character GPT over few keys", () => {
  const config = { vocabSize: 11, maxLength: 7, width: 6, numLayers: 2, numHeads: 3, dtype: "float64" } as const;
  const params = initCharGpt(createRng(2), config);
  const text = [5, 3, 8, 1, 0, 10, 7];
  const logits = (attention: CharGptConfig["attention"], tokens = text): Float64Array => {
    const ids = tensorData("int64", [1, 7], tokens);
    const all = attention === undefined ? config : { ...config, attention };
    return toNumbers(
      evaluate(
        trace((p, t) => charGpt(p, { tokens: t }, all), [params, ids] as const),
        [params, ids],
      ),
    );
  };

  test("is the usual one where every token sees at most k", () => {
    expectClose(logits(over(7)), logits(undefined));
    const [few, all] = [logits(over(3)), logits(undefined)];
    expectClose(few.subarray(0, 33), all.subarray(0, 33));
    for (let token = 3; token < 7; token++) {
      expect(few.subarray(11 * token, 11 * token + 11)).not.toEqual(all.subarray(11 * token, 11 * token + 11));
    }
  });

  test("sees nothing of the future", () => {
    const changed = logits(over(2), [...text.slice(0, 4), 2, 9, 4]);
    expect(changed.subarray(0, 44)).toEqual(logits(over(2)).subarray(0, 44));
    expect(changed.subarray(44)).not.toEqual(logits(over(2)).subarray(44));
  });
});

test("a vision transformer over few patches", async () => {
  const config = {
    imageSize: 4,
    patchSize: 2,
    channels: 1,
    numClasses: 3,
    width: 6,
    numLayers: 2,
    numHeads: 2,
    headDim: 3,
    mlpWidth: 5,
    dtype: "float64",
  } as const;
  const params = initVisionTransformer(createRng(4), config);
  const images = tensorData("float64", [2, 1, 4, 4], spread(32));
  const program = (k?: number) =>
    trace((p, x) => visionTransformer(p, { images: x }, k === undefined ? config : { ...config, attention: over(k) }), [
      params,
      images,
    ] as const);
  const run = (k?: number): Float64Array => toNumbers(evaluate(program(k), [params, images]));
  expectClose(run(5), run()); // a class token and four patches
  expect(run(2)).not.toEqual(run());
  expectClose(toNumbers((await runOnnx(program(2), [params, images]))[0] as TensorData), run(2));
});

test("a GPT trains over few keys inside ONNX Runtime: projections of queries and keys get a gradient, and the loss falls", async () => {
  const config = { vocabSize: 5, maxLength: 12, width: 8, numLayers: 1, numHeads: 2, attention: over(3) } as const;
  const first = initCharGpt(createRng(6), config);
  // The next character is the one two before. In three of four texts the last one alone leaves two choices: 0.52 nats without attention.
  const pairs = [0, 1, 0, 2, 1, 2, 3, 4];
  const text = Array.from({ length: 4 * 13 }, (_, i) => pairs[2 * Math.floor(i / 13) + ((i % 13) % 2)] as number);
  const tokens = tensorData("int64", [4, 13], text);
  const step = (params: CharGptParams, ids: Tensor) => {
    const { value, grads } = valueAndGrad((p: CharGptParams) => {
      const logOdds = logSoftmax(charGpt(p, { tokens: sliceAxis(ids, 1, 0, 12) }, config)); // [2, 12, 5]
      return neg(mean(squeeze(takeAlongAxis(logOdds, expandDims(sliceAxis(ids, 1, 1, 13), 2)), 2)));
    })(params);
    return { value, grads };
  };
  const program = trace(step, [first, tokens] as const) as Program;
  await using session = await createSession(lower(program));
  const names = program.inputs.map(({ name }) => name);
  let feeds = Object.fromEntries(flatten<TensorData>([first, tokens]).map(({ leaf }, i) => [names[i] as string, leaf]));
  const losses: number[] = [];
  for (let i = 0; i < 200; i++) {
    const results = await session.run(feeds);
    losses.push((results.value as TensorData).data[0] as number);
    feeds = Object.fromEntries(
      Object.entries(feeds).map(([name, data]) => {
        const gradient = results[`grads${name.slice(name.indexOf("."))}`];
        if (data.dtype !== "float32" || gradient === undefined) return [name, data];
        if (i === 0 && /query|key/.test(name)) expect(toNumbers(gradient).some((g) => g !== 0)).toBe(true);
        const slope = toNumbers(gradient);
        return [
          name,
          tensorData(
            "float32",
            data.shape,
            toNumbers(data).map((v, j) => v - 0.5 * (slope[j] as number)),
          ),
        ];
      }),
    );
  }
  expect(losses[0]).toBeGreaterThan(1.4); // five characters: about log 5
  expect(losses.at(-1)).toBeLessThan(0.35);
});
