import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, lower, print, randomKey, type Tensor, trace } from "@attnlab/graph";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { attend, attentionWeights, causalMask, dropout, mergeHeads, multiHeadAttention, splitHeads } from "./index.ts";

const data = (shape: readonly number[], offset = 0): TensorData =>
  tensorData(
    "float64",
    shape,
    spread(
      shape.reduce((a, b) => a * b, 1),
      offset,
    ),
  );

/** Traces a function of three tensors of these shapes; errors are thrown while tracing. */
function traced(shapes: readonly (readonly number[])[], fn: (q: Tensor, k: Tensor, v: Tensor) => Tensor) {
  const [q, k, v] = shapes.map((shape) => ({ dtype: "float64", shape }) as const);
  return trace(fn, [q, k, v ?? q] as const as never);
}

const Q = [2, 3, 5, 7];
const K = [2, 3, 11, 7];

describe("errors say what to do", () => {
  test("headDim", () => {
    expect(() => traced([Q, [2, 3, 11, 8], K], (q, k, v) => attend(q, k, v))).toThrow(
      "attend: query.headDim must equal key.headDim; got 7 and 8. Project both to one width.",
    );
  });

  test("number of keys", () => {
    expect(() => traced([Q, K, [2, 3, 9, 7]], (q, k, v) => attend(q, k, v))).toThrow(
      "attend: key and value must have as many tokens (axis -2); got [2, 3, 11, 7] and [2, 3, 9, 7]. Pass the same tokens to both.",
    );
  });

  test("rank", () => {
    expect(() => traced([[7], [7], [7]], (q, k) => attentionWeights(q, k))).toThrow(
      "attentionWeights: query and key must have at least the axes [tokens, headDim]; got [7] and [7].",
    );
  });

  test("leading axes", () => {
    expect(() => traced([Q, [5, 3, 11, 7], [5, 3, 11, 7]], (q, k, v) => attend(q, k, v))).toThrow(
      "attend: aligned axes must be equal or 1 to broadcast; got [2, 3] and [5, 3].",
    );
  });

  test("mask of another dtype or shape", () => {
    const run = (mask: { readonly dtype: "float64" | "bool"; readonly shape: readonly number[] }) => () =>
      trace((x: Tensor, m: Tensor) => attend(x, x, x, { mask: m }), [{ dtype: "float64", shape: Q }, mask] as const as never);
    expect(run({ dtype: "float64", shape: [5, 5] })).toThrow(
      "attend: mask must be bool; got float64. Compare, for example notEqual(tokens, padId)",
    );
    expect(run({ dtype: "bool", shape: [2, 5] })).toThrow("attend: aligned axes must be equal or 1 to broadcast");
    expect(run({ dtype: "bool", shape: [4, 2, 3, 5, 5] })).toThrow(
      "attend: mask must broadcast to [..., queries, keys] = [2, 3, 5, 5]; got [4, 2, 3, 5, 5]. Give missing axes the size 1.",
    );
  });

  test("options", () => {
    const run = (options: object) => () => traced([Q, K, K], (q, k, v) => attend(q, k, v, options));
    expect(run({ causl: true })).toThrow('attend: every option must be known; got "causl". Known options: scale, mask, causal');
    expect(run({ scale: Number.NaN })).toThrow('attend: scale must be a finite number, "none" or "sqrtHeadDim"; got NaN.');
    expect(run({ causal: 1 })).toThrow("attend: causal must be true or false; got 1.");
    expect(run({ mask: [true] })).toThrow("attend: mask must be a traced bool tensor; got [true].");
    expect(run({ softmaxGradient: "exact" })).toThrow('attend: softmaxGradient must be one of "standard", "stable"; got "exact".');
    expect(run({ dropout: 0.1 })).toThrow("attend: dropout must be { rate, key }; got 0.1.");
    expect(run({ dropout: { rate: 1, key: randomKey(1) } })).toThrow("dropout: rate must be a finite number >= 0 and < 1; got 1.");
    expect(run({ dropout: { rate: 0.5 } })).toThrow("attend: key must be a traced random key; got undefined. Pass randomKey(seed)");
  });

  test("more causal queries than keys", () => {
    expect(() => causalMask(5, 4)).toThrow(
      "causalMask: keys must be at least queries; got 5 queries and 4 keys. Pass the keys of all earlier tokens too.",
    );
  });

  test("heads", () => {
    const on = (shape: readonly number[], fn: (x: Tensor) => Tensor) => () => trace(fn, [{ dtype: "float64", shape }] as const as never);
    expect(on([2, 5, 7], (x) => splitHeads(x, 2))).toThrow(
      "splitHeads: x must be [..., tokens, width] with a width that 2 heads divide; got [2, 5, 7]. Choose numHeads among the divisors of width.",
    );
    expect(on([6], (x) => splitHeads(x, 2))).toThrow("splitHeads: x must be [..., tokens, width]");
    expect(on([2, 5, 6], (x) => splitHeads(x, 0))).toThrow("splitHeads: numHeads must be a whole number >= 1; got 0.");
    expect(on([5, 7], mergeHeads)).toThrow("mergeHeads: x must be [..., numHeads, tokens, headDim]; got [5, 7]. Pass what attend returns.");
    const params = { query: { weight: 0 }, key: { weight: 0 }, value: { weight: 0 }, output: { weight: 0 } } as never;
    expect(on([2, 5, 6], (x) => multiHeadAttention(params, x, { heads: 2 } as never))).toThrow(
      'multiHeadAttention: every option must be known; got "heads". Known options: numHeads, context, attention, scale',
    );
    expect(on([2, 5, 6], (x) => multiHeadAttention(params, x, {} as never))).toThrow(
      "multiHeadAttention: numHeads must be a whole number >= 1; got nothing. Pass numHeads: Number of heads.",
    );
  });
});

