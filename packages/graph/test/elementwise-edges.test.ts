import { type Dtype, DtypeError, OptionError, ShapeError, tensorData, UsageError } from "@attnlab/check";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  abs,
  add,
  clip,
  constantOf,
  div,
  equal,
  erf,
  exp,
  gelu,
  grad,
  greater,
  less,
  log,
  logicalAnd,
  logicalNot,
  maximum,
  minimum,
  mul,
  notEqual,
  pow,
  powAbs,
  reciprocal,
  relu,
  sigmoid,
  sign,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  where,
} from "../src/index.ts";
import { checkOperator, interpret, runOnnx } from "./check-operator.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

/** Runs in the interpreter and in ONNX in both precisions, and compares with what is known. */
async function expectEverywhere(
  fn: (...x: Tensor[]) => Tensor,
  inputs: readonly (readonly number[])[],
  expected: readonly number[],
): Promise<void> {
  const data = inputs.map((values) => tensorData("float64", [values.length], values));
  expectClose(interpret(fn, data)[0] as Float64Array, expected);
  for (const precision of ["float64", "float32"] as const) {
    for (const contrib of [true, false])
      expectClose((await runOnnx(fn, data, precision, contrib))[0] as Float64Array, expected, { precision });
  }
}

const slope = (fn: (x: Tensor) => Tensor) => (x: Tensor) => grad((y: Tensor) => sum(fn(y)))(x);

describe("values at the edges", () => {
  it.each<[string, (x: Tensor) => Tensor, readonly number[], readonly number[]]>([
    ["abs", abs, [-0, -INF, NAN, -3], [0, INF, NAN, 3]],
    ["sign", sign, [0, -0, INF, -INF, NAN, 1e-30], [0, 0, 1, -1, NAN, 1]],
    ["square", square, [-INF, NAN, -1.5], [INF, NAN, 2.25]],
    ["reciprocal", reciprocal, [0, -0, INF, -INF, 4], [INF, -INF, 0, 0, 0.25]],
    ["exp", exp, [-INF, INF, 1000, -1000, 0], [0, INF, INF, 0, 1]],
    ["log", log, [0, -1, INF, 1], [-INF, NAN, INF, 0]],
    ["sqrt", sqrt, [0, -1, INF, 6.25], [0, NAN, INF, 2.5]],
    ["tanh", tanh, [-1000, 1000, -INF, INF, 0], [-1, 1, -1, 1, 0]],
    ["sigmoid", sigmoid, [-1000, 1000, -INF, INF, 0], [0, 1, 0, 1, 0.5]],
    ["relu", relu, [-1000, 1000, -INF, INF, 0], [0, 1000, 0, INF, 0]],
    ["softplus", softplus, [-1000, 1000, -INF, INF, 0], [0, 1000, 0, INF, Math.LN2]],
    ["erf", erf, [-1000, 1000, -INF, INF, 0], [-1, 1, -1, 1, 0]],
    ["gelu", (x) => gelu(x), [-1000, 1000, 0], [0, 1000, 0]],
    ["gelu tanh", (x) => gelu(x, { approximation: "tanh" }), [-1000, 1000, 0], [0, 1000, 0]],
    ["clip", (x) => clip(x, -1, 2), [-INF, INF, -1, 2, 0.5, NAN], [-1, 2, -1, 2, 0.5, NAN]],
    ["clip from below", (x) => clip(x, -1, INF), [-5, INF], [-1, INF]],
    ["pow 3", (x) => pow(x, 3), [-2, 0, -INF], [-8, 0, -INF]],
    ["pow 2.5", (x) => pow(x, 2.5), [-2, 0, INF, 4], [NAN, 0, INF, 32]],
    ["pow 0", (x) => pow(x, 0), [-2, 0, NAN, INF], [1, 1, 1, 1]],
    ["pow -1", (x) => pow(x, -1), [-2, 0], [-0.5, INF]],
    ["powAbs 1.5", (x) => powAbs(x, 1.5), [-4, 0, 9, -INF], [8, 0, 27, INF]],
    ["powAbs 0", (x) => powAbs(x, 0), [-4, 0, 9], [1, 0, 1]],
    ["powAbs -0.5", (x) => powAbs(x, -0.5), [-4, 0, 0.25], [0.5, 0, 2]],
  ])("%s", async (_, fn, inputs, expected) => {
    await expectEverywhere(fn, [inputs], expected);
  });

  it("pow follows IEEE 754 where JavaScript does not", async () => {
    await expectEverywhere(
      pow,
      [
        [1, -1, 1, -2],
        [NAN, INF, INF, 0.5],
      ],
      [1, 1, 1, NAN],
    );
  });

  it("maximum and minimum pass NaN on", async () => {
    await expectEverywhere(
      maximum,
      [
        [1, NAN, -INF, 2],
        [NAN, 1, 3, 2],
      ],
      [NAN, NAN, 3, 2],
    );
    await expectEverywhere(
      minimum,
      [
        [1, NAN, -INF, 2],
        [NAN, 1, 3, 2],
      ],
      [NAN, NAN, -INF, 2],
    );
  });

  it("NaN compares false with everything and differs from everything", async () => {
    await expectEverywhere(
      (a, b) => equal(a, b),
      [
        [NAN, 1, INF],
        [NAN, 1, INF],
      ],
      [0, 1, 1],
    );
    await expectEverywhere(
      (a, b) => notEqual(a, b),
      [
        [NAN, 1, INF],
        [NAN, 1, INF],
      ],
      [1, 0, 0],
    );
    await expectEverywhere(
      (a, b) => less(a, b),
      [
        [NAN, 1, -INF],
        [1, NAN, INF],
      ],
      [0, 0, 1],
    );
  });

  it("division by zero is infinite or NaN", async () => {
    await expectEverywhere(
      div,
      [
        [1, -1, 0],
        [0, 0, 0],
      ],
      [INF, -INF, NAN],
    );
  });
});

