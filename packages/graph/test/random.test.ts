import { DtypeError, OptionError, ShapeError, type TensorData, tensorData } from "@attnlab/check";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  add,
  bernoulli,
  bitShiftLeft,
  bitShiftRight,
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
  constant,
  constantOf,
  grad,
  loop,
  mul,
  randomBits,
  randomFold,
  randomKey,
  randomNormal,
  randomSplit,
  randomUniform,
  sum,
  type Tensor,
  trace,
  where,
} from "../src/index.ts";
import { threefry2x32 } from "../src/primitives/threefry.ts";
import { interpret, runOnnx } from "./check-operator.ts";

interface Draws {
  readonly key: readonly [number, number];
  readonly bits: Readonly<Record<string, readonly number[]>>;
  readonly uniform32: readonly number[];
  readonly uniform64: readonly number[];
  readonly normal32: readonly number[];
  readonly normal64: readonly number[];
  readonly bernoulli: Readonly<Record<string, readonly number[]>>;
  readonly rare: Readonly<Record<string, readonly number[]>>;
  readonly fold: Readonly<Record<string, readonly number[]>>;
  readonly numbered: readonly (readonly number[])[];
  readonly labelled: Readonly<Record<string, readonly number[]>>;
}

const golden = loadGolden<Draws>(new URL("golden/random-draws.json", import.meta.url));
const key = (words: readonly number[] = golden.key): TensorData => tensorData("uint32", [2], words);

/** Runs in both backends, requires the same bits, and returns them. */
async function same(fn: (...args: Tensor[]) => readonly Tensor[], inputs: readonly TensorData[]): Promise<number[][]> {
  const expected = interpret(fn, inputs).map((values) => Array.from(values));
  const actual = (await runOnnx(fn, inputs, "float32")).map((values) => Array.from(values));
  expect(actual).toEqual(expected);
  return actual;
}

describe("bit operators", () => {
  const a = tensorData("uint32", [4], [0xffffffff, 0x80000001, 0x12345678, 0]);
  const b = tensorData("uint32", [4], [0x0f0f0f0f, 0x80000000, 0xffff0000, 7]);

  it("work on all 32 bits in both backends", async () => {
    const results = await same((x, y) => [bitwiseAnd(x, y), bitwiseOr(x, y), bitwiseXor(x, y)], [a, b]);
    expect(results).toEqual([
      [0x0f0f0f0f, 0x80000000, 0x12340000, 0],
      [0xffffffff, 0x80000001, 0xffff5678, 7],
      [0xf0f0f0f0, 0x00000001, 0xedcb5678, 7],
    ]);
  });

  it("shift with zeros", async () => {
    const results = await same((x) => [bitShiftLeft(x, 4), bitShiftRight(x, 4), bitShiftLeft(x, 31), bitShiftRight(x, 0)], [a]);
    expect(results).toEqual([
      [0xfffffff0, 0x10, 0x23456780, 0],
      [0x0fffffff, 0x08000000, 0x01234567, 0],
      [0x80000000, 0x80000000, 0, 0],
      [0xffffffff, 0x80000001, 0x12345678, 0],
    ]);
  });

  it("broadcast, and take numbers on either side", async () => {
    expect(
      await same((x) => [bitwiseXor(constantOf("uint32", [2, 1], [0, 1]), x), bitShiftLeft(1, x)], [tensorData("uint32", [2], [2, 3])]),
    ).toEqual([
      [2, 3, 3, 2],
      [4, 8],
    ]);
  });

  it.each([bitwiseAnd, bitwiseOr, bitwiseXor, bitShiftLeft, bitShiftRight])("$name refuses other dtypes", (operator) => {
    expect(() => trace((x: Tensor) => operator(x, x), [{ dtype: "int32", shape: [2] }])).toThrow(
      new DtypeError(`${operator.name}: dtype must be one of uint32; got "int32". Convert it with cast first.`),
    );
  });
});

describe("Threefry-2x32", () => {
  // The threefry2x32-20 lines of kat_vectors in Random123: counter, key, result.
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x243f6a88, 0x85a308d3],
      [0x13198a2e, 0x03707344],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])("knows the answer for counter %j", async (counter, words, expected) => {
    const inputs = [key(words), ...counter.map((word) => tensorData("uint32", [], [word]))];
    expect(await same((k, c0, c1) => [...threefry2x32(k as Tensor, c0 as Tensor, c1 as Tensor)], inputs)).toEqual(
      expected.map((word) => [word]),
    );
  });
});

