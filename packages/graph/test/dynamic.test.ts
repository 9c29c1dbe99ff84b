import { ShapeError, sizeOf, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { createSession } from "@attnlab/runtime/node";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  add,
  argMax,
  bernoulli,
  concat,
  cumSum,
  einsum,
  expandDims,
  flatten,
  gather,
  grad,
  iota,
  type LoopStep,
  layerNorm,
  lessEqual,
  logSoftmax,
  loop,
  lower,
  matmul,
  mean,
  mul,
  oneHot,
  onesLike,
  pad,
  randomKey,
  reshape,
  scatterAdd,
  slice,
  sliceAxis,
  softmax,
  sort,
  split,
  stack,
  sum,
  type Tensor,
  takeAlongAxis,
  topK,
  trace,
  transpose,
  where,
  zerosLike,
} from "../src/index.ts";
import { interpret } from "./check-operator.ts";

type Fn = (...args: Tensor[]) => Tensor | readonly Tensor[];
type Dim = number | "batch" | "seq";
interface Input {
  readonly shape: readonly Dim[];
  /** int64 values below this; floats without it. */
  readonly below?: number;
}

function fill({ shape, below }: Input, sizes: Readonly<Record<"batch" | "seq", number>>, offset: number): TensorData {
  const fixed = shape.map((n) => (typeof n === "number" ? n : sizes[n]));
  const values = spread(sizeOf(fixed), offset);
  return below === undefined
    ? tensorData("float64", fixed, values)
    : tensorData(
        "int64",
        fixed,
        values.map((v) => Math.floor(((v + 1) / 2) * below)),
      );
}

/** Lowers once with named dimensions and runs at several sizes; each run must equal a trace of that size. */
async function checkDynamic(fn: Fn, ...inputs: readonly Input[]): Promise<void> {
  const specs = inputs.map(({ shape, below }) => ({ dtype: below === undefined ? ("float64" as const) : ("int64" as const), shape }));
  const program = trace((args: readonly Tensor[]) => fn(...args), [specs]);
  await using session = await createSession(lower(program));
  for (const sizes of [
    { batch: 2, seq: 7 },
    { batch: 7, seq: 3 },
    { batch: 3, seq: 11 },
  ]) {
    const data = inputs.map((input, i) => fill(input, sizes, 31 * i));
    const results = await session.run(Object.fromEntries(program.inputs.map(({ name }, i) => [name, data[i] as TensorData])));
    const expected = interpret(fn, data);
    const shapes = flatten<TensorData>(
      trace((args: readonly Tensor[]) => fn(...args), [data.map(({ dtype, shape }) => ({ dtype, shape }))]).result,
    );
    program.outputs.forEach(({ name }, k) => {
      expect(results[name]?.shape).toEqual(shapes[k]?.leaf.shape);
      expectClose(toNumbers(results[name] as TensorData), expected[k] as Float64Array, { factor: 10, reason: "sums in another order" });
    });
  }
}

const matrix: Input = { shape: ["batch", 5] };
const tokens: Input = { shape: ["batch", "seq", 5] };

