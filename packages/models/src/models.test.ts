import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, randomKey, type Tensor, trace } from "@attnlab/graph";
import { createRng, type Rng } from "@attnlab/random";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { runOnnx } from "../test/run-onnx.ts";
import {
  charGpt,
  countParameters,
  initCharGpt,
  initTextClassifier,
  initTransformer,
  initVisionTransformer,
  textClassifier,
  textClassifierAttention,
  transformer,
  visionTransformer,
} from "./index.ts";

const rng = createRng(5);
const ids = (shape: readonly number[], values: readonly number[]): TensorData => tensorData("int64", shape, values);

/** A generator that draws nothing, for counting. */
const blank: Pick<Rng, "split" | "fillNormal" | "fillUniform"> = {
  split: () => blank as Rng,
  fillNormal: (target) => target,
  fillUniform: (target) => target,
};

describe("parameter counts are those of the paper", () => {
  test.each([
    [3, 17_228_160],
    [4, 18_998_400],
    [6, 22_538_880],
  ])("text classifier of size %s", (numLayers, count) => {
    expect(countParameters(initTextClassifier(blank as Rng, { numLayers }))).toBe(count);
  });

  test("vision transformer for CIFAR-10 and CIFAR-100", () => {
    expect(countParameters(initVisionTransformer(blank as Rng, {}))).toBe(9_564_682);
    expect(countParameters(initVisionTransformer(blank as Rng, { numClasses: 100 }))).toBe(9_564_682 + 90 * 513);
  });

  test("character GPT", () => {
    expect(countParameters(initCharGpt(blank as Rng, {}))).toBe(804_096);
  });
});

describe("text classifier", () => {
  const config = { numLayers: 2, vocabSize: 11, maxLength: 6, width: 8, dtype: "float64" } as const;
  const params = initTextClassifier(rng, config);
  const logits = (tokens: TensorData, dropoutKey?: number): Float64Array =>
    toNumbers(
      evaluate(
        trace(
          (p, t) => textClassifier(p, dropoutKey === undefined ? { tokens: t } : { tokens: t, dropoutKey: randomKey(dropoutKey) }, config),
          [params, tokens] as const,
        ),
        [params, tokens],
      ),
    );

  test("padding changes nothing", () => {
    const short = logits(ids([1, 3], [1, 5, 7]));
    expectClose(logits(ids([1, 6], [1, 5, 7, 0, 0, 0])), short);
    expect(logits(ids([1, 4], [1, 5, 7, 8]))[0]).not.toBe(short[0]);
  });

  test("texts of a batch do not see each other", () => {
    const both = logits(ids([2, 3], [1, 5, 7, 1, 9, 2]));
    expectClose(both.slice(0, 1), logits(ids([1, 3], [1, 5, 7])));
    expectClose(both.slice(1), logits(ids([1, 3], [1, 9, 2])));
  });

  test("the order of tokens matters, through their positions", () => {
    expect(logits(ids([1, 3], [1, 5, 7]))[0]).not.toBeCloseTo(logits(ids([1, 3], [1, 7, 5]))[0] as number, 6);
  });

  test("dropout needs a key, and is the same for the same key", () => {
    const tokens = ids([1, 4], [1, 5, 7, 8]);
    expect(logits(tokens, 1)).toEqual(logits(tokens, 1));
    expect(logits(tokens, 1)).not.toEqual(logits(tokens, 2));
    expect(logits(tokens, 1)).not.toEqual(logits(tokens));
  });

  test("attention maps have a row of weights per head and hide padding", () => {
    const tokens = ids([1, 4], [1, 5, 7, 0]);
    for (const layer of [0, 1]) {
      const program = trace((p, t) => textClassifierAttention(p, { tokens: t }, { ...config, layer }), [params, tokens] as const);
      const map = evaluate(program, [params, tokens]);
      expect(map.shape).toEqual([1, 2, 4, 4]);
      const row = toNumbers(map).slice(0, 4);
      expectClose(
        row.reduce((a, b) => a + b),
        1,
      );
      expect(row[3]).toBe(0);
    }
    const last = trace((p, t) => textClassifierAttention(p, { tokens: t }, config), [params, tokens] as const);
    const named = trace((p, t) => textClassifierAttention(p, { tokens: t }, { ...config, layer: 1 }), [params, tokens] as const);
    expect(evaluate(last, [params, tokens])).toEqual(evaluate(named, [params, tokens]));
  });

  test("one exported model serves every batch size", async () => {
    const program = trace((p, t: Tensor) => textClassifier(p, { tokens: t }, config), [
      params,
      { dtype: "int64", shape: ["batch", 4] },
    ] as const);
    for (const batch of [1, 3]) {
      const tokens = ids(
        [batch, 4],
        Array.from({ length: 4 * batch }, (_, i) => (i % 4 === 0 ? 1 : (i * 7) % 11)),
      );
      const [result] = await runOnnx(program, [params, tokens]);
      expectClose(toNumbers(result as TensorData), logits(tokens), { factor: 100, reason: "two blocks in another order of summation" });
    }
  });

  test("bad sizes are refused", () => {
    expect(() => logits(ids([1, 7], [1, 2, 3, 4, 5, 6, 7]))).toThrow(
      "textClassifier: tokens must be [batch, tokens] with at most maxLength = 6 tokens; got [1, 7]. Cut longer texts.",
    );
    expect(() => initTextClassifier(rng, {} as never)).toThrow("textClassifier: numLayers must be a whole number >= 1; got nothing.");
    expect(() => initTextClassifier(rng, { numLayers: 3, width: 8 })).toThrow(
      "transformer: numHeads must divide width; got width 8 and numHeads 3. Choose numHeads among the divisors of width, or give headDim.",
    );
    expect(() => initTextClassifier(rng, { numLayers: 1, dropout: 1 })).toThrow(
      "textClassifier: dropout must be a finite number >= 0 and < 1; got 1.",
    );
    const map = (layer: number) => () =>
      trace((p, t) => textClassifierAttention(p, { tokens: t }, { ...config, layer }), [params, ids([1, 2], [1, 2])] as const);
    expect(map(2)).toThrow("transformerAttention: layer must be a whole number >= 0 and <= 1; got 2.");
  });
});

