import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, trace } from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import {
  countParameters,
  initNtTransformer,
  initTextClassifier,
  initVisionTransformer,
  type NtTransformerConfig,
  ntTransformer,
  ntTransformerAttention,
  textClassifier,
  textClassifierAttention,
  visionTransformer,
} from "./index.ts";

const CONFIG = { vocabSize: 5, contextLength: 7, mlpWidth: 11, dtype: "float64" } as const satisfies NtTransformerConfig;
const TOKENS = tensorData("int64", [2, 7], [0, 1, 2, 3, 4, 0, 1, 4, 4, 3, 2, 1, 0, 0]);

function logits(config: NtTransformerConfig, tokens: TensorData = TOKENS): Float64Array {
  const params = initNtTransformer(createRng(3), config);
  return toNumbers(
    evaluate(
      trace((p, t) => ntTransformer(p, { tokens: t }, config), [params, tokens] as const),
      [params, tokens],
    ),
  );
}

describe("ntTransformer", () => {
  test.each([
    [{ vocabSize: 16, contextLength: 24 }, 20_296],
    [{ vocabSize: 16, contextLength: 24, mlpWidth: 64 }, 12_520],
    [{ vocabSize: 16, contextLength: 24, mlpWidth: 8 }, 7_984],
  ])("has as many parameters as its layers add up to: %o", (config, count) => {
    expect(countParameters(initNtTransformer(createRng(1), config))).toBe(count);
  });

  test("no token sees a later one", () => {
    const changed = tensorData("int64", [2, 7], [0, 1, 2, 3, 0, 3, 3, 4, 4, 3, 2, 4, 4, 4]);
    for (const attention of ["dot-product", "expressive"] as const) {
      const [before, after] = [logits({ ...CONFIG, attention }), logits({ ...CONFIG, attention }, changed)];
      for (const row of [0, 1]) {
        expectClose(after.slice(35 * row, 35 * row + 20), before.slice(35 * row, 35 * row + 20));
        expect(after[35 * row + 20]).not.toBeCloseTo(before[35 * row + 20] as number, 9);
      }
    }
  });

  test("a shorter sequence has the logits of the beginning of a longer one", () => {
    const start = tensorData("int64", [1, 4], [0, 1, 2, 3]);
    expectClose(logits(CONFIG, start), logits(CONFIG).slice(0, 20));
  });

  test("kind and scale of the attention change the result, not the parameters", () => {
    const of = (options: Partial<NtTransformerConfig>): Float64Array => logits({ ...CONFIG, ...options });
    expect(of({ attention: "expressive" })).not.toEqual(of({}));
    expect(of({ scale: "none" })).not.toEqual(of({}));
    expectClose(of({ scale: 1 / Math.sqrt(12) }), of({}));
    expect(initNtTransformer(createRng(3), { ...CONFIG, attention: "expressive" })).toEqual(initNtTransformer(createRng(3), CONFIG));
  });

  test("heads that do not divide the width get zeros beside it", () => {
    const config = { ...CONFIG, numHeads: 5, numLayers: 2 };
    const params = initNtTransformer(createRng(3), config);
    expect(params.blocks[1]?.attention.query.weight.shape).toEqual([15, 15]);
    expect(logits(config).every(Number.isFinite)).toBe(true);
  });

  test.each(["dot-product", "expressive"] as const)("attention maps of %s attention are causal and sum to 1", (attention) => {
    const config = { ...CONFIG, attention, scale: "none" } as const;
    const params = initNtTransformer(createRng(3), config);
    const map = toNumbers(
      evaluate(
        trace((p, t) => ntTransformerAttention(p, { tokens: t }, { ...config, layer: 0 }), [params, TOKENS] as const),
        [params, TOKENS],
      ),
    );
    for (let row = 0; row < 14; row++) {
      const weights = map.slice(7 * row, 7 * row + 7);
      expect(weights.slice((row % 7) + 1).every((weight) => weight === 0)).toBe(true);
      const total = weights.reduce((a, b) => a + b);
      expectClose(total, 1, { relative: 1e-8, absolute: 0, reason: "epsilon over the sum of small weights" });
    }
  });

  test("refuses longer sequences and unknown attentions", () => {
    expect(() => logits(CONFIG, tensorData("int64", [1, 8], new Int32Array(8)))).toThrow(
      "ntTransformer: tokens must be [batch, tokens] with at most contextLength = 7 tokens; got [1, 8]. Cut longer sequences.",
    );
    expect(() => logits({ ...CONFIG, attention: "linear" as never })).toThrow(
      'ntTransformer: attention must be "dot-product", "expressive" or a function such as attend; got "linear".',
    );
    expect(() => logits({ ...CONFIG, scale: "half" as never })).toThrow("ntTransformer: scale must be a finite number");
  });
});

describe("the attention of the other models", () => {
  const different = (run: (attention: "dot-product" | "expressive") => Float64Array): void => {
    const [usual, other] = [run("dot-product"), run("expressive")];
    expect(other.every(Number.isFinite)).toBe(true);
    expect(other).not.toEqual(usual);
  };

  test("text classifier, its padding hidden, and its attention maps", () => {
    const sizes = { numLayers: 2, vocabSize: 11, maxLength: 6, width: 8, dtype: "float64" } as const;
    const params = initTextClassifier(createRng(2), sizes);
    const run =
      (tokens: TensorData) =>
      (attention: "dot-product" | "expressive"): Float64Array =>
        toNumbers(
          evaluate(
            trace((p, t) => textClassifier(p, { tokens: t }, { ...sizes, attention }), [params, tokens] as const),
            [params, tokens],
          ),
        );
    const [short, padded] = [tensorData("int64", [1, 4], [1, 5, 7, 3]), tensorData("int64", [1, 6], [1, 5, 7, 3, 0, 0])];
    different(run(short));
    expectClose(run(padded)("expressive"), run(short)("expressive"));
    const map = toNumbers(
      evaluate(
        trace((p, t) => textClassifierAttention(p, { tokens: t }, { ...sizes, attention: "expressive" }), [params, padded] as const),
        [params, padded],
      ),
    );
    expect([map[4], map[5]]).toEqual([0, 0]);
  });

  test("vision transformer", () => {
    const sizes = {
      imageSize: 4,
      patchSize: 2,
      channels: 1,
      numClasses: 3,
      width: 8,
      numLayers: 1,
      numHeads: 2,
      headDim: 4,
      mlpWidth: 8,
      dtype: "float64",
    } as const;
    const params = initVisionTransformer(createRng(2), sizes);
    const images = tensorData(
      "float64",
      [2, 1, 4, 4],
      Array.from({ length: 32 }, (_, i) => Math.sin(i)),
    );
    different((attention) =>
      toNumbers(
        evaluate(
          trace((p, x) => visionTransformer(p, { images: x }, { ...sizes, attention }), [params, images] as const),
          [params, images],
        ),
      ),
    );
  });
});
