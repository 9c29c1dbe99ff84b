import { describe, expect, it } from "vitest";
import {
  add,
  broadcastTo,
  constantOf,
  div,
  gelu,
  grad,
  greater,
  logSumExp,
  lower,
  matmul,
  maximum,
  mean,
  mul,
  neg,
  pow,
  powAbs,
  print,
  relu,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  trace,
  valueAndGrad,
  where,
} from "../src/index.ts";
import { checkOperator, data64 } from "./check-operator.ts";

const spec = { dtype: "float32", shape: [2, 3] } as const;
const text = (fn: (x: Tensor, y: Tensor) => unknown): string => print(trace(fn, [spec, spec], { names: ["x", "y"] }));
const nodes = (fn: (x: Tensor, y: Tensor) => Tensor | readonly Tensor[], contrib = true): readonly string[] =>
  lower(trace(fn, [spec, spec], { names: ["x", "y"] }), { contrib }).graph.nodes.map(({ op }) => op);

describe("programs after simplification", () => {
  it("mean squared error and its gradient", () => {
    expect(text((x, y) => grad((z: Tensor) => mean(square(sub(z, y))))(x))).toMatchInlineSnapshot(`
      "input x : float32[2, 3]
      input y : float32[2, 3]
      %0 = sub(x, y) : float32[2, 3]
      %1 = constant[0.3333333432674408]() : float32[]
      %2 = mul(%0, %1) : float32[2, 3]
      output output = %2"
    `);
  });

  it("a rectified layer and its gradient", () => {
    expect(text((x, y) => grad((w: Tensor) => sum(relu(matmul(x, w, { transposeB: true }))))(y))).toMatchInlineSnapshot(`
      "input x : float32[2, 3]
      input y : float32[2, 3]
      %0 = matmul[transposeB, alpha=1](x, y) : float32[2, 2]
      %1 = relu(%0) : float32[2, 2]
      %2 = constant[0]() : float32[]
      %3 = greater(%1, %2) : bool[2, 2]
      %4 = constant[1]() : float32[1, 1]
      %5 = where(%3, %4, %2) : float32[2, 2]
      %6 = matmul[transposeA, alpha=1](%5, x) : float32[2, 3]
      output output = %6"
    `);
  });

  it("gelu shares its gate with its gradient", () => {
    expect(text((x) => grad((z: Tensor) => sum(gelu(z, { approximation: "tanh" })))(x))).toMatchInlineSnapshot(`
      "input x : float32[2, 3]
      input y : float32[2, 3]
      %0, %1 = gelu[approximation=tanh](x) : float32[2, 3], float32[2, 3]
      %2 = constant[1]() : float32[]
      %3 = sub(%2, %1) : float32[2, 3]
      %4 = mul(%1, %3) : float32[2, 3]
      %5 = square(x) : float32[2, 3]
      %6 = constant[0.21406444907188416]() : float32[]
      %7 = mul(%5, %6) : float32[2, 3]
      %8 = constant[1.5957691669464111]() : float32[]
      %9 = add(%7, %8) : float32[2, 3]
      %10 = mul(%4, %9) : float32[2, 3]
      %11 = mul(x, %10) : float32[2, 3]
      %12 = add(%1, %11) : float32[2, 3]
      output output = %12"
    `);
  });

  it("softplus needs only its input for the gradient", () => {
    expect(text((x) => grad((z: Tensor) => sum(softplus(neg(z))))(x))).toMatchInlineSnapshot(`
      "input x : float32[2, 3]
      input y : float32[2, 3]
      %0 = neg(x) : float32[2, 3]
      %1 = softplus(%0) : float32[2, 3]
      %2 = sub(%0, %1) : float32[2, 3]
      %3 = exp(%2) : float32[2, 3]
      %4 = neg(%3) : float32[2, 3]
      output output = %4"
    `);
  });

  it("maximum with a number", () => {
    expect(text((x, y) => grad((z: Tensor) => sum(mul(maximum(z, 0.5), y)))(x))).toMatchInlineSnapshot(`
      "input x : float32[2, 3]
      input y : float32[2, 3]
      %0 = constant[0.5]() : float32[]
      %1 = greater(x, %0) : bool[2, 3]
      %2 = equal(x, %0) : bool[2, 3]
      %3 = mul(y, %0) : float32[2, 3]
      %4 = constant[0]() : float32[]
      %5 = where(%2, %3, %4) : float32[2, 3]
      %6 = where(%1, y, %5) : float32[2, 3]
      output output = %6"
    `);
  });

  it("powers with an exponent of their own", () => {
    expect(text((x) => [pow(x, 1), pow(x, 2), pow(x, 0.5), pow(x, -1), powAbs(x, 1), powAbs(x, 2), pow(x, 0)])).toMatchInlineSnapshot(`
      "input x : float32[2, 3]
      input y : float32[2, 3]
      %0 = square(x) : float32[2, 3]
      %1 = sqrt(x) : float32[2, 3]
      %2 = reciprocal(x) : float32[2, 3]
      %3 = abs(x) : float32[2, 3]
      %4 = constant[1]() : float32[]
      %5 = broadcastTo[shape=[2, 3]](%4) : float32[2, 3]
      output 0 = x
      output 1 = %0
      output 2 = %1
      output 3 = %2
      output 4 = %3
      output 5 = %0
      output 6 = %5"
    `);
  });
});