describe("heads", () => {
  test("splitHeads cuts the width in order, and mergeHeads undoes it", () => {
    const x = data([2, 3, 10]);
    const split = evaluate(
      trace((t) => splitHeads(t, 5), [x]),
      [x],
    );
    expect(split.shape).toEqual([2, 5, 3, 2]);
    const at = (b: number, h: number, t: number, d: number) => toNumbers(split)[((b * 5 + h) * 3 + t) * 2 + d];
    expect(at(1, 3, 2, 1)).toBe(toNumbers(x)[(1 * 3 + 2) * 10 + 3 * 2 + 1]);
    expect(
      evaluate(
        trace((t) => mergeHeads(splitHeads(t, 5)), [x]),
        [x],
      ),
    ).toEqual(x);
  });
});

describe("masks", () => {
  test("a causal mask aligns the last query with the last key", () => {
    const mask = evaluate(
      trace(() => causalMask(2, 4), []),
      [],
    );
    expect(Array.from(toNumbers(mask))).toEqual([1, 1, 1, 0, 1, 1, 1, 1]);
  });

  test("causal attention of the last token equals attention of it alone", () => {
    const x = data([1, 5, 3]);
    const lastOnly = tensorData("float64", [1, 1, 3], toNumbers(x).slice(12));
    const all = evaluate(
      trace((t) => attend(t, t, t, { causal: true }), [x]),
      [x],
    );
    const one = evaluate(
      trace((q, t) => attend(q, t, t, { causal: true }), [lastOnly, x]),
      [lastOnly, x],
    );
    expectClose(toNumbers(one), toNumbers(all).slice(12));
  });

  test("weights sum to 1, and are 0 where hidden", () => {
    const x = data([4, 3]);
    const weights = toNumbers(
      evaluate(
        trace((t) => attentionWeights(t, t, { causal: true }), [x]),
        [x],
      ),
    );
    for (let i = 0; i < 4; i++) {
      const row = Array.from(weights.slice(4 * i, 4 * i + 4));
      expectClose(
        row.reduce((a, b) => a + b),
        1,
      );
      expect(row.slice(i + 1).every((v) => v === 0)).toBe(true);
    }
  });

  test("a hidden key has weight 0 however large its score", () => {
    const [q, k] = [tensorData("float64", [1, 1], [1e3]), tensorData("float64", [2, 1], [1, 1e9])];
    const mask = tensorData("bool", [2], [1, 0]);
    const program = trace((a, b, m) => attentionWeights(a, b, { mask: m }), [q, k, mask]);
    expect(evaluate(program, [q, k, mask]).data).toEqual(Float64Array.of(1, 0));
  });
});

describe("dropout", () => {
  const x = tensorData("float64", [2000], new Float64Array(2000).fill(3));
  const dropped = (rate: number, seed: number) =>
    toNumbers(
      evaluate(
        trace((t) => dropout(t, { rate, key: randomKey(seed) }), [x]),
        [x],
      ),
    );

  test("keeps the expected share, scaled, the same for the same key", () => {
    const result = dropped(0.25, 7);
    expect(result.every((v) => v === 0 || v === 4)).toBe(true);
    const share = result.filter((v) => v === 0).length / 2000;
    // Five standard deviations of a binomial share of 2000.
    expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 2000));
    expect(dropped(0.25, 7)).toEqual(result);
    expect(dropped(0.25, 8)).not.toEqual(result);
  });

  test("rate 0 adds nothing to the program", () => {
    const program = trace((t) => dropout(t, { rate: 0, key: randomKey(1) }), [x]);
    expect(program.nodes.length).toBe(0);
  });

  test("drops weights of attend, not its result", () => {
    const [q, k, v] = [data([1, 50, 2]), data([1, 2, 2], 9), tensorData("float64", [1, 2, 1], [1, 1])];
    const program = trace((a, b, c) => attend(a, b, c, { scale: 0, dropout: { rate: 0.5, key: randomKey(3) } }), [q, k, v]);
    const seen = new Set(toNumbers(evaluate(program, [q, k, v])));
    // Two equal weights of 1/2, each dropped or doubled.
    expect([...seen].sort()).toEqual([0, 1, 2]);
  });
});

test("scale and transposition are part of one product, and masking is one sum", () => {
  const spec = { dtype: "float32", shape: [12, 4, 64, 32] } as const;
  const program = trace((q, k, v) => attend(q, k, v, { causal: true }), [spec, spec, spec], { names: ["q", "k", "v"] });
  expect(print(program)).toMatchInlineSnapshot(`
    "input q : float32[12, 4, 64, 32]
    input k : float32[12, 4, 64, 32]
    input v : float32[12, 4, 64, 32]
    %0 = matmul[transposeB, alpha=0.17677669529663687](q, k) : float32[12, 4, 64, 64]
    %1 = iota[dtype=int64, size=64]() : int64[64]
    %2 = reshape[shape=[64, 1]](%1) : int64[64, 1]
    %3 = greaterEqual(%2, %1) : bool[64, 64]
    %4 = constant[0]() : float32[]
    %5 = constant[-1.0000000150474662e+30]() : float32[]
    %6 = where(%3, %4, %5) : float32[64, 64]
    %7 = add(%0, %6) : float32[12, 4, 64, 64]
    %8 = softmax[axis=3, gradient=standard](%7) : float32[12, 4, 64, 64]
    %9 = matmul[alpha=1](%8, v) : float32[12, 4, 64, 32]
    output output = %9"
  `);
  expect(lower(program).graph.nodes.filter(({ op }) => op === "FusedMatMul").length).toBe(1);
});