describe("random draws", () => {
  it.each(Object.entries(golden.bits))("%s words have the golden bits in both backends", async (count, expected) => {
    expect(await same((k) => [randomBits(k, [Number(count)])], [key()])).toEqual([expected]);
  });

  it("gives the words of JAX for key 0", async () => {
    // jax.random.split(jax.random.PRNGKey(0)) with threefry_partitionable off, as its documentation prints it.
    expect(await same(() => [randomBits(randomKey(0), [2, 2])], [])).toEqual([[4146024105, 967050713, 2718843009, 1272950319]]);
  });

  it("uniform numbers are the golden ones, bit for bit", async () => {
    const draws = await same((k) => [randomUniform(k, [7]), randomUniform(k, [7, 1], "float64")], [key()]);
    expect(draws).toEqual([golden.uniform32, golden.uniform64]);
  });

  it("normal numbers are the golden ones up to rounding", async () => {
    const fn = (k: Tensor): readonly Tensor[] => [randomNormal(k, [7]), randomNormal(k, [1, 7], "float64")];
    const [single, double] = interpret(fn, [key()]);
    expectClose(double as Float64Array, golden.normal64);
    expectClose(single as Float64Array, golden.normal32, { precision: "float32" });
    const [single32, double64] = await runOnnx(fn, [key()], "float64");
    expectClose(double64 as Float64Array, golden.normal64);
    const reason = "the cosine of an angle near a quarter turn keeps the absolute error of the angle";
    expectClose(single32 as Float64Array, golden.normal32, { precision: "float32", absolute: 2e-6, reason });
  });

  it.each(Object.entries(golden.bernoulli))("truth values with probability %f are the golden ones", async (probability, expected) => {
    expect(await same((k) => [bernoulli(k, Number(probability), [11])], [key()])).toEqual([expected]);
  });

  it.each(Object.entries(golden.rare))(
    "rare truth values with probability %f too, on both sides of 1/256",
    async (probability, expected) => {
      const [draws] = await same((k) => [bernoulli(k as Tensor, Number(probability), [2000])], [key()]);
      expect(draws?.flatMap((value, i) => (value === 1 ? [i] : []))).toEqual(expected);
    },
  );

  it("takes the probability as a tensor, and its extremes", async () => {
    const fn = (k: Tensor): readonly Tensor[] => [
      bernoulli(k, constantOf("float32", [2, 1], [0, 1]), [2, 3]),
      bernoulli(k, 0, [3]),
      bernoulli(k, 1, [3]),
    ];
    expect(await same(fn, [key()])).toEqual([
      [0, 0, 0, 1, 1, 1],
      [0, 0, 0],
      [1, 1, 1],
    ]);
  });

  it("draws scalars and nothing", async () => {
    const draws = await same((k) => [randomBits(k, []), randomUniform(k, [0]), randomBits(k, [2, 0]), bernoulli(k, 0.5, [])], [key()]);
    expect(draws.map((values) => values.length)).toEqual([1, 0, 0, 1]);
    expect(interpret((k) => [randomNormal(k, [0]), randomNormal(k, [])], [key()]).map(({ length }) => length)).toEqual([0, 1]);
  });

  it("have the moments and the independence of what they claim to be", () => {
    const n = 20_000;
    const [u, g, b, other] = interpret(
      (k) => {
        const [first, second] = randomSplit(k, 2) as [Tensor, Tensor];
        return [
          randomUniform(first, [n], "float64"),
          randomNormal(first, [n], "float64"),
          bernoulli(first, 0.3, [n]),
          randomNormal(second, [n]),
        ];
      },
      [key()],
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
    const mean = (x: Float64Array): number => x.reduce((p, q) => p + q, 0) / n;
    const moment = (x: Float64Array, y: Float64Array): number => mean(x.map((v, i) => v * (y[i] as number)));
    // Five standard errors of each statistic; the draws are fixed, so the test is too.
    const error = (deviation: number): number => (5 * deviation) / Math.sqrt(n);
    expect(Math.abs(mean(u) - 0.5)).toBeLessThan(error(Math.sqrt(1 / 12)));
    expect(Math.abs(moment(u, u) - 1 / 3)).toBeLessThan(error(0.3));
    expect(Math.abs(mean(g))).toBeLessThan(error(1));
    expect(Math.abs(moment(g, g) - 1)).toBeLessThan(error(Math.SQRT2));
    expect(Math.abs(mean(g.map((v) => v ** 4)) - 3)).toBeLessThan(error(Math.sqrt(96)));
    expect(Math.abs(mean(b) - 0.3)).toBeLessThan(error(Math.sqrt(0.21)));
    expect(Math.abs(moment(g, other))).toBeLessThan(error(1));
    expect(Math.min(...u)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...u)).toBeLessThan(1);
  });
});

