import { describe, expect, it } from "vitest";
import {
  add,
  broadcastTo,
  constant,
  constantOf,
  evaluate,
  exp,
  grad,
  matmul,
  mul,
  neg,
  type Program,
  print,
  reshape,
  stopGradient,
  sum,
  type Tensor,
  topK,
  trace,
  transpose,
  zerosLike,
} from "../index.ts";

const matrix = { dtype: "float64", shape: [2, 3] } as const;
const names = (program: Program): readonly string[] => program.nodes.map(({ primitive }) => primitive.name);
const traced = (fn: (x: Tensor) => unknown): Program => trace(fn, [matrix]);

describe("simplification", () => {
  it("drops what no output needs", () => {
    expect(
      names(
        traced((x) => {
          exp(mul(x, 3));
          return neg(x);
        }),
      ),
    ).toEqual(["neg"]);
  });

  it("merges equal nodes: same primitive, attributes and inputs", () => {
    const program = traced((x) => [add(exp(x), sum(x, 0)), mul(exp(x), sum(x, 0)), sum(x, 1)]);
    expect(names(program)).toEqual(["exp", "sum", "add", "mul", "sum"]);
  });

  it("does not merge inputs, other attributes or other outputs of one node", () => {
    const program = trace(
      (x: Tensor, y: Tensor) => [exp(x), exp(y), topK(x, 1).values, topK(x, 2).values, topK(x, 2).indices],
      [matrix, matrix],
    );
    expect(names(program)).toEqual(["exp", "exp", "topK", "topK"]);
  });

  it("merges constants by content, but 0 and -0 stay apart", () => {
    const program = trace(
      (x: Tensor) => [exp(constantOf("float64", [2], [1, 2])), exp(constantOf("float64", [2], [1, 2]))].map((c) => add(x, sum(c))),
      [{ dtype: "float64", shape: [] }],
    );
    expect(names(program)).toEqual(["constant", "add"]);
    const zeros = trace(() => [constant(0), constant(-0), constant(0)], []);
    expect(names(zeros)).toEqual(["constant", "constant"]);
  });

  it("computes small constants once, and never stores an expansion", () => {
    const folded = trace(() => mul(exp(constantOf("float64", [3], [0, 1, 2])), 2), []);
    expect(names(folded)).toEqual(["constant"]);
    expect(Array.from(evaluate(folded, []).data, Number)).toEqual([2, 2 * Math.E, 2 * Math.exp(2)]);
    const large = trace(() => broadcastTo(constant(1), [1000, 1000]), []);
    expect(names(large)).toEqual(["constant", "broadcastTo"]);
  });

  it.each<readonly [string, (x: Tensor) => Tensor]>([
    ["x + 0", (x) => add(x, 0)],
    ["0 + x", (x) => add(0, x)],
    ["x + zeros", (x) => add(x, zerosLike(x))],
    ["x * 1", (x) => mul(x, 1)],
    ["--x", (x) => neg(neg(x))],
    ["x transposed twice", (x) => transpose(transpose(x))],
    ["x reshaped and back", (x) => reshape(reshape(x, [6]), [2, 3])],
    ["x broadcast to itself", (x) => broadcastTo(x, [2, 3])],
    ["a sum over nothing", (x) => sum(x, [])],
  ])("%s is x", (_, fn) => {
    const program = traced(fn);
    expect(names(program)).toEqual([]);
    expect(program.outputs[0]?.tensor).toBe(program.inputs[0]?.tensor);
  });

  it("absorbs transposes and broadcasts into the operators that do them", () => {
    const product = traced((x) => matmul(transpose(x), x));
    expect(print(product)).toContain("matmul[transposeA, alpha=1](arg0, arg0)");
    expect(names(traced((x) => mul(x, broadcastTo(sum(x, 1, { keepDims: true }), [2, 3]))))).toEqual(["sum", "mul"]);
  });

  it("keeps a broadcast that gives the shape", () => {
    const program = traced((x) => add(broadcastTo(sum(x), [2, 3]), broadcastTo(sum(x, 1, { keepDims: true }), [2, 3])));
    expect(program.outputs[0]?.tensor.shape).toEqual([2, 3]);
  });

  it("keeps stopGradient, which a loop body may still need", () => {
    expect(names(traced((x) => stopGradient(x)))).toEqual(["stopGradient"]);
  });

  it("survives long chains", () => {
    const chain = traced((x) => {
      let y = x;
      for (let i = 0; i < 20_000; i++) y = add(y, x);
      return y;
    });
    expect(chain.nodes).toHaveLength(20_000);
    const rewritten = traced((x) => {
      let y = x;
      for (let i = 0; i < 20_001; i++) y = neg(y);
      return y;
    });
    expect(names(rewritten)).toEqual(["neg"]);
    const gradient = traced(
      grad((x: Tensor) => {
        let y = x;
        for (let i = 0; i < 5_000; i++) y = mul(y, x);
        return sum(y);
      }),
    );
    expect(gradient.nodes.length).toBeGreaterThan(10_000);
  });

  it("gives the same text for every trace", () => {
    const text = (): string => print(traced((x) => grad((y: Tensor) => sum(exp(matmul(y, x, { transposeB: true }))))(x)));
    expect(text()).toBe(text());
    expect(text()).toMatchInlineSnapshot(`
      "input arg0 : float64[2, 3]
      %0 = matmul[transposeB, alpha=1](arg0, arg0) : float64[2, 2]
      %1 = exp(%0) : float64[2, 2]
      %2 = matmul[alpha=1](%1, arg0) : float64[2, 3]
      output output = %2"
    `);
  });
});