describe("gradients at the edges", () => {
  it.each<[string, (x: Tensor) => Tensor, readonly number[], readonly number[]]>([
    ["abs and sign", (x) => add(abs(x), sign(x)), [0, -2, 3], [0, -1, 1]],
    ["relu", relu, [0, -2, 3], [0, 0, 1]],
    ["clip", (x) => clip(x, -1, 2), [-1, 2, -1.5, 2.5, 0], [1, 1, 0, 0, 1]],
    ["maximum with a number", (x) => maximum(x, 1), [1, 0, 2], [0.5, 0, 1]],
    ["minimum with itself", (x) => minimum(x, x), [1, 0, 2], [1, 1, 1]],
    ["sqrt", sqrt, [0, 4], [INF, 0.25]],
    ["sigmoid", sigmoid, [-1000, 1000, 0], [0, 0, 0.25]],
    ["tanh", tanh, [-1000, 1000, 0], [0, 0, 1]],
    ["softplus", softplus, [-1000, 1000, 0], [0, 1, 0.5]],
    ["erf", erf, [-1000, 1000, 0], [0, 0, 2 / Math.sqrt(Math.PI)]],
    ["gelu", (x) => gelu(x), [-1000, 1000, 0], [0, 1, 0.5]],
    ["gelu tanh", (x) => gelu(x, { approximation: "tanh" }), [-100, 100, 0], [0, 1, 0.5]],
    ["pow 2.5", (x) => pow(x, 2.5), [0, 4], [0, 20]],
    ["pow 1", (x) => pow(x, 1), [0, 4], [1, 1]],
    ["pow 0", (x) => pow(x, 0), [0, 4], [0, 0]],
    ["pow of an exponent that may be 0", (x) => pow(x, sub(mul(x, 0), 0)), [0, 4], [0, 0]],
    // Mirror maps: |x|^p and its slope are 0 at 0 for every p.
    ...[-1, -0.5, 0, 0.5, 0.75, 1, 1.1, 1.5, 2, 3].map((p): [string, (x: Tensor) => Tensor, readonly number[], readonly number[]] => [
      `powAbs ${p}`,
      (x) => powAbs(x, p),
      [0, 4, -4],
      [0, p * 4 ** (p - 1), -p * 4 ** (p - 1)],
    ]),
  ])("%s", async (_, fn, inputs, expected) => {
    await expectEverywhere(slope(fn), [inputs], expected);
  });

  it("the second derivative of |x|^p at 0 is 0 too", async () => {
    for (const p of [1.1, 1.5, 2.5, 3]) {
      await expectEverywhere(slope(slope((x) => powAbs(x, p))), [[0, 4]], [0, p * (p - 1) * 4 ** (p - 2)]);
    }
  });

  it("operands that tie share the gradient", async () => {
    const both = (fn: (a: Tensor, b: Tensor) => Tensor) => (a: Tensor, b: Tensor) => {
      const [da, db] = grad(([x, y]: readonly [Tensor, Tensor]) => sum(fn(x, y)))([a, b] as const);
      return add(da, mul(db, 10));
    };
    await expectEverywhere(
      both(maximum),
      [
        [1, 1, 2],
        [1, 2, 1],
      ],
      [5.5, 10, 1],
    );
    await expectEverywhere(
      both(minimum),
      [
        [1, 1, 2],
        [1, 2, 1],
      ],
      [5.5, 1, 10],
    );
  });

  it("the slope of a power in its exponent is 0 at a base of 0, NaN below", async () => {
    const inExponent = (x: Tensor, e: Tensor): Tensor => grad((f: Tensor) => sum(pow(x, f)))(e);
    await expectEverywhere(
      inExponent,
      [
        [0, 0, -2, Math.E],
        [2, 0, 2, 2],
      ],
      [0, 0, NAN, Math.E ** 2],
    );
  });

  it("where lets nothing of the other branch through", async () => {
    const safeLog = (x: Tensor): Tensor => where(greater(x, 0), log(where(greater(x, 0), x, 1)), 0);
    await expectEverywhere(slope(safeLog), [[0, 2, -3]], [0, 0.5, 0]);
    // The branch that is not taken is infinite at 0; the operand beside it keeps its own gradient.
    const beside = (x: Tensor, y: Tensor): Tensor => grad((z: Tensor) => sum(where(greater(x, 0), div(1, x), z)))(y);
    await expectEverywhere(
      beside,
      [
        [0, 2],
        [5, 6],
      ],
      [1, 0],
    );
  });
});

