import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, grad, lower, mul, randomKey, sum, type Tensor, trace } from "@attnlab/graph";
import { checkGradient, expectClose, spread } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { attend, multiHeadAttention, resolveAttention, type TopKAttendOptions, topKAttend, topKAttentionWeights } from "../src/index.ts";
import { onnxBackend } from "./onnx-backend.ts";

const f64 = (shape: readonly number[], values: ArrayLike<number>): TensorData => tensorData("float64", shape, values);
const drawn = (shape: readonly number[], offset = 0): TensorData => {
  const size = shape.reduce((a, b) => a * b, 1);
  return f64(
    shape,
    spread(size, offset).map((v) => 2 * v),
  );
};
const run = (fn: (...args: Tensor[]) => Tensor, args: readonly TensorData[]): Float64Array =>
  toNumbers(
    evaluate(
      trace((all: readonly Tensor[]) => fn(...all), [args]),
      [args],
    ),
  );
const attention =
  (options?: TopKAttendOptions) =>
  (q: Tensor, k: Tensor, v: Tensor): Tensor =>
    topKAttend(q, k, v, options);

const QUERY = drawn([5, 3]);
const KEY = drawn([7, 3], 40);
const VALUE = drawn([7, 2], 90);
const ALL = [QUERY, KEY, VALUE];

describe("values", () => {
  test("the worked example of four tokens and its two best keys", () => {
    const small = [
      f64([4, 2], [1, 0, 0, 1, -1, 2, 2, -1]),
      f64([4, 2], [1, 1, 0, -1, 2, 0, -1, 1]),
      f64([4, 2], [1, 0, 0, 2, -1, 1, 3, -2]),
    ];
    const expected = [-0.3395231, 0.66976155, 2, -1, 2.60885937, -1.60885937, -0.7859164, 0.8929582];
    const printed = { relative: 1e-8, absolute: 1e-8, reason: "the example is given with eight decimals" };
    // The last token has equal scores with keys 0 and 1: the lower index is taken.
    expectClose(run(attention({ k: 2 }), small), expected, printed);
  });

  test("of equal scores exactly k are taken, those of lowest index, in both backends", async () => {
    const [query, key] = [f64([1, 1], [1]), f64([6, 1], [0, 2, 1, 2, 2, 1])];
    const program = (k: number) => trace((q, x) => topKAttentionWeights(q, x, { k, scale: "none" }), [query, key]);
    const e = Math.exp(-1);
    const expected = { 1: [0, 1, 0, 0, 0, 0], 2: [0, 0.5, 0, 0.5, 0, 0], 4: [0, 1, e, 1, 1, 0].map((w) => w / (3 + e)) };
    for (const [k, weights] of Object.entries(expected)) {
      expectClose(toNumbers(evaluate(program(Number(k)), [query, key])), weights);
      expectClose(toNumbers((await onnxBackend.run(program(Number(k)), [query, key]))[0] as TensorData), weights);
    }
  });

  test("equals attend where k is at least the number of visible keys", () => {
    for (const causal of [false, true]) {
      const square = [drawn([7, 3]), KEY, VALUE];
      const exact = run((q, k, v) => attend(q, k, v, { causal }), square);
      for (const k of [7, 8, 100]) expect(run(attention({ k, causal }), square)).toEqual(exact);
      const few = run(attention({ k: 3, causal }), square);
      if (causal) expectClose(few.slice(0, 6), exact.slice(0, 6));
      expect(Array.from(few.slice(-2))).not.toEqual(Array.from(exact.slice(-2)));
    }
  });

  test("takes the whole part of the root of the number of keys by default", () => {
    expect(run(attention(), ALL)).toEqual(run(attention({ k: 2 }), ALL));
    expect(run(attention(), ALL)).not.toEqual(run(attention({ k: 3 }), ALL));
  });

  test("causality comes before the choice: no key of the future takes a place", () => {
    const key = f64([4, 1], [1, 2, 50, 100]);
    const weights = run((q, k) => topKAttentionWeights(q, k, { k: 1, causal: true }), [f64([4, 1], [1, 1, 1, 1]), key]);
    expect(Array.from(weights)).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  });

  test("rows of weights have at most k entries and sum to 1", () => {
    const weights = run((q, k) => topKAttentionWeights(q, k, { k: 3 }), [QUERY, KEY]);
    for (let row = 0; row < 5; row++) {
      const own = Array.from(weights.subarray(row * 7, (row + 1) * 7));
      expect(own.filter((w) => w > 0)).toHaveLength(3);
      expectClose([own.reduce((a, b) => a + b, 0)], [1]);
    }
  });
});

