import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, grad, randomKey, sum, type Tensor, trace } from "@attnlab/graph";
import { checkGradient, expectClose, spread } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import {
  attend,
  type ExpressiveAttentionOptions,
  expressiveAttention,
  expressiveAttentionWeights,
  multiHeadAttention,
  resolveAttention,
} from "./index.ts";

const f64 = (shape: readonly number[], values: ArrayLike<number>): TensorData => tensorData("float64", shape, values);
const drawn = (shape: readonly number[], offset = 0): TensorData =>
  f64(
    shape,
    spread(
      shape.reduce((a, b) => a * b, 1),
      offset,
    ).map((v) => 2 * v),
  );
const run = (fn: (...args: Tensor[]) => Tensor, args: readonly TensorData[]): Float64Array =>
  toNumbers(
    evaluate(
      trace((all: readonly Tensor[]) => fn(...all), [args]),
      [args],
    ),
  );
const attention =
  (options?: ExpressiveAttentionOptions) =>
  (q: Tensor, k: Tensor, v: Tensor): Tensor =>
    expressiveAttention(q, k, v, options);

const QUERY = drawn([5, 3]);
const KEY = drawn([7, 3], 40);
const VALUE = drawn([7, 2], 90);

describe("values", () => {
  const example = [f64([1, 2], [1, 0]), f64([3, 2], [1, 0, 0, 1, -2, 0]), f64([3, 1], [1, 2, 4])];
  const loose = { relative: 1e-6, absolute: 1e-6, reason: "the example is printed with six decimals" };

  test("the worked example: weights, average and gradients", () => {
    expectClose(
      run((q, k) => expressiveAttentionWeights(q, k, { scale: "none" }), example.slice(0, 2)),
      [0.384615, 0, 0.615385],
      loose,
    );
    expectClose(run(attention({ scale: "none" }), example), [2.846154], loose);
    const gradient = (index: number) => (q: Tensor, k: Tensor, v: Tensor) =>
      grad((x: Tensor) => sum(attention({ scale: 1 })(index === 0 ? x : q, index === 1 ? x : k, v)))(index === 0 ? q : k);
    expectClose(run(gradient(0), example), [-0.426036, 0], loose);
    expectClose(run(gradient(1), example), [-0.710059, 0, 0, 0, -0.142012, 0], loose);
  });

  test("weights against the angle, whatever the side", () => {
    const table = { 0: 0.5, 30: 0.428571, 60: 0.2, 90: 0, 120: 0.2, 150: 0.428571, 180: 0.5 };
    for (const [angle, weight] of Object.entries(table)) {
      const radians = (Number(angle) * Math.PI) / 180;
      const key = f64([1, 2], [Math.cos(radians), Math.sin(radians)]);
      // With epsilon = 1 a single key has the weight φ / (φ + 1).
      const [alpha] = run((q, k) => expressiveAttentionWeights(q, k, { scale: 1, epsilon: 1 }), [f64([1, 2], [1, 0]), key]);
      expectClose((alpha as number) / (1 - (alpha as number)), weight, loose);
    }
  });

  test("small scores give squares whatever their size, large ones a uniform average", () => {
    const scores = [0.5, -1, 2];
    const at = (scale: number): Float64Array =>
      run((q, k) => expressiveAttentionWeights(q, k, { scale, epsilon: 1e-30 }), [f64([1, 1], [1]), f64([3, 1], scores)]);
    expectClose(at(1e-6), [0.25 / 5.25, 1 / 5.25, 4 / 5.25], { relative: 1e-11, absolute: 0, reason: "the limit is reached up to z²" });
    expectClose(at(1e6), [1 / 3, 1 / 3, 1 / 3], { relative: 1e-11, absolute: 0, reason: "the limit is reached up to 1/z²" });
    const squares = run(
      (q, k) => expressiveAttentionWeights(q, k, { saturating: false, scale: 1e30 }),
      [f64([1, 1], [1]), f64([3, 1], scores)],
    );
    expectClose(squares, [0.25 / 5.25, 1 / 5.25, 4 / 5.25]);
  });

  test("scales: a number, none, and the root of the width, which is the default", () => {
    const at = (options?: ExpressiveAttentionOptions): Float64Array => run(attention(options), [QUERY, KEY, VALUE]);
    expect(at({ scale: "none" })).toEqual(at({ scale: 1 }));
    expect(at({ scale: "sqrtHeadDim" })).toEqual(at());
    expectClose(at({ scale: 1 / Math.sqrt(3) }), at());
    expect(at({ scale: 1 })).not.toEqual(at());
    const dot = (scale: "none" | number): Float64Array => run((q, k, v) => attend(q, k, v, { scale }), [QUERY, KEY, VALUE]);
    expect(dot("none")).toEqual(dot(1));
  });
});

