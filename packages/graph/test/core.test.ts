import { describe, expect, it } from "vitest";
import { add, exp, grad, loop, matmul, mul, neg, print, reshape, sum, type Tensor, trace, transpose } from "../src/index.ts";
import { checkOperator, data64 } from "./check-operator.ts";

describe("base operators", () => {
  it("add and mul broadcast, with gradients", async () => {
    await checkOperator({ fn: (a, b) => add(mul(a, b), a), inputs: [data64([3, 5]), data64([5], 7)] });
  });

  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("matmul with flags %s %s", async (transposeA, transposeB) => {
    const a = data64(transposeA ? [2, 3, 5] : [2, 5, 3]);
    const b = data64(transposeB ? [7, 3] : [3, 7], 11);
    await checkOperator({ fn: (x, y) => matmul(x, y, { transposeA, transposeB, alpha: 0.3 }), inputs: [a, b] });
  });

  it("loop with carry, capture, slices and results in both directions", async () => {
    for (const reverse of [false, true]) {
      await checkOperator({
        fn: (x, w, xs) => {
          const { carry, results } = loop(
            (h: Tensor, slice: Tensor) => {
              const next = exp(neg(mul(add(h, slice), w)));
              return { carry: next, results: mul(next, slice) };
            },
            x,
            { count: 5, slices: xs, reverse },
          );
          return [carry, results];
        },
        inputs: [data64([3], 0, 0.3), data64([3], 3, 0.3), data64([5, 3], 9, 0.3)],
      });
    }
  });

  it("prints the same text for every trace", () => {
    const text = (): string =>
      print(
        trace(
          (x: Tensor) => grad((y: Tensor) => sum(mul(transpose(y), reshape(transpose(y), [3, 2]))))(x),
          [{ dtype: "float64", shape: [2, 3] }],
        ),
      );
    expect(text()).toBe(text());
    expect(text()).toMatchInlineSnapshot(`
      "input arg0 : float64[2, 3]
      %0 = add(arg0, arg0) : float64[2, 3]
      output output = %0"
    `);
  });
});