describe("dynamic dimensions", () => {
  it.each<readonly [string, Fn]>([
    ["slice of the other axis", (x) => slice(x, [0, 1], [Number.POSITIVE_INFINITY, -1])],
    ["slice with the traced size as the end", (x) => slice(x, [0, 0], [x.shape[0] as number, 3])],
    ["the first entries", (x) => sliceAxis(x, 0, 0, 2)],
    ["an entry inside", (x) => sliceAxis(x, 0, 1, 2)],
    ["the last entries", (x) => sliceAxis(x, 0, -2)],
    ["the last but one entry", (x) => sliceAxis(x, 0, -2, -1)],
    ["reversed", (x) => slice(x, [-1, 4], [Number.NEGATIVE_INFINITY, 0], [-1, -2])],
    [
      "pad of the other axis",
      (x) =>
        pad(
          x,
          [
            [0, 0],
            [1, 2],
          ],
          3,
        ),
    ],
    ["concat of the other axis", (x) => concat([x, mul(x, x)], 1)],
    ["concat of the dynamic axis", (x) => concat([x, mul(x, x), x])],
    ["stack", (x) => [stack([x, mul(x, x)], 1), stack([x, x])]],
    ["split of the other axis", (x) => split(x, [2, 3], 1)],
    ["split into whole batches", (x) => split(concat([x, mul(x, x)]), 2)],
    ["softmax", (x) => [softmax(x), softmax(x, 0), softmax(x, 0, { gradient: "stable" }), logSoftmax(x)]],
    ["layerNorm", (x) => layerNorm(x)],
    ["topK", (x) => Object.values(topK(x, 2))],
    ["topK along the dynamic axis", (x) => Object.values(topK(x, 2, { axis: 0 }))],
    ["sort along the dynamic axis", (x) => Object.values(sort(x, { axis: 0, descending: true }))],
    ["iota", (x) => [iota("int64", x.shape[0] as number), iota("float64", x.shape[0] as number)]],
    ["oneHot of arg maxima", (x) => oneHot(argMax(x, 1), 5, "float64")],
    ["gather with fixed indices", (x) => gather(x, iota("int64", 2))],
    ["zeros and ones", (x) => [zerosLike(x), onesLike(x)]],
    ["matmul with itself", (x) => [matmul(x, x, { transposeA: true }), matmul(x, x, { transposeB: true })]],
    ["reductions", (x) => [sum(x), sum(x, 0), mean(x, 1), cumSum(x, 0)]],
    ["reshape", (x) => [reshape(x, [-1]), reshape(x, [x.shape[0] as number, 5, 1]), expandDims(transpose(x), 0)]],
    ["where", (x) => where(bernoulli(randomKey(0), 0.5, [5]), x, 0)],
    ["gradient of softmax and mean", (x) => grad((z: Tensor) => mean(mul(softmax(z), z)))(x)],
    ["gradient of layerNorm", (x) => grad((z: Tensor) => sum(mul(layerNorm(z), z)))(x)],
    [
      "gradient of stack and split",
      (x) => grad((z: Tensor) => sum(mul(...(split(stack([z, mul(z, z)], 1), 2, 1) as [Tensor, Tensor]))))(x),
    ],
    ["gradient of slice", (x) => grad((z: Tensor) => sum(mul(sliceAxis(z, 1, 1, 3), 2)))(x)],
    ["gradient of sort", (x) => grad((z: Tensor) => sum(mul(sort(z).values, constantRow(z))))(x)],
  ])("%s", async (_, fn) => {
    await checkDynamic(fn, matrix);
  });

  it.each<readonly [string, Fn, ...Input[]]>([
    ["two of them: attention", (q, k) => softmax(matmul(q as Tensor, k as Tensor, { transposeB: true })), tokens, tokens],
    ["merged by reshape", (x) => reshape(x as Tensor, [-1, 5]), tokens],
    ["merged and split again", (x) => reshape(mul(reshape(x as Tensor, [-1, 5]), 2), (x as Tensor).shape), tokens],
    ["heads", (x) => transpose(reshape(x as Tensor, [...(x as Tensor).shape.slice(0, 2), 5, 1]), [0, 2, 1, 3]), tokens],
    ["a causal mask", (x) => causal(matmul(x as Tensor, x as Tensor, { transposeB: true })), tokens],
    ["the first token", (x) => reshape(sliceAxis(x as Tensor, 1, 0, 1), [(x as Tensor).shape[0] as number, 5]), tokens],
    ["einsum", (x) => einsum("bsd,btd->bst", x as Tensor, x as Tensor), tokens],
    ["an embedding and positions", embed, { shape: ["batch", "seq"], below: 7 }, { shape: [7, 5] }, { shape: [11, 5] }],
    ["a gradient into a table", tableGradient, { shape: ["batch", "seq"], below: 7 }, { shape: [7, 5] }],
    ["a gradient into a large table", tableGradient, { shape: ["batch", "seq"], below: 200 }, { shape: [200, 5] }],
    ["takeAlongAxis and its gradient", taken, tokens, { shape: ["batch", "seq", 1], below: 5 }],
    [
      "scatterAdd along a dynamic axis",
      (x, i) => scatterAdd(x as Tensor, i as Tensor, firstTwo(x as Tensor)),
      matrix,
      { shape: [2], below: 2 },
    ],
  ])("%s", async (_, fn, ...inputs) => {
    await checkDynamic(fn as Fn, ...(inputs as Input[]));
  });

  it.each([false, true])("a loop with a carry of dynamic shape, reverse %s", async (reverse) => {
    const fn = (x: Tensor, w: Tensor): readonly Tensor[] => {
      const body = (h: Tensor): LoopStep<Tensor, Tensor> => {
        const next = softmax(add(matmul(h, w), h));
        return { carry: next, results: sum(next, 1) };
      };
      const last = (v: Tensor): Tensor => loop(body, v, { count: 3, reverse }).carry;
      const { carry, results } = loop(body, x, { count: 3, reverse });
      return [carry, results, grad((v: Tensor) => sum(mul(last(v), last(v))))(x)];
    };
    await checkDynamic(fn as Fn, matrix, { shape: [5, 5] });
  });

  it.each([false, true])("a loop over a dynamic axis, reverse %s", async (reverse) => {
    const run = (xs: Tensor): LoopStep<Tensor, Tensor> =>
      loop(
        (h: Tensor, x: Tensor) => {
          const next = mul(add(h, x), 0.5);
          return { carry: next, results: mul(next, x) };
        },
        zerosLike({ dtype: xs.dtype, shape: [5] }),
        { count: xs.shape[0] as number, slices: xs, reverse },
      );
    const fn = (xs: Tensor): readonly Tensor[] => [
      run(xs).carry,
      run(xs).results,
      grad((v: Tensor) => add(sum(run(v).carry), sum(run(v).results)))(xs),
    ];
    await checkDynamic(fn as Fn, matrix);
  });

  it("refuses what depends on a dynamic size other than by a product", () => {
    const lowered = (fn: (x: Tensor) => unknown) => () => lower(trace(fn, [{ dtype: "float32", shape: ["batch", 5] }]));
    expect(lowered((x) => sliceAxis(x, 0, 1))).toThrow(
      new ShapeError(
        "slice: on the dynamic axis 0 a slice must take all entries, or a fixed number from one end; got a size that depends on it. Fix the size of this axis.",
      ),
    );
    expect(lowered((x) => slice(x, [0, 0], [Number.POSITIVE_INFINITY, 5], [2, 1]))).toThrow("slice: on the dynamic axis 0");
    expect(
      lowered((x) =>
        pad(x, [
          [1, 0],
          [0, 0],
        ]),
      ),
    ).toThrow(
      new ShapeError(
        "pad: a padded axis must have a fixed size; got dynamic axis 0. Fix the size of this axis, or pad the data before the program.",
      ),
    );
    expect(lowered((x) => grad((z: Tensor) => sum(sliceAxis(z, 0, 0, 1)))(x))).toThrow("pad: a padded axis must have a fixed size");
    expect(lowered((x) => concat([x, sliceAxis(x, 0, 0, 1)]))).toThrow(
      "lowering: a size must be a product of dynamic dimensions and a constant",
    );
    expect(lowered((x) => sum(concat([x, sliceAxis(x, 0, 0, 1)])))).toThrow("got 1000004 with { batch }");
    expect(lowered((x) => bernoulli(randomKey(0), 0.5, x.shape))).toThrow(
      new ShapeError(
        "bernoulli: the shape must not depend on a dynamic dimension; got one that does. Draw only in programs of fixed sizes: leave dropout out of what you export.",
      ),
    );
    expect(lowered((x) => layerNorm(x, { axis: 0 }))).toThrow(
      new ShapeError(
        "layerNorm: normalised axes must have fixed sizes; got a dynamic one. Fix their sizes; axes before them may be dynamic.",
      ),
    );
  });
});

function constantRow(x: Tensor): Tensor {
  return add(zerosLike(x), iota("float64", 5));
}

function firstTwo(x: Tensor): Tensor {
  return mul(sliceAxis(x, 0, 0, 2), 3);
}

function causal(scores: Tensor): Tensor {
  const n = scores.shape.at(-1) as number;
  const [row, column] = [reshape(iota("int64", n), [n, 1]), iota("int64", n)];
  return where(lessEqual(column, row), scores, -1e30);
}

function embed(ids: Tensor, table: Tensor, positions: Tensor): Tensor {
  return add(gather(table, ids), gather(positions, iota("int64", ids.shape[1] as number)));
}

function tableGradient(ids: Tensor, table: Tensor): Tensor {
  return grad((t: Tensor) => sum(mul(gather(t, ids), gather(t, ids))))(table);
}

function taken(x: Tensor, indices: Tensor): readonly Tensor[] {
  return [takeAlongAxis(x, indices, -1), grad((z: Tensor) => sum(mul(takeAlongAxis(z, indices), takeAlongAxis(z, indices))))(x)];
}