describe("accuracy", () => {
  interface Golden {
    readonly x: readonly number[];
    readonly erf: readonly number[];
    readonly gelu: readonly number[];
    readonly softplus: readonly number[];
  }
  const golden = loadGolden<Golden>(new URL("golden/mpmath-erf.json", import.meta.url));
  const x = tensorData("float64", [golden.x.length], golden.x);

  it("erf has a relative error below 1e-15 in both backends", async () => {
    const tolerance = { relative: 1e-15, absolute: 0, reason: "erf is meant to be right to the last digits, tiny arguments included" };
    expectClose(interpret((v) => erf(v), [x])[0] as Float64Array, golden.erf, tolerance);
    expectClose((await runOnnx((v) => erf(v), [x], "float64"))[0] as Float64Array, golden.erf, tolerance);
  });

  it("softplus keeps its digits where it is tiny", async () => {
    const tolerance = { relative: 1e-15, absolute: 0, reason: "log1p must not lose the small exponential" };
    expectClose(interpret((v) => softplus(v), [x])[0] as Float64Array, golden.softplus, tolerance);
    expectClose((await runOnnx((v) => softplus(v), [x], "float64"))[0] as Float64Array, golden.softplus, tolerance);
  });

  it("gelu", async () => {
    expectClose(interpret((v) => gelu(v), [x])[0] as Float64Array, golden.gelu);
    expectClose((await runOnnx((v) => gelu(v), [x], "float64"))[0] as Float64Array, golden.gelu);
  });

  it("float32 gradients agree with float64 ones", async () => {
    const values = tensorData("float64", [9], [-6, -2, -1, -0.3, 0.1, 0.7, 1, 2.5, 5].map(Math.fround));
    for (const fn of [gelu, (v: Tensor) => gelu(v, { approximation: "tanh" }), erf, softplus, tanh, sigmoid]) {
      const derivative = slope((v) => fn(v));
      expectClose((await runOnnx(derivative, [values], "float32"))[0] as Float64Array, interpret(derivative, [values])[0] as Float64Array, {
        precision: "float32",
      });
    }
  });
});

describe("dtypes and sizes", () => {
  const ints = (dtype: Dtype, values: readonly number[]): Tensor => constantOf(dtype, [values.length], values);

  it("integers wrap, in both backends", async () => {
    const x = [0, 1, 2_000_000_000, 7];
    for (const dtype of ["int32", "uint32"] as const) {
      const input = tensorData(dtype, [4], x);
      for (const fn of [(a: Tensor) => sub(sub(a, 5), a), (a: Tensor) => add(a, add(a, a)), (a: Tensor) => mul(a, a)]) {
        const expected = interpret(fn, [input])[0] as Float64Array;
        expect((await runOnnx(fn, [input], "float64"))[0]).toEqual(expected);
      }
    }
    expect(Array.from(interpret(() => sub(ints("uint32", [1]), 2), [])[0] as Float64Array)).toEqual([4294967295]);
    expect(Array.from(interpret(() => mul(ints("int32", [65536]), 65536), [])[0] as Float64Array)).toEqual([0]);
  });

  it("where, comparisons and clip take every dtype they name", async () => {
    for (const dtype of ["int32", "int64", "uint32", "bool"] as const) {
      const [a, b] = [tensorData(dtype, [2, 3], [1, 0, 0, 1, 1, 0]), tensorData(dtype, [3], [0, 1, 0])];
      const c = tensorData("bool", [3], [1, 0, 1]);
      await checkOperator({ fn: (t, x, y) => [where(t, x, y), equal(x, y), notEqual(x, y)], inputs: [c, a, b], wrt: [] });
      if (dtype !== "bool") await checkOperator({ fn: (x, y) => [less(x, y), clip(x, 1, 5), maximum(x, y)], inputs: [a, b], wrt: [] });
    }
    // A uint32 above 2^31 survives where.
    const big = tensorData("uint32", [2], [4294967295, 2147483648]);
    await checkOperator({ fn: (x) => where(equal(x, 4294967295), x, 1), inputs: [big], wrt: [] });
  });

  it("empty tensors stay empty", async () => {
    const empty = tensorData("float64", [0, 3], []);
    const all = (x: Tensor): readonly Tensor[] => [
      erf(x),
      gelu(x),
      gelu(x, { approximation: "tanh" }),
      softplus(x),
      powAbs(x, 1.5),
      clip(x, 0, 1),
      where(greater(x, 0), x, 1),
      maximum(x, x),
      slope((y) => relu(y))(x),
    ];
    await checkOperator({ fn: all, inputs: [empty], wrt: [] });
  });
});

