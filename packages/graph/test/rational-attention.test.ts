import { DtypeError, OptionError, ShapeError, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { expandDims, grad, greaterEqual, iota, lower, rationalAttention, sum, type Tensor, trace } from "../src/index.ts";
import { checkOperator, data64, interpret, runOnnx } from "./check-operator.ts";

const attention =
  (options: Parameters<typeof rationalAttention>[1] = {}) =>
  (query: Tensor, key: Tensor, value: Tensor, visible?: Tensor): Tensor =>
    rationalAttention({ query, key, value, ...(visible === undefined ? {} : { visible }) }, options);

const bools = (shape: readonly number[], values: readonly number[]) => tensorData("bool", shape, Uint8Array.from(values));

describe("rationalAttention", () => {
  it("agrees between backends and with differences", async () => {
    await checkOperator({
      fn: attention({ scale: 0.6 }),
      inputs: [data64([2, 3, 2], 0, 2), data64([2, 5, 2], 40, 2), data64([2, 5, 3], 80)],
    });
  });

  it("agrees with differences for many keys too", async () => {
    await checkOperator({
      fn: attention(),
      inputs: [data64([2, 2], 0, 2), data64([71, 2], 40, 2), data64([71, 2], 80)],
      secondOrder: false,
    });
  });

  it("hides keys in both directions", async () => {
    const visible = bools([3, 5], [1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1]);
    const inputs = [data64([2, 3, 2], 0, 2), data64([2, 5, 2], 40, 2), data64([2, 5, 3], 80), visible];
    await checkOperator({ fn: attention({ scale: 2 }) as never, inputs });
  });

  it("broadcasts leading axes of every input", async () => {
    const inputs = [data64([3, 1, 2, 2], 0, 2), data64([2, 3, 2], 40, 2), data64([2, 1, 1, 3, 2], 80)];
    await checkOperator({ fn: attention(), inputs, secondOrder: false });
    await checkOperator({ fn: attention(), inputs: [data64([2, 2], 0, 2), data64([3, 2], 40, 2), data64([2, 3, 2], 80)] });
  });

  it("has the values of the worked example", () => {
    const inputs = [
      tensorData("float64", [1, 2], [1, 0]),
      tensorData("float64", [3, 2], [1, 0, 0, 1, -2, 0]),
      tensorData("float64", [3, 1], [1, 2, 4]),
    ];
    expectClose(interpret(attention() as never, inputs)[0] as Float64Array, [(0.5 + 0.8 * 4) / 1.3], {
      relative: 1e-11,
      absolute: 0,
      reason: "epsilon",
    });
    const gradient = (q: Tensor, k: Tensor, v: Tensor): Tensor => grad((x: Tensor) => sum(attention()(x, k, v)))(q);
    const [g] = interpret(gradient as never, inputs);
    expectClose(g as Float64Array, [-0.710059171597633 + 2 * 0.142011834319527, 0], {
      relative: 1e-11,
      absolute: 1e-11,
      reason: "epsilon",
    });
  });

  it("adds epsilon to the sums, and gives zeros for a row of zero weights", async () => {
    const inputs = [tensorData("float64", [2, 1], [0, 1]), tensorData("float64", [2, 1], [1, 1]), tensorData("float64", [2, 1], [3, 5])];
    const expected = [0, 4 / 1.5];
    expectClose(interpret(attention({ epsilon: 0.5 }) as never, inputs)[0] as Float64Array, expected);
    expectClose((await runOnnx(attention({ epsilon: 0.5 }) as never, inputs, "float32"))[0] as Float64Array, expected, {
      precision: "float32",
    });
  });

  it("survives scores whose squares overflow", async () => {
    for (const mask of [[], [bools([3], [1, 1, 0])]]) {
      const inputs = [
        tensorData("float64", [1, 1], [1e30]),
        tensorData("float64", [3, 1], [1, 1e-30, 1]),
        tensorData("float64", [3, 1], [1, 4, 7]),
        ...mask,
      ];
      const expected = mask.length === 0 ? [(1 + 2 + 7) / 2.5] : [(1 + 2) / 1.5];
      for (const dtype of ["float32", "float64"] as const) {
        expectClose((await runOnnx(attention() as never, inputs, dtype))[0] as Float64Array, expected, { precision: "float32" });
        const gradient = (q: Tensor, k: Tensor, v: Tensor, m?: Tensor): Tensor => grad((x: Tensor) => sum(attention()(x, k, v, m)))(q);
        const [g] = await runOnnx(gradient as never, inputs, dtype);
        expect(Number.isFinite((g as Float64Array)[0])).toBe(true);
      }
      expectClose(interpret(attention() as never, inputs)[0] as Float64Array, expected, { precision: "float32" });
    }
  });

  it.each([
    ["as a whole", [1, 257]],
    ["in blocks", [3, 1100]],
  ] as const)("computes large score matrices again when a square overflows: %s", async (_, [groups, tokens]) => {
    const [query, key, value] = [0, 40, 80].map((offset) => data64([groups, tokens, 2], offset)) as [TensorData, TensorData, TensorData];
    const inputs = [query, key, value];
    const nodes = lower(trace(attention(), inputs.map(({ shape }) => ({ dtype: "float32", shape })) as never)).graph.nodes;
    expect(nodes.map(({ op }) => op)).toContain("If");
    expect(nodes.map(({ op }) => op)).not.toContain("Clip");
    // Squares that are small, almost as large as float32 can hold, beyond it, and of scores that are infinite themselves.
    for (const largest of [1, 1.5e19, 1e25, 1e39]) {
      const huge = tensorData("float64", query.shape, toNumbers(query).slice().fill(Math.min(largest, 1e30), 0, 2));
      const keys = tensorData(
        "float64",
        key.shape,
        toNumbers(key)
          .slice()
          .fill(Math.max(1, largest / 1e30), 4, 6),
      );
      const [expected] = interpret(attention() as never, [huge, keys, value]);
      for (const dtype of ["float32", "float64"] as const) {
        expectClose((await runOnnx(attention() as never, [huge, keys, value], dtype))[0] as Float64Array, expected as Float64Array, {
          precision: "float32",
          factor: 10,
          reason: "sums of hundreds of terms",
        });
      }
    }
  });

  it("passes over the weights as rarely as a softmax", () => {
    const spec = (shape: readonly number[]) => ({ dtype: "float32", shape }) as const;
    const ops = (fn: (q: Tensor, k: Tensor, v: Tensor) => Tensor): readonly string[] =>
      lower(trace(fn, [spec([2, 3]), spec([5, 3]), spec([5, 7])])).graph.nodes.map(({ op }) => op);
    expect(ops(attention({ scale: 0.5 }))).toEqual([
      "Expand",
      "FusedMatMul",
      "Clip",
      "Mul",
      "Softsign",
      "ReduceSum",
      "Add",
      "MatMul",
      "Div",
    ]);
    const query = ops((q, k, v) => grad((x: Tensor) => sum(attention()(x, k, v)))(q));
    expect(query.filter((op) => op === "Mul")).toHaveLength(5);
  });

  it.each([
    ["full", false],
    ["masked", true],
  ])("cuts large score matrices into blocks: %s", async (_, masked) => {
    const inputs = [data64([2, 1, 1100, 2], 0, 2), data64([2, 1, 1000, 2], 40, 2), data64([2, 1, 1000, 1], 80)];
    const seen = (): Tensor => greaterEqual(expandDims(iota("int64", 1100), 1), iota("int64", 1000));
    const fn = (q: Tensor, k: Tensor, v: Tensor): Tensor => attention()(q, k, v, masked ? seen() : undefined);
    const specs = inputs.map(({ shape }) => ({ dtype: "float32", shape }) as const) as never;
    const { nodes } = lower(trace(fn as never, specs)).graph;
    expect(nodes.filter(({ op }) => op === "Softsign")).toHaveLength(10);
    const [expected] = interpret(fn as never, inputs);
    expectClose((await runOnnx(fn as never, inputs, "float32"))[0] as Float64Array, expected as Float64Array, {
      precision: "float32",
      factor: 10,
      reason: "sums of 1,000 terms",
    });
  });

  it("lowers without operators of ONNX Runtime's own", async () => {
    const inputs = [data64([2, 3, 2], 0, 2), data64([2, 5, 2], 40, 2), data64([2, 5, 3], 80)];
    const [expected] = interpret(attention({ scale: 0.3 }) as never, inputs);
    expectClose((await runOnnx(attention({ scale: 0.3 }) as never, inputs, "float64", false))[0] as Float64Array, expected as Float64Array);
  });

  it("refuses shapes, dtypes and options that do not fit", () => {
    const run =
      (shapes: readonly (readonly number[])[], dtype: "float32" | "int32" = "float32", options = {}) =>
      () =>
        trace(attention(options) as never, shapes.map((shape) => ({ dtype, shape })) as never);
    expect(
      run([
        [2, 3],
        [5, 4],
        [5, 7],
      ]),
    ).toThrow(
      new ShapeError(
        "rationalAttention: shapes must be query [..., queries, headDim], key [..., keys, headDim] and value [..., keys, valueDim]; " +
          "got [2, 3], [5, 4], [5, 7]. Pass the same tokens as keys and values.",
      ),
    );
    expect(
      run([
        [2, 3],
        [5, 3],
        [4, 7],
      ]),
    ).toThrow(ShapeError);
    expect(run([[3], [5, 3], [5, 7]])).toThrow(ShapeError);
    expect(
      run(
        [
          [2, 3],
          [5, 3],
          [5, 7],
        ],
        "int32",
      ),
    ).toThrow(DtypeError);
    expect(
      run([
        [2, 3],
        [5, 3],
        [5, 7],
        [2, 5],
      ]),
    ).toThrow(DtypeError);
    expect(
      run(
        [
          [2, 3],
          [5, 3],
          [5, 7],
        ],
        "float32",
        { epsilon: 0 },
      ),
    ).toThrow(OptionError);
    expect(
      run(
        [
          [2, 3],
          [5, 3],
          [5, 7],
        ],
        "float32",
        { eps: 1 },
      ),
    ).toThrow(OptionError);
    const masked = () =>
      trace(
        (q: Tensor, k: Tensor, v: Tensor, m: Tensor) => attention()(q, k, v, m),
        [
          { dtype: "float32", shape: [2, 3] },
          { dtype: "float32", shape: [5, 3] },
          { dtype: "float32", shape: [5, 7] },
          { dtype: "bool", shape: [4, 2, 5] },
        ],
      );
    expect(masked).toThrow(
      new ShapeError("rationalAttention: visible must broadcast to [2, 5]; got [4, 2, 5]. Give missing axes the size 1."),
    );
  });
});
