import fc from "fast-check";
import { describe, it } from "vitest";
import {
  abs,
  add,
  clip,
  cos,
  div,
  equal,
  erf,
  exp,
  gelu,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  pow,
  powAbs,
  reciprocal,
  relu,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  type Tensor,
  tanh,
  where,
} from "../src/index.ts";
import { checkOperator, data64 } from "./check-operator.ts";
import { anyShape, broadcastable } from "./random-shapes.ts";

// Inputs are at least 1e-3 away from 0 and the bounds of clip, where differences across a kink would say nothing.
const RUNS = { numRuns: 7 };
const positive = (x: Tensor): Tensor => add(square(x), 0.3);

const unary: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  neg,
  exp,
  abs,
  square,
  reciprocal: (x) => reciprocal(add(x, 3)),
  log: (x) => log(positive(x)),
  sqrt: (x) => sqrt(positive(x)),
  tanh,
  sigmoid,
  relu,
  softplus,
  erf,
  sin,
  cos,
  gelu: (x) => gelu(x),
  "gelu tanh": (x) => gelu(x, { approximation: "tanh" }),
  clip: (x) => clip(x, -0.7001, 1.1001),
  "pow 3": (x) => pow(x, 3),
  "pow -2": (x) => pow(add(x, 3), -2),
  "pow 0.5": (x) => pow(positive(x), 0.5),
  "pow 2.3": (x) => pow(positive(x), 2.3),
  "powAbs 1": (x) => powAbs(x, 1),
  "powAbs 2": (x) => powAbs(x, 2),
  "powAbs 2.75": (x) => powAbs(x, 2.75),
  "powAbs 10": (x) => powAbs(x, 10),
  "powAbs 7/3": (x) => powAbs(x, 7 / 3),
};

const binary: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  add,
  sub,
  mul,
  div: (a, b) => div(a, add(b, 3)),
  minimum,
  maximum,
  pow: (a, b) => pow(positive(a), b),
};

const truths: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
  logicalNot: (a) => logicalNot(less(a, 0.2)),
  logicalAnd: (a, b) => logicalAnd(less(a, 0.2), greater(b, -0.1)),
  logicalOr: (a, b) => logicalOr(less(a, 0.2), greater(b, 0.3)),
  sign: (a) => sign(a),
};

describe("elementwise functions of one argument", () => {
  it.each(Object.entries(unary))("%s", async (_, fn) => {
    await checkOperator({ fn, inputs: [data64([3, 5, 7], 0, 2)] });
    await fc.assert(
      fc.asyncProperty(anyShape, fc.integer({ min: 0, max: 400 }), async (shape, offset) => {
        await checkOperator({ fn, inputs: [data64(shape, offset, 2)] });
      }),
      RUNS,
    );
  });
});

describe("elementwise functions of two arguments", () => {
  // Different scales, so that no element of one equals an element of the other.
  it.each(Object.entries(binary))("%s", async (_, fn) => {
    await checkOperator({ fn, inputs: [data64([3, 1, 7], 0, 2), data64([5, 7], 31, 1.3)] });
    await fc.assert(
      fc.asyncProperty(broadcastable(2), fc.integer({ min: 0, max: 400 }), async ([a, b], offset) => {
        await checkOperator({ fn, inputs: [data64(a as number[], offset, 2), data64(b as number[], 500 + offset, 1.3)] });
      }),
      RUNS,
    );
  });

  it.each(Object.entries(truths))("%s", async (_, fn) => {
    // The second tensor repeats elements of the first.
    await checkOperator({ fn, inputs: [data64([3, 7], 0), data64([7], 0)], wrt: [] });
    await fc.assert(
      fc.asyncProperty(broadcastable(2), async ([a, b]) => {
        await checkOperator({ fn, inputs: [data64(a as number[]), data64(b as number[])], wrt: [] });
      }),
      RUNS,
    );
  });

  it("takes numbers on either side", async () => {
    const fn = (x: Tensor): Tensor => sub(3, mul(2, div(maximum(0.25, add(x, 1)), minimum(x, -3))));
    await checkOperator({ fn, inputs: [data64([5, 7], 2)] });
  });
});

describe("where", () => {
  it("chooses and broadcasts", async () => {
    const fn = (x: Tensor, a: Tensor, b: Tensor): Tensor => where(greater(x, 0.1), square(a), b);
    await checkOperator({ fn, inputs: [data64([3, 1, 7]), data64([5, 1], 3), data64([7], 9)], wrt: [1, 2] });
    await fc.assert(
      fc.asyncProperty(broadcastable(3), async ([x, a, b]) => {
        const inputs = [data64(x as number[]), data64(a as number[], 100), data64(b as number[], 200)];
        await checkOperator({ fn, inputs, wrt: [1, 2] });
      }),
      RUNS,
    );
  });
});