describe("character GPT", () => {
  const config = { vocabSize: 7, maxLength: 5, width: 8, numLayers: 2, numHeads: 2, dropout: 0.5, dtype: "float64" } as const;
  const params = initCharGpt(rng, config);
  const logits = (tokens: TensorData, dropoutKey?: number): TensorData =>
    evaluate(
      trace((p, t) => charGpt(p, dropoutKey === undefined ? { tokens: t } : { tokens: t, dropoutKey: randomKey(dropoutKey) }, config), [
        params,
        tokens,
      ] as const),
      [params, tokens],
    );

  test("no place sees a later one", () => {
    const [a, b] = [logits(ids([1, 4], [1, 2, 3, 4])), logits(ids([1, 4], [1, 2, 6, 5]))];
    expect(a.shape).toEqual([1, 4, 7]);
    expect(toNumbers(a).slice(0, 14)).toEqual(toNumbers(b).slice(0, 14));
    expect(toNumbers(a)[14]).not.toBe(toNumbers(b)[14]);
  });

  test("starts near the uniform distribution with GPT-2's spreads", () => {
    expect(toNumbers(logits(ids([1, 4], [1, 2, 3, 4]))).every((v) => Math.abs(v) < 0.5)).toBe(true);
    const wide = initCharGpt(rng, { vocabSize: 7, width: 64, numLayers: 2 });
    const std = (x: TensorData) => Math.sqrt(toNumbers(x).reduce((s, v) => s + v * v, 0) / x.data.length);
    const [block] = wide.blocks as [(typeof wide.blocks)[number]];
    expect(std(block.attention.query.weight) / 0.02).toBeGreaterThan(0.95);
    expect(std(block.attention.query.weight) / 0.02).toBeLessThan(1.05);
    expect(std(block.mlp.down.weight) / 0.01).toBeGreaterThan(0.95);
    expect(std(block.mlp.down.weight) / 0.01).toBeLessThan(1.05);
  });

  test("dropout needs a key", () => {
    const tokens = ids([1, 4], [1, 2, 3, 4]);
    expect(logits(tokens, 1)).not.toEqual(logits(tokens));
    expect(logits(tokens, 1)).toEqual(logits(tokens, 1));
  });

  test("too long a context is refused", () => {
    expect(() => logits(ids([1, 6], [1, 2, 3, 4, 5, 6]))).toThrow(
      "charGpt: tokens must be [batch, tokens] with at most maxLength = 5 tokens; got [1, 6].",
    );
  });
});

describe("vision transformer", () => {
  const config = {
    imageSize: 4,
    patchSize: 2,
    channels: 1,
    numClasses: 3,
    width: 6,
    numLayers: 1,
    numHeads: 2,
    headDim: 2,
    mlpWidth: 5,
    dtype: "float64",
  } as const;
  const params = initVisionTransformer(rng, config);
  const images = tensorData("float64", [2, 1, 4, 4], spread(32));

  test("dropout needs a key", () => {
    const run = (seed?: number) =>
      evaluate(
        trace((p, x) => visionTransformer(p, seed === undefined ? { images: x } : { images: x, dropoutKey: randomKey(seed) }, config), [
          params,
          images,
        ] as const),
        [params, images],
      );
    expect(run().shape).toEqual([2, 3]);
    expect(run(1)).not.toEqual(run());
    expect(run(1)).toEqual(run(1));
  });

  test("bad sizes are refused", () => {
    const other = tensorData("float64", [2, 1, 4, 5], spread(40));
    expect(() => trace((p, x) => visionTransformer(p, { images: x }, config), [params, other] as const)).toThrow(
      "visionTransformer: images must be [1, 4, 4] after the batch axis; got [2, 1, 4, 5]. Resize the images.",
    );
    expect(() => initVisionTransformer(rng, { patchSize: 5 })).toThrow(
      "visionTransformer: patchSize must divide imageSize; got imageSize 48 and patchSize 5.",
    );
  });
});

describe("transformer", () => {
  const base = { width: 6, numLayers: 2, numHeads: 3, dtype: "float64" } as const;
  const x = tensorData("float64", [2, 4, 6], spread(48));
  const run = (config: object) => {
    const all = { ...base, ...config };
    const params = initTransformer(rng, all);
    return toNumbers(
      evaluate(
        trace((p, t) => transformer(p, { x: t }, all), [params, x] as const),
        [params, x],
      ),
    );
  };

  test("is the identity without blocks, and differs between pre- and post-norm", () => {
    expect(run({ numLayers: 0 })).toEqual(x.data);
    expect(run({ norm: "pre" })).not.toEqual(run({ norm: "post" }));
  });

  test("post-norm ends standardised before training", () => {
    const row = run({ norm: "post" }).slice(0, 6);
    expectClose(
      row.reduce((a, b) => a + b),
      0,
    );
  });

  test("an unknown option is refused", () => {
    expect(() => initTransformer(rng, { ...base, heads: 3 } as never)).toThrow('transformer: every option must be known; got "heads".');
    expect(() => run({ norm: "both" })).toThrow('transformer: norm must be one of "pre", "post"; got "both".');
  });
});