describe("laws", () => {
  const flip = (x: TensorData, row: number): TensorData =>
    f64(
      x.shape,
      toNumbers(x).map((v, i) => (Math.floor(i / 3) === row ? -v : v)),
    );

  test("the sign of a query or key does not matter; it does for dot-product attention", () => {
    const whole = run(attention(), [QUERY, KEY, VALUE]);
    expect(run(attention(), [flip(QUERY, 2), KEY, VALUE])).toEqual(whole);
    expect(run(attention(), [QUERY, flip(KEY, 4), VALUE])).toEqual(whole);
    const dot = (key: TensorData): Float64Array => run((q, k, v) => attend(q, k, v), [QUERY, key, VALUE]);
    expect(dot(flip(KEY, 4))).not.toEqual(dot(KEY));
  });

  test("weights are no less than 0 and sum to 1 up to epsilon, with and without causality", () => {
    for (const causal of [false, true]) {
      const weights = run((q, k) => expressiveAttentionWeights(q, k, { causal }), [QUERY, KEY]);
      expect(weights.every((w) => w >= 0)).toBe(true);
      for (let i = 0; i < 5; i++) {
        const row = weights.slice(7 * i, 7 * i + 7);
        expectClose(
          row.reduce((a, b) => a + b),
          1,
          { relative: 1e-10, absolute: 0, reason: "epsilon over the sum" },
        );
        if (causal) expect(row.slice(i + 3).every((w) => w === 0)).toBe(true);
      }
    }
  });

  test("the first of as many causal queries as keys passes no gradient to its score", () => {
    const square = drawn([7, 3], 17);
    const [first] = [
      run((q, k, v) => grad((x: Tensor) => sum(expressiveAttention(x, k, v, { causal: true, epsilon: 1e-300 })))(q), [square, KEY, VALUE]),
    ];
    expectClose((first as Float64Array).slice(0, 3), [0, 0, 0], { relative: 0, absolute: 1e-14, reason: "rounding of two equal numbers" });
  });

  test.each([
    ["fused", {}],
    ["fused and causal", { causal: true }],
    ["power 3", { power: 3 }],
    ["squares", { saturating: false }],
  ] as const)("gradients are those of central differences: %s", (_, options) => {
    const inputs = [QUERY, KEY, VALUE];
    inputs.forEach((input, index) => {
      const weighted = (args: readonly Tensor[]): Tensor =>
        sum(expressiveAttention(args[0] as Tensor, args[1] as Tensor, args[2] as Tensor, options), [0, 1]);
      const at = (x: Float64Array): readonly TensorData[] => inputs.map((one, i) => (i === index ? f64(one.shape, x) : one));
      const value = (x: Float64Array): number => run((...args) => weighted(args), at(x))[0] as number;
      const gradient = (x: Float64Array): Float64Array =>
        run((...args) => grad((y: Tensor) => weighted(args.map((one, i) => (i === index ? y : one))))(args[index] as Tensor), at(x));
      checkGradient(value, gradient, Float64Array.from(toNumbers(input)));
    });
  });
});