describe("ONNX nodes", () => {
  it("a gradient of gelu evaluates one error function", () => {
    const both = (approximation: "none" | "tanh") => (x: Tensor) => [
      gelu(x, { approximation }),
      grad((z: Tensor) => sum(gelu(z, { approximation })))(x),
    ];
    expect(nodes(both("none")).filter((op) => op === "Erf")).toEqual(["Erf"]);
    expect(nodes(both("tanh")).filter((op) => op === "Sigmoid")).toEqual(["Sigmoid"]);
    expect(nodes((x) => gelu(x))).toEqual(["Gelu"]);
    expect(nodes((x) => gelu(x, { approximation: "tanh" }))).toEqual(["FastGelu"]);
    expect(nodes((x) => gelu(x), false)).toEqual(["Mul", "Erf", "Add", "Mul", "Mul"]);
  });

  it("the gradient of relu is a mask", () => {
    expect(nodes((x, y) => grad((z: Tensor) => sum(mul(relu(z), y)))(x))).toEqual(["Relu", "Greater", "Where"]);
  });

  it("a power is products and roots where they suffice", () => {
    expect(nodes((x) => powAbs(x, 1.5))).toEqual(["Abs", "Sqrt", "Mul"]);
    expect(nodes((x) => powAbs(x, 0.75))).toEqual(["Abs", "Sqrt", "Sqrt", "Mul"]);
    expect(nodes((x) => powAbs(x, 10))).toEqual(["Abs", "Mul", "Mul", "Mul", "Mul"]);
    expect(nodes((x) => powAbs(x, 4 / 3))).toEqual(["Abs", "Pow"]);
    expect(nodes((x) => powAbs(x, -0.5))).toEqual(["Abs", "Pow", "Equal", "Where"]);
    expect(nodes((x) => pow(x, 3))).toEqual(["Mul", "Mul"]);
    expect(nodes((x) => pow(x, 1.5))).toEqual(["Pow"]);
    expect(nodes((x) => pow(x, 17))).toEqual(["Pow"]);
  });

  it("a mean is one node", () => {
    expect(nodes((x) => mean(x, 1))).toEqual(["ReduceMean"]);
    expect(nodes((x) => logSumExp(x, 1))).toEqual(["ReduceMax", "Clip", "Sub", "Exp", "ReduceSum", "Log", "Add", "Squeeze"]);
  });
});

describe("rewrites keep values and gradients", () => {
  it.each<[string, (x: Tensor, y: Tensor) => Tensor]>([
    ["negation in a sum", (x, y) => add(neg(mul(x, y)), add(x, neg(y)))],
    ["negation in a difference", (x, y) => sub(x, neg(mul(y, x)))],
    ["factors", (x, y) => mul(mul(mul(0.5, mul(x, y)), 3), neg(mul(x, 2)))],
    ["hoisted broadcast of both", (x, y) => mul(broadcastTo(sum(x), [3, 5]), broadcastTo(y, [3, 5]))],
    ["hoisted broadcast of one", (x, y) => div(broadcastTo(sum(x, 0), [2, 3, 5]), add(square(y), 1))],
    ["hoisted broadcast in a function", (x, y) => add(softplus(broadcastTo(sum(x, 0), [3, 5])), y)],
    ["hoisted broadcast in where", (x, y) => where(greater(broadcastTo(sum(y), [3, 5]), 0), broadcastTo(sum(x), [3, 5]), 2)],
  ])("%s", async (_, fn) => {
    await checkOperator({ fn, inputs: [data64([3, 5], 4), data64([5], 23)] });
  });

  it("merging factors keeps the axes that a factor adds", () => {
    const factor = constantOf("float32", [1, 1, 1], [2]);
    for (const fn of [(x: Tensor) => mul(mul(x, factor), 3), (x: Tensor) => mul(mul(x, 3), factor)]) {
      expect(trace(fn, [spec]).outputs[0]?.tensor.shape).toEqual([1, 2, 3]);
    }
  });

  it.each<[string, (x: Tensor) => Tensor]>([
    ["gelu", (x) => gelu(x)],
    ["gelu tanh", (x) => gelu(x, { approximation: "tanh" })],
    ["logSumExp", (x) => logSumExp(x, 1)],
  ])("%s and its gradient, which share a node, differentiate together", async (_, fn) => {
    const both = (x: Tensor): Tensor => {
      const { value, grads } = valueAndGrad((z: Tensor) => sum(square(fn(z))))(x);
      return add(value, grads);
    };
    await checkOperator({ fn: both, inputs: [data64([3, 5], 4, 2)] });
  });

  it("a product of constants that float32 cannot hold stays two products", () => {
    expect(text((x) => mul(mul(x, 1e-20), 1e-20))).toMatchInlineSnapshot(`
      "input x : float32[2, 3]
      input y : float32[2, 3]
      %0 = constant[9.999999682655225e-21]() : float32[]
      %1 = mul(x, %0) : float32[2, 3]
      %2 = mul(%1, %0) : float32[2, 3]
      output output = %2"
    `);
    expect(text((x) => mul(mul(x, 1e-20), 1e19))).toMatchInlineSnapshot(`
      "input x : float32[2, 3]
      input y : float32[2, 3]
      %0 = constant[0.09999999403953552]() : float32[]
      %1 = mul(x, %0) : float32[2, 3]
      output output = %1"
    `);
  });
});
