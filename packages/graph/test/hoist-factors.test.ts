import { describe, expect, it } from "vitest";
import { add, loop, matmul, mul, neg, print, sum, type Tensor, trace } from "../src/index.ts";
import { checkOperator, data64 } from "./check-operator.ts";

/** Three iterations of a body that multiplies by things which do not change. */
function scaled(x: Tensor, k: Tensor, m: Tensor): readonly Tensor[] {
  const { carry, results } = loop(
    (h: Tensor) => {
      const product = mul(neg(mul(mul(h, k), 0.5)), k);
      const next = add(mul(matmul(product, m), 0.25), product);
      return { carry: next, results: sum(product) };
    },
    x,
    { count: 3 },
  );
  return [carry, results];
}

describe("factors that do not change in a loop", () => {
  it("are multiplied outside, once", () => {
    const specs = [
      { dtype: "float64", shape: [2, 3] },
      { dtype: "float64", shape: [3] },
      { dtype: "float64", shape: [3, 3] },
    ] as const;
    const text = print(trace(scaled, specs, { names: ["x", "k", "m"] }));
    const body = text.split("\n").filter((line) => line.startsWith("  %"));
    expect(body.map((line) => /= (\w+)/.exec(line)?.[1])).toEqual(["mul", "matmul", "add", "sum"]);
  });

  it("leave values and gradients as they were", async () => {
    await checkOperator({ fn: scaled, inputs: [data64([2, 3]), data64([3], 5), data64([3, 3], 11)] });
  });

  it("stay where a product has another reader", async () => {
    const shared = (x: Tensor, k: Tensor): readonly Tensor[] => {
      const { carry, results } = loop(
        (h: Tensor) => {
          const product = mul(h, k);
          return { carry: mul(product, k), results: product };
        },
        x,
        { count: 3 },
      );
      return [carry, results];
    };
    await checkOperator({ fn: shared, inputs: [data64([3]), data64([3], 7)] });
  });
});