describe("gradients", () => {
  const loss = (k: number) => (q: Tensor, x: Tensor, v: Tensor) => {
    const output = topKAttend(q, x, v, { k });
    return sum(mul(output, output));
  };

  test.each([1, 2, 3, 6])("are those of central differences with k = %i", (k) => {
    ALL.forEach((point, at) => {
      const args = (x: Float64Array): readonly TensorData[] => ALL.map((one, i) => (i === at ? f64(one.shape, x) : one));
      const slope = (...all: Tensor[]): Tensor =>
        grad((x: Tensor) => loss(k)(...(all.map((one, i) => (i === at ? x : one)) as [Tensor, Tensor, Tensor])))(all[at] as Tensor);
      const value = (x: Float64Array): number => run((...all) => loss(k)(...(all as [Tensor, Tensor, Tensor])), args(x))[0] as number;
      checkGradient(value, (x) => run(slope, args(x)), toNumbers(point));
    });
  });

  test("keys that no query takes get none, and neither do their values", () => {
    const key = f64([7, 3], [...toNumbers(KEY).subarray(0, 18), 0, 0, 0]);
    const query = f64([5, 3], toNumbers(QUERY).map(Math.abs));
    const positive = f64([7, 3], toNumbers(key).map(Math.abs)); // the last key has the smallest score for all
    for (const at of [1, 2]) {
      const gradient = run(
        (q, k, v) => grad((x: Tensor) => sum(topKAttend(q, at === 1 ? x : k, at === 2 ? x : v, { k: 6 })))(at === 1 ? k : v),
        [query, positive, VALUE],
      );
      const width = gradient.length / 7;
      expect(Array.from(gradient.subarray(6 * width))).toEqual(new Array(width).fill(0));
      expect(gradient.subarray(0, 6 * width).every((v) => v !== 0)).toBe(true);
    }
  });
});

describe("as the attention of a model", () => {
  test("its weights, from a function of one's own, have k entries in every row", () => {
    const own = resolveAttention((q, k, v, o) => topKAttend(q, k, v, { ...o, k: 2 })).weights;
    const direct = run((q, k) => topKAttentionWeights(q, k, { k: 2, scale: 0.3 }), [QUERY, KEY]);
    expectClose(
      run((q, k) => own(q, k, { scale: 0.3 }), [QUERY, KEY]),
      direct,
    );
    // Heads share the identity.
    const heads = [drawn([2, 3, 5, 3]), drawn([2, 3, 7, 3], 11)];
    expectClose(
      run((q, k) => own(q, k), heads),
      run((q, k) => topKAttentionWeights(q, k, { k: 2 }), heads),
    );
  });

  test("takes its place in multiHeadAttention, with every option", () => {
    const widths = { query: 6, key: 6, value: 6, output: 6 };
    const params = Object.fromEntries(Object.keys(widths).map((name, i) => [name, { weight: drawn([6, 6], 10 * i) }])) as never;
    const x = drawn([2, 5, 6], 3);
    const output = (k: number | undefined) =>
      toNumbers(
        evaluate(
          trace(
            (p, t) =>
              multiHeadAttention(p, t, {
                numHeads: 2,
                causal: true,
                softmaxGradient: "stable",
                ...(k === undefined ? {} : { attention: (q, key, v, o) => topKAttend(q, key, v, { ...o, k }) }),
              }),
            [params, x] as const,
          ),
          [params, x],
        ),
      );
    expectClose(output(5), output(undefined));
    expect(output(2)).not.toEqual(output(undefined));
  });

  test("drops weights of the keys taken", () => {
    const identity = f64(
      [7, 7],
      Array.from({ length: 49 }, (_, i) => (i % 8 === 0 ? 1 : 0)),
    );
    const dropped = (rate: number) => run(attention({ k: 3, dropout: { rate, key: randomKey(4) } }), [QUERY, KEY, identity]);
    expect(dropped(0)).toEqual(run((q, k) => topKAttentionWeights(q, k, { k: 3 }), [QUERY, KEY]));
    const [all, half] = [dropped(0), dropped(0.5)];
    const kept = half.filter((w) => w !== 0).length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(15);
    half.forEach((w, i) => {
      if (w !== 0) expectClose([w], [2 * (all[i] as number)]);
    });
  });

  test("exports with a dynamic number of texts", () => {
    const spec = { dtype: "float32", shape: ["texts", 2, 9, 3] } as const;
    const program = trace((q, k, v) => topKAttend(q, k, v, { k: 4, causal: true }), [spec, spec, spec]);
    expect(lower(program).graph.nodes.some(({ op }) => op === "TopK")).toBe(true);
  });
});

describe("errors", () => {
  const call = (options: unknown) => () => run(attention(options as TopKAttendOptions), ALL);

  test("refuses a bad or unknown option", () => {
    for (const k of [0, -1, 1.5, Number.NaN, "2", null]) expect(call({ k })).toThrow(/^topKAttend: k must be a whole number/);
    expect(call({ K: 2 })).toThrow(/^topKAttend: /);
    expect(call({ k: 2, scale: Number.NaN })).toThrow(/^topKAttend: scale must be/);
    expect(() => run((q, k) => topKAttentionWeights(q, k, { k: 0 }), [QUERY, KEY])).toThrow(/^topKAttentionWeights: k must be/);
    expect(() => run((q, k) => topKAttentionWeights(q, k, { dropout: {} } as never), [QUERY, KEY])).toThrow(/^topKAttentionWeights: /);
  });

  test("refuses shapes that do not fit", () => {
    expect(() => run(attention(), [QUERY, KEY, drawn([6, 2])])).toThrow(
      "topKAttend: key and value must have as many tokens (axis -2); got [7, 3] and [6, 2]. Pass the same tokens to both.",
    );
    expect(() => run(attention(), [drawn([5, 4]), KEY, VALUE])).toThrow(
      "topKAttend: query.headDim must equal key.headDim; got 4 and 3. Project both to one width.",
    );
    expect(() => run(attention({ causal: true }), [drawn([9, 3]), KEY, VALUE])).toThrow("causalMask: keys must be at least queries");
  });
});
