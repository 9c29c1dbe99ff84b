import { OptionError, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, randomKey, trace } from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { countParameters, embedding, initEmbedding, initLayerNorm, initLinear, layerNorm, linear, mlp } from "./index.ts";

const rng = createRng(3);
const data = (shape: readonly number[], offset = 0) =>
  tensorData(
    "float64",
    shape,
    spread(
      shape.reduce((a, b) => a * b, 1),
      offset,
    ),
  );
const moments = (tensor: TensorData) => {
  const values = toNumbers(tensor);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length), max: Math.max(...values.map(Math.abs)) };
};

describe("linear", () => {
  test("multiplies and adds", () => {
    const params = { weight: data([3, 2]), bias: data([2], 9) };
    const x = data([5, 3], 20);
    const [w, b, v] = [params.weight.data, params.bias.data, x.data];
    const at = (i: number, j: number, k: number) => (v[3 * i + k] as number) * (w[2 * k + j] as number);
    const expected = Array.from({ length: 10 }, (_, n) => {
      const [i, j] = [Math.floor(n / 2), n % 2];
      return at(i, j, 0) + at(i, j, 1) + at(i, j, 2) + (b[j] as number);
    });
    const program = trace((p, t) => linear(p, t), [params, x] as const);
    expectClose(toNumbers(evaluate(program, [params, x])), expected);
  });

  test("starts uniform in 1 / sqrt(inputs), weight and bias, the same for the same generator", () => {
    const { weight, bias } = initLinear(rng, { inputs: 25, outputs: 400 });
    expect(weight.shape).toEqual([25, 400]);
    expect(weight.dtype).toBe("float32");
    const { mean, std, max } = moments(weight);
    // 10,000 draws: mean within 5 standard errors, standard deviation of a uniform distribution within 2%, bounds respected and nearly reached.
    expect(Math.abs(mean)).toBeLessThan(5 * 0.001155);
    expect(Math.abs(std / (0.2 / Math.sqrt(3)) - 1)).toBeLessThan(0.02);
    expect(max).toBeLessThanOrEqual(Math.fround(0.2));
    expect(max).toBeGreaterThan(0.199);
    expect(moments(bias as TensorData).max).toBeGreaterThan(0.19);
    expect(initLinear(rng, { inputs: 25, outputs: 400 }).weight).toEqual(weight);
    expect(initLinear(rng.split("other"), { inputs: 25, outputs: 400 }).weight).not.toEqual(weight);
    expect("bias" in initLinear(rng, { inputs: 2, outputs: 3, bias: false })).toBe(false);
  });
});

describe("embedding", () => {
  test("looks rows up", () => {
    const params = { table: data([5, 3]) };
    const ids = tensorData("int64", [2, 2], [4, 0, 1, 4]);
    const found = toNumbers(
      evaluate(
        trace((p, i) => embedding(p, i), [params, ids] as const),
        [params, ids],
      ),
    );
    const row = (i: number) => Array.from(params.table.data.slice(3 * i, 3 * i + 3));
    expect(Array.from(found)).toEqual([...row(4), ...row(0), ...row(1), ...row(4)]);
  });

  test("starts normal", () => {
    const { mean, std } = moments(initEmbedding(rng, { count: 100, width: 100, std: 0.5, dtype: "float64" }).table);
    expect(Math.abs(mean)).toBeLessThan(5 * 0.005);
    expect(Math.abs(std / 0.5 - 1)).toBeLessThan(0.04);
  });
});

test("layerNorm standardises, scales and shifts", () => {
  const params = { scale: data([4]), bias: data([4], 7) };
  const x = data([3, 4], 30);
  const result = toNumbers(
    evaluate(
      trace((p, t) => layerNorm(p, t), [params, x] as const),
      [params, x],
    ),
  );
  for (let i = 0; i < 3; i++) {
    const row = x.data.slice(4 * i, 4 * i + 4);
    const mean = row.reduce((a, b) => a + b) / 4;
    const variance = row.reduce((s, v) => s + (v - mean) ** 2, 0) / 4;
    const expected = row.map(
      (v, k) => ((v - mean) / Math.sqrt(variance + 1e-5)) * (params.scale.data[k] as number) + (params.bias.data[k] as number),
    );
    expectClose(result.slice(4 * i, 4 * i + 4), expected);
  }
  expect(initLayerNorm({ width: 2, dtype: "float64" })).toEqual({
    scale: tensorData("float64", [2], [1, 1]),
    bias: tensorData("float64", [2], [0, 0]),
  });
});

describe("mlp", () => {
  const params = { up: { weight: data([3, 5]) }, down: { weight: data([5, 3], 20) } };
  const x = data([2, 3], 50);
  const run = (options?: object) =>
    toNumbers(
      evaluate(
        trace((p, t) => mlp(p, t, options), [params, x] as const),
        [params, x],
      ),
    );

  test("has the activation that is asked for", () => {
    const hidden = (f: (v: number) => number) => {
      const h = Array.from({ length: 10 }, (_, n) => {
        const [i, j] = [Math.floor(n / 5), n % 5];
        return f([0, 1, 2].reduce((s, k) => s + (x.data[3 * i + k] as number) * (params.up.weight.data[5 * k + j] as number), 0));
      });
      return Array.from({ length: 6 }, (_, n) => {
        const [i, j] = [Math.floor(n / 3), n % 3];
        return [0, 1, 2, 3, 4].reduce((s, k) => s + (h[5 * i + k] as number) * (params.down.weight.data[3 * k + j] as number), 0);
      });
    };
    expectClose(
      run({ activation: "relu" }),
      hidden((v) => Math.max(v, 0)),
    );
    const tanhGelu = (v: number) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
    expectClose(run({ activation: "gelu-tanh" }), hidden(tanhGelu));
    expect(run()).not.toEqual(run({ activation: "gelu-tanh" }));
    expectClose(run(), hidden(tanhGelu), { absolute: 2e-3, reason: "the tanh form approximates the exact one to a few ten-thousandths" });
  });

  test("drops hidden units", () => {
    expect(run({ dropout: { rate: 0.5, key: randomKey(1) } })).not.toEqual(run());
    expect(run({ dropout: { rate: 0, key: randomKey(1) } })).toEqual(run());
  });
});

test("countParameters adds all leaves up", () => {
  expect(countParameters({ a: [data([2, 3]), data([])], b: { c: data([5]) } })).toBe(12);
});

const BAD: readonly (readonly [string, () => unknown, string])[] = [
  ["linear without a size", () => initLinear(rng, { inputs: 3 } as never), "initLinear: outputs must be a whole number >= 1; got nothing."],
  ["linear of size 0", () => initLinear(rng, { inputs: 0, outputs: 1 }), "initLinear: inputs must be a whole number >= 1; got 0."],
  [
    "an integer dtype",
    () => initLinear(rng, { inputs: 1, outputs: 1, dtype: "int32" as never }),
    'initLinear: dtype must be one of "float32", "float64"; got "int32".',
  ],
  [
    "a negative spread",
    () => initEmbedding(rng, { count: 1, width: 1, std: -1 }),
    "initEmbedding: std must be a finite number >= 0; got -1.",
  ],
  ["an unknown option", () => initLayerNorm({ width: 1, eps: 1 } as never), 'initLayerNorm: every option must be known; got "eps".'],
];

test.each(BAD)("%s is refused", (_, call, text) => {
  expect(call).toThrow(OptionError);
  expect(call).toThrow(text);
});