describe("errors", () => {
  const x = constantOf("float32", [2, 3], new Float32Array(6));
  const whole = constantOf("int64", [3], [1, 2, 3]);
  const truth = constantOf("bool", [3], [1, 0, 1]);

  it("names the dtype that does not fit", () => {
    expect(() => div(whole, 2)).toThrow(
      new DtypeError('div: dtype must be one of float32, float64; got "int64". Convert it with cast first.'),
    );
    for (const fn of [log, sqrt, reciprocal, tanh, sigmoid, relu, softplus, erf, square, gelu, exp])
      expect(() => fn(whole)).toThrow(DtypeError);
    expect(() => pow(whole, 2)).toThrow('pow: dtype must be one of float32, float64; got "int64"');
    expect(() => powAbs(whole, 2)).toThrow('powAbs: dtype must be one of float32, float64; got "int64"');
    expect(() => abs(truth)).toThrow('abs: dtype must be one of float32, float64, int32, int64; got "bool"');
    expect(() => less(truth, truth)).toThrow('less: dtype must be one of float32, float64, int32, int64, uint32; got "bool"');
    expect(() => logicalNot(x)).toThrow('logicalNot: dtype must be one of bool; got "float32"');
    expect(() => logicalAnd(x, x)).toThrow('logicalAnd: dtype must be one of bool; got "float32"');
    expect(() => where(x, 1, x)).toThrow('where: condition: dtype must be one of bool; got "float32"');
    expect(() => where(truth, x, whole)).toThrow(
      "where: operands must have one dtype; got float32 and int64. Convert one of them with cast().",
    );
    expect(() => maximum(x, whole)).toThrow("maximum: operands must have one dtype; got float32 and int64.");
  });

  it("names the shapes that do not broadcast", () => {
    expect(() => sub(x, constantOf("float32", [2], [1, 2]))).toThrow(
      new ShapeError(
        "sub: aligned axes must be equal or 1 to broadcast; got [2, 3] and [2]. Reshape or broadcast so that axis 1 of the result agrees.",
      ),
    );
    expect(() => where(truth, constantOf("float32", [2], [1, 2]), 1)).toThrow("where: aligned axes must be equal or 1 to broadcast");
  });

  it("refuses two numbers, bad bounds, bad exponents and unknown options", () => {
    expect(() => where(truth, 1, 2)).toThrow(
      new UsageError(
        "where: at least one operand must be a tensor; got number and number. Make one of them a tensor with constant(value, dtype).",
      ),
    );
    expect(() => clip(x, 2, 1)).toThrow(
      new OptionError("clip: bounds must be numbers with min <= max; got 2 and 1. Use Infinity for no bound."),
    );
    expect(() => clip(x, NAN, 1)).toThrow("got NaN and 1");
    expect(() => clip(whole, 0.5, 1)).toThrow("clip: bounds must be whole numbers with min <= max; got 0.5 and 1.");
    expect(() => powAbs(x, NAN)).toThrow(new OptionError("powAbs: exponent must be a finite number; got NaN. Pass for example 1.5."));
    expect(() => gelu(x, { approximation: "fast" as "tanh" })).toThrow(
      new OptionError('gelu: approximation must be one of "none", "tanh"; got "fast". Exact, or by the hyperbolic tangent.'),
    );
    expect(() => gelu(x, { approximate: "tanh" } as object)).toThrow(
      new OptionError('gelu: every option must be known; got "approximate". Known options: approximation.'),
    );
  });
});