describe("rows without weight", () => {
  test("a zero query gives zeros and a finite gradient, in every form", () => {
    const query = f64([2, 3], [0, 0, 0, 1, 1, 1]);
    for (const options of [{}, { power: 3 }, { saturating: false }, { causal: true }] as const) {
      expect([...run(attention(options), [query, KEY, VALUE]).slice(0, 2)]).toEqual([0, 0]);
      const gradient = run((q, k, v) => grad((x: Tensor) => sum(expressiveAttention(q, x, v, options)))(k), [query, KEY, VALUE]);
      expect(gradient.every(Number.isFinite)).toBe(true);
    }
  });

  test("a causal first row whose only key is orthogonal gives zeros", () => {
    const x = f64([2, 2], [1, 0, 0, 1]);
    const turned = f64([2, 2], [0, 1, 1, 1]);
    expect([...run((q, k, v) => expressiveAttention(q, k, v, { causal: true }), [x, turned, turned]).slice(0, 2)]).toEqual([0, 0]);
  });
});

describe("interchangeable with attend", () => {
  const params = (): never => {
    const weight = (offset: number): { readonly weight: TensorData } => ({ weight: drawn([6, 6], offset) });
    return { query: weight(0), key: weight(50), value: weight(100), output: weight(150) } as never;
  };

  test("multi-head attention takes either by name, and any function", () => {
    const x = drawn([2, 5, 6], 7);
    const at = (options: object): Float64Array => {
      const program = trace((p, t) => multiHeadAttention(p as never, t as Tensor, { numHeads: 2, causal: true, ...options }), [
        params(),
        x,
      ] as never);
      return toNumbers(evaluate(program, [params(), x] as never) as TensorData);
    };
    expect(at({ attention: "dot-product" })).toEqual(at({}));
    expect(at({ attention: expressiveAttention })).toEqual(at({ attention: "expressive" }));
    expect(at({ attention: "expressive" })).not.toEqual(at({}));
    expect(at({ attention: "expressive", scale: "none" })).not.toEqual(at({ attention: "expressive" }));
    expect(() => at({ attention: "softmax" })).toThrow(
      'multiHeadAttention: attention must be "dot-product", "expressive" or a function such as attend; got "softmax".',
    );
  });

  test("a rate of 0 changes nothing, a key drops weights", () => {
    const dropped = (rate: number): Float64Array =>
      run((q, k, v) => expressiveAttention(q, k, v, { dropout: { rate, key: randomKey(3) } }), [QUERY, KEY, VALUE]);
    expect(dropped(0)).toEqual(run(attention(), [QUERY, KEY, VALUE]));
    expect(dropped(0.5)).not.toEqual(dropped(0));
  });

  test("a name stands for its two functions", () => {
    expect(resolveAttention().attend).toBe(attend);
    expect(resolveAttention("expressive")).toEqual({ attend: expressiveAttention, weights: expressiveAttentionWeights });
  });
});

describe("errors say what to do", () => {
  const bad = (options: object) => () => run((q, k, v) => expressiveAttention(q, k, v, options), [QUERY, KEY, VALUE]);

  test("options", () => {
    expect(bad({ power: 0 })).toThrow("expressiveAttention: power must be a finite number > 0; got 0.");
    expect(bad({ epsilon: 0 })).toThrow("expressiveAttention: epsilon must be a finite number > 0; got 0.");
    expect(bad({ saturating: 1 })).toThrow("expressiveAttention: saturating must be true or false; got 1.");
    expect(bad({ scale: "sqrt" })).toThrow('expressiveAttention: scale must be a finite number, "none" or "sqrtHeadDim"; got "sqrt".');
    expect(bad({ softmaxGradient: "stable" })).toThrow('expressiveAttention: every option must be known; got "softmaxGradient".');
    expect(bad({ dropout: { rate: 0.5 } })).toThrow("expressiveAttention: key must be a traced random key; got undefined.");
  });

  test("shapes", () => {
    expect(() => run(attention(), [QUERY, drawn([7, 4]), VALUE])).toThrow(
      "expressiveAttention: query.headDim must equal key.headDim; got 3 and 4. Project both to one width.",
    );
    expect(() => run(attention(), [QUERY, KEY, drawn([6, 2])])).toThrow(
      "expressiveAttention: key and value must have as many tokens (axis -2); got [7, 3] and [6, 2]. Pass the same tokens to both.",
    );
    expect(() => run((q, k) => expressiveAttentionWeights(q, k), [drawn([3]), KEY])).toThrow(
      "expressiveAttentionWeights: query and key must have at least the axes [tokens, headDim]; got [3] and [7, 3].",
    );
  });
});