describe("random keys", () => {
  it("come from seeds", async () => {
    expect(await same(() => [randomKey(7), randomKey(2 ** 40 + 3)], [])).toEqual([
      [0, 7],
      [256, 3],
    ]);
    const inputs = [tensorData("int64", [], [2 ** 32 + 5]), tensorData("uint32", [], [9])];
    expect(await same((s, t) => [randomKey(s as Tensor), randomKey(t as Tensor)], inputs)).toEqual([
      [0, 5],
      [0, 9],
    ]);
  });

  it("split by number, the first ones whatever the count", async () => {
    expect(await same((k) => [...randomSplit(k, 3), ...randomSplit(k, 1)], [key()])).toEqual([...golden.numbered, golden.numbered[0]]);
  });

  it.each(Object.entries(golden.labelled))("split by label %s", async (label, expected) => {
    expect(await same((k) => [randomSplit(k, label)], [key()])).toEqual([expected]);
  });

  it.each(Object.entries(golden.fold))("fold in step %s", async (step, expected) => {
    const inputs = [key(), tensorData("int64", [], [Number(step)])];
    expect(await same((k, s) => [randomFold(k as Tensor, s as Tensor), randomFold(k as Tensor, Number(step))], inputs)).toEqual([
      expected,
      expected,
    ]);
  });

  it("give fresh numbers in every iteration of a loop, from a key that is an input", async () => {
    const fn = (k: Tensor): readonly Tensor[] => {
      const step = (state: Tensor, _: unknown, index: Tensor): { carry: Tensor; results: Tensor } => {
        const words = randomBits(randomFold(k, index), [3]);
        return { carry: add(state, words), results: words };
      };
      const { carry, results } = loop(step, constantOf("uint32", [3], [0, 0, 0]), { count: 4 });
      return [carry, results];
    };
    const [total, words] = (await same(fn, [key()])) as [number[], number[]];
    expect(new Set(words).size).toBe(12);
    for (let step = 0; step < 4; step++) {
      const [alone] = interpret((k) => randomBits(randomFold(k, step), [3]), [key()]);
      expect(words.slice(3 * step, 3 * step + 3)).toEqual(Array.from(alone as Float64Array));
    }
    expect(total[0]).toBe([0, 3, 6, 9].reduce((a, i) => (a + (words[i] as number)) % 2 ** 32, 0));
  });

  it("are folded away when they are constant", () => {
    const program = trace(() => randomSplit(randomKey(1), "dropout"), []);
    expect(program.nodes.map(({ primitive }) => primitive.name)).toEqual(["constant"]);
  });

  it("let gradients pass by: dropout", async () => {
    const dropped = (x: Tensor): Tensor => mul(where(bernoulli(randomKey(3), 0.5, [6]), x, 0), 2);
    const both = (x: Tensor): readonly Tensor[] => [
      dropped(constantOf("float64", [6], [1, 1, 1, 1, 1, 1])),
      grad((z: Tensor) => sum(dropped(z)))(x),
    ];
    const [kept, gradient] = interpret(both, [tensorData("float64", [6], [1, 2, 3, 4, 5, 6])]);
    expect(gradient).toEqual(kept);
    expect(new Set(kept)).toEqual(new Set([0, 2]));
  });

  it("refuse what is no key, seed, label, step or probability", () => {
    const run =
      (fn: (x: Tensor) => unknown, dtype: "uint32" | "float32" | "int64" = "uint32", shape: readonly number[] = [2]) =>
      () =>
        trace(fn, [{ dtype, shape }]);
    expect(run((k) => randomBits(k, [2]), "uint32", [3])).toThrow(
      new ShapeError("randomBits: a key must have shape [2]; got [3]. Make a key with randomKey(seed)."),
    );
    expect(run((k) => randomBits(k, [2]), "int64")).toThrow(
      new DtypeError('randomBits key: dtype must be one of uint32; got "int64". Convert it with cast first.'),
    );
    expect(run((k) => randomBits(k, [-2]))).toThrow("randomBits: a shape must be an array of whole sizes >= 0; got [-2]");
    expect(run((k) => randomBits(k, [2 ** 30, 2]))).toThrow("randomBits: at most 2^30 numbers can be drawn at once; got [1073741824, 2].");
    expect(run((k) => randomUniform(k, [2], "int64"))).toThrow(DtypeError);
    expect(run((k) => randomNormal(k, [2], "int32"))).toThrow(DtypeError);
    expect(run((k) => bernoulli(k, 1.5, [2]))).toThrow(
      new OptionError("bernoulli: probability must be from 0 to 1; got 1.5. For dropout pass the probability to keep."),
    );
    expect(run((k) => bernoulli(k, Number.NaN, [2]))).toThrow(OptionError);
    expect(() => randomKey(-1)).toThrow(
      new OptionError("randomKey: seed must be a whole number from 0 to 2^53 - 1; got -1. Pass for example randomKey(0)."),
    );
    expect(() => randomKey(0.5)).toThrow(OptionError);
    expect(run(randomKey, "float32", [])).toThrow(DtypeError);
    expect(run(randomKey)).toThrow(new ShapeError("randomKey: the number must be a scalar; got [2]. Reshape it to []."));
    expect(run((k) => randomSplit(k, 0))).toThrow(
      new OptionError(
        'randomSplit: the second argument must be a whole number >= 1 or a non-empty label; got 0. Pass for example 2 or "dropout".',
      ),
    );
    expect(run((k) => randomSplit(k, ""))).toThrow('got "".');
    expect(run((k) => randomFold(k, -1))).toThrow(
      new OptionError("randomFold: step must be a whole number from 0 to 2^32 - 1; got -1. Pass the number of the step."),
    );
    expect(run((k) => randomFold(k, constant(1, "float32")))).toThrow(DtypeError);
  });
});
