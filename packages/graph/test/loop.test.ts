import { OptionError, ShapeError, tensorData } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  add,
  cast,
  constantOf,
  exp,
  gather,
  grad,
  type LoopStep,
  loop,
  lower,
  matmul,
  mul,
  neg,
  print,
  scatterAdd,
  softmax,
  stopGradient,
  sub,
  sum,
  type Tensor,
  type Tree,
  trace,
  zerosLike,
} from "../src/index.ts";
import { checkOperator, data64, interpret, runOnnx } from "./check-operator.ts";

const vector = { dtype: "float64", shape: [3] } as const;

/** h' = tanh-like of h and a slice; the results are h' times the slice. */
function recurrence(h: Tensor, x: Tensor, w: Tensor): LoopStep<Tensor, Tensor> {
  const next = exp(neg(mul(add(h, x), w)));
  return { carry: next, results: mul(next, x) };
}

describe("loop", () => {
  it("does what the unrolled program does, values and gradients", async () => {
    const [x, w, xs] = [data64([3], 0, 0.3), data64([3], 3, 0.3), data64([4, 3], 9, 0.3)];
    const looped = (h: Tensor, v: Tensor, all: Tensor): readonly Tensor[] => {
      const { carry, results } = loop((c: Tensor, s: Tensor) => recurrence(c, s, v), h, { count: 4, slices: all });
      return [carry, sum(results)];
    };
    const unrolled = (h: Tensor, v: Tensor, all: Tensor): readonly Tensor[] => {
      let [carry, total] = [h, zerosLike({ dtype: "float64", shape: [] })];
      for (let i = 0; i < 4; i++) {
        const step = recurrence(carry, gather(all, constantOf("int64", [], [i])), v);
        [carry, total] = [step.carry, add(total, sum(step.results))];
      }
      return [carry, total];
    };
    const gradients =
      (fn: typeof looped) =>
      (h: Tensor, v: Tensor, all: Tensor): readonly Tensor[] => {
        const loss = (p: readonly [Tensor, Tensor, Tensor]): Tensor => add(sum(fn(...p)[0] as Tensor), fn(...p)[1] as Tensor);
        return grad(loss)([h, v, all]);
      };
    for (const [a, b] of [
      [looped, unrolled],
      [gradients(looped), gradients(unrolled)],
    ] as const) {
      const expected = interpret(b, [x, w, xs]);
      const actual = [interpret(a, [x, w, xs]), await runOnnx(a, [x, w, xs], "float64")];
      for (const values of actual) for (const [k, v] of values.entries()) expectClose(v, expected[k] as Float64Array);
    }
  });

  it.each([false, true])("carries and slices trees, with captures, reverse %s", async (reverse) => {
    await checkOperator({
      fn: (a, b, w, xs, ys) => {
        const { carry, results } = loop(
          ({ p, q }, [x, { y }]) => ({
            carry: { p: mul(add(p, x), w), q: [add(q[0], y)] as const },
            results: { first: mul(p, y), second: [x] },
          }),
          { p: a, q: [b] as const },
          { count: 3, slices: [xs, { y: ys }] as const, reverse },
        );
        return [carry.p, carry.q[0], results.first, results.second[0] as Tensor];
      },
      inputs: [data64([2]), data64([]), data64([2], 3), data64([3, 2], 5), data64([3], 11)],
    });
  });

  it("stacks in the order of the entries when it runs backwards", async () => {
    const fn = (xs: Tensor): readonly Tensor[] => {
      const { carry, results } = loop(
        (h: Tensor, x: Tensor, i: Tensor) => ({ carry: add(h, x), results: [h, cast(i, "float64")] }),
        zerosLike({ dtype: "float64", shape: [] }),
        {
          count: 3,
          slices: xs,
          reverse: true,
        },
      );
      return [carry, ...results];
    };
    const inputs = [tensorData("float64", [3], [1, 10, 100])];
    for (const [carry, before, index] of [interpret(fn, inputs), await runOnnx(fn, inputs, "float64")]) {
      expect(Array.from(carry as Float64Array)).toEqual([111]);
      expect(Array.from(before as Float64Array)).toEqual([110, 100, 0]);
      expect(Array.from(index as Float64Array)).toEqual([0, 1, 2]);
    }
  });

  it("gives every iteration its index, and carries integers", async () => {
    const fn = (): readonly Tensor[] => {
      const { carry, results } = loop(
        (k: Tensor, _: unknown, i: Tensor) => ({ carry: add(k, i), results: mul(k, 2) }),
        constantOf("int64", [], [1]),
        { count: 5 },
      );
      return [carry, results];
    };
    const expected = [[11], [2, 2, 4, 8, 14]];
    expect(interpret(fn, []).map((v) => Array.from(v))).toEqual(expected);
    expect((await runOnnx(fn, [], "float64")).map((v) => Array.from(v))).toEqual(expected);
  });

  it("runs no time: the carry stays, the results are empty", async () => {
    const fn = (h: Tensor, w: Tensor): readonly Tensor[] => {
      const body = (c: Tensor): LoopStep<Tensor, Tensor> => ({ carry: mul(c, w), results: c });
      const { carry, results } = loop(body, h, { count: 0 });
      const gradient = grad((p: readonly [Tensor, Tensor]) => {
        const inner = loop((c: Tensor) => ({ carry: mul(c, p[1]), results: c }), p[0], { count: 0 });
        return add(sum(inner.carry), sum(inner.results));
      })([h, w]);
      return [carry, results, ...gradient];
    };
    for (const values of [interpret(fn, [data64([3]), data64([3], 5)]), await runOnnx(fn, [data64([3]), data64([3], 5)], "float64")]) {
      expect(values[0]).toEqual(data64([3]).data);
      expect(values[1]).toHaveLength(0);
      expect(Array.from(values[2] as Float64Array)).toEqual([1, 1, 1]);
      expect(Array.from(values[3] as Float64Array)).toEqual([0, 0, 0]);
    }
  });

  it("nests, and the inner loop captures from both outside", async () => {
    await checkOperator({
      fn: (x, w, xs) => {
        const { carry, results } = loop(
          (h: Tensor, row: Tensor) => {
            const inner = loop((k: Tensor, s: Tensor) => ({ carry: add(mul(k, w), mul(s, h)), results: mul(k, s) }), h, {
              count: 3,
              slices: row,
              reverse: true,
            });
            return { carry: mul(inner.carry, 0.5), results: sum(inner.results, 0) };
          },
          x,
          { count: 2, slices: xs },
        );
        return [carry, results];
      },
      inputs: [data64([2]), data64([2], 3), data64([2, 3, 2], 5)],
    });
  });

  it("differentiates operators with several outputs, indices and stopped gradients in its body", async () => {
    await checkOperator({
      fn: (table, x) => {
        const body = (h: Tensor, _: unknown, i: Tensor): LoopStep<Tensor, Tensor> => {
          const row = gather(table, i);
          const next = softmax(add(mul(h, stopGradient(h)), row), -1, { gradient: "stable" });
          return { carry: next, results: scatterAdd(h, constantOf("int64", [1], [0]), sum(next, 0, { keepDims: true })) };
        };
        const { carry, results } = loop(body, x, { count: 3 });
        return [carry, results];
      },
      inputs: [data64([3, 5]), data64([5], 20)],
      // Central differences do not see the stop: only the table is compared.
      wrt: [],
    });
  });

  it("computes what does not change once, outside", () => {
    const program = trace(
      (h: Tensor, w: Tensor) => loop((c: Tensor) => ({ carry: matmul(c, exp(w)), results: [] }), h, { count: 9 }).carry,
      [
        { dtype: "float32", shape: [2, 2] },
        { dtype: "float32", shape: [2, 2] },
      ],
    );
    expect(print(program)).toMatchInlineSnapshot(`
      "input arg0 : float32[2, 2]
      input arg1 : float32[2, 2]
      %0 = exp(arg1) : float32[2, 2]
      %1, %2 = loop[count=9, captured=1, carried=1](%0, arg0) : float32[2, 2], float32[9, 2, 2]
        input $0 : int64[]
        input $1 : float32[2, 2]
        input $2 : float32[2, 2]
        %0 = matmul[alpha=1]($2, $1) : float32[2, 2]
        output $out0 = %0
      output output = %1"
    `);
  });

  it("returns results that do not depend on the iteration, and carries that do not change", async () => {
    const fn = (h: Tensor, w: Tensor): readonly Tensor[] => {
      const { carry, results } = loop(
        (c: { a: Tensor; b: Tensor }) => ({ carry: { a: c.b, b: c.a }, results: { w, same: w, c: c.a } }),
        { a: h, b: w },
        { count: 3 },
      );
      return [carry.a, carry.b, results.w, results.same, results.c];
    };
    const inputs = [data64([2]), data64([2], 9)];
    const expected = interpret(fn, inputs);
    expect(await runOnnx(fn, inputs, "float64")).toEqual(expected);
    expect(expected[0]).toEqual(inputs[1]?.data);
    expect(expected[2]).toHaveLength(6);
  });

  it("stores the starting carries only for a gradient", () => {
    const outputs = (fn: (x: Tensor) => Tensor): readonly number[] =>
      lower(trace(fn, [vector]))
        .graph.nodes.filter(({ op }) => op === "Loop")
        .map((node) => node.outputs.length);
    const run = (x: Tensor): Tensor => sum(loop((c: Tensor) => ({ carry: mul(c, c), results: [] }), x, { count: 3 }).carry);
    expect(outputs(run)).toEqual([1]);
    expect(outputs(grad(run))[0]).toBe(2);
  });

  it("trains: descent in a loop reaches the minimum", async () => {
    const fn = (x: Tensor): Tensor => {
      const loss = (w: Tensor): Tensor => sum(mul(sub(w, 3), sub(w, 3)));
      return loop((w: Tensor) => ({ carry: sub(w, mul(grad(loss)(w), 0.25)), results: [] }), x, { count: 60 }).carry;
    };
    for (const [w] of [interpret(fn, [data64([3])]), await runOnnx(fn, [data64([3])], "float64")])
      expectClose(w as Float64Array, [3, 3, 3]);
  });

  it("refuses carries that change, slices that do not fit and bad options", () => {
    const run = (fn: (x: Tensor) => unknown) => () => trace(fn, [vector]);
    expect(run((x) => loop((c: Tensor) => ({ carry: sum(c), results: [] }), x, { count: 2 }))).toThrow(
      new ShapeError(
        "loop: carry must keep its dtype and shape; got float64[3] before and float64[] after. Return a carry of the type of init.",
      ),
    );
    expect(run((x) => loop((c: { a: Tensor }) => ({ carry: { a: cast(c.a, "float32") }, results: [] }), { a: x }, { count: 2 }))).toThrow(
      "loop: carry a must keep its dtype and shape; got float64[3] before and float32[3] after.",
    );
    expect(run((x) => loop((c: Tree<Tensor>) => ({ carry: [c], results: [] }), x as Tree<Tensor>, { count: 2 }))).toThrow(
      "mapTree: every tree must hold a tensor; got [{ dtype, shape, node, output }]. Pass trees of one structure.",
    );
    expect(run((x) => loop((c: Tensor) => ({ carry: c, results: [] }), x, { count: 2, slices: { all: x } }))).toThrow(
      new ShapeError(
        "loop: axis 0 of slices.all must have 2 entries, one per iteration; got [3]. Stack one entry per iteration along axis 0.",
      ),
    );
    expect(run((x) => loop((c: Tensor) => ({ carry: c, results: [] }), x, { count: -1 }))).toThrow(
      new OptionError("loop: count must be a whole number >= 0; got -1. The number of iterations."),
    );
    expect(run((x) => loop((c: Tensor) => ({ carry: c, results: [] }), x, { count: 1.5 }))).toThrow(OptionError);
    // @ts-expect-error: no such option
    expect(run((x) => loop((c: Tensor) => ({ carry: c, results: [] }), x, { count: 1, steps: 2 }))).toThrow(
      'loop: every option must be known; got "steps".',
    );
    expect(run((x) => loop((c: Tensor) => ({ carry: c, results: 3 }), x, { count: 1 }))).toThrow("a tree must be made of plain objects");
  });
});
