import { tensorData, toNumbers } from "@attnlab/check";
import { evaluate, mul, type Tensor, trace } from "@attnlab/graph";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { nodesPerTensor, runSteps, valuesOf } from "../test/run-steps.ts";
import {
  adam,
  adamw,
  addWeightDecay,
  chain,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  constantSchedule,
  gradientDescent,
  linearWarmup,
  momentum,
  normalize,
  type Optimizer,
  optimizer,
  partition,
  scale,
  type Transformation,
} from "./index.ts";

const f64 = (shape: readonly number[], values: ArrayLike<number>) => tensorData("float64", shape, values);
/** The update that a transformation makes of one gradient, from parameters that are all 1. */
function updateOf(transformation: Transformation, grads: Readonly<Record<string, ReturnType<typeof f64>>>) {
  const params = Object.fromEntries(
    Object.entries(grads).map(([key, { shape, data }]) => [
      key,
      f64(
        shape,
        data.map(() => 1),
      ),
    ]),
  );
  const program = trace(
    (g: Readonly<Record<string, Tensor>>, p: Readonly<Record<string, Tensor>>) =>
      transformation.update(g, transformation.init(p), p).updates,
    [grads, params] as const,
    { names: ["grads", "params"], outputName: "updates" },
  );
  return valuesOf(evaluate(program, [grads, params]));
}

describe("clipping", () => {
  const grads = { a: f64([2], [3, 0]), b: f64([2, 2], [0, 4, 0, -12]) };

  test("by value cuts entries", () => {
    expect(updateOf(clipByValue(3.5), grads)).toEqual({ a: Float64Array.of(3, 0), b: Float64Array.of(0, 3.5, 0, -3.5) });
  });

  test("by norm shortens each tensor on its own and lengthens none", () => {
    const { a, b } = updateOf(clipByNorm(4), grads);
    expect(a).toEqual(Float64Array.of(3, 0));
    const factor = 4 / Math.hypot(4, 12);
    expectClose(b as Float64Array, [0, 4 * factor, 0, -12 * factor]);
  });

  test("by global norm shortens all tensors by one factor", () => {
    const { a, b } = updateOf(clipByGlobalNorm(6.5), grads);
    expectClose(a as Float64Array, [1.5, 0]);
    expectClose(b as Float64Array, [0, 2, 0, -6]);
    expect(updateOf(clipByGlobalNorm(13), grads)).toEqual(updateOf(scale(1), grads));
  });

  test("batch axes clip every run by its own norm", () => {
    const runs = { a: f64([2, 2], [3, 4, 30, 40]), b: f64([2], [0, 0]) };
    const { a } = updateOf(clipByGlobalNorm(5, { batchAxes: 1 }), runs);
    expectClose(a as Float64Array, [3, 4, 3, 4]);
    expectClose(updateOf(clipByNorm(5, { batchAxes: 1 }), runs).a as Float64Array, [3, 4, 3, 4]);
  });

  test("a parameter with too few axes is named by its shape", () => {
    expect(() => updateOf(clipByNorm(5, { batchAxes: 2 }), grads)).toThrow(
      "clipByNorm: every parameter must have at least batchAxes = 2 axes; got [2]. Give each parameter the axes of the batch of runs first.",
    );
  });

  test("a zero gradient stays zero", () => {
    expect(updateOf(chain(clipByNorm(1), clipByGlobalNorm(1), normalize()), { a: f64([3], [0, 0, 0]) })).toEqual({
      a: new Float64Array(3),
    });
  });
});

describe("normalize", () => {
  test.each([
    [1, 7],
    [2, 5],
    [Number.POSITIVE_INFINITY, 4],
    [3, (27 + 64) ** (1 / 3)],
  ])("divides by the norm of exponent %s", (ord, norm) => {
    expectClose(updateOf(normalize({ ord }), { a: f64([2], [3, -4]) }).a as Float64Array, [3 / norm, -4 / norm]);
  });

  test("adds eps to the norm", () => {
    expectClose(updateOf(normalize({ eps: 5 }), { a: f64([2], [3, -4]) }).a as Float64Array, [0.3, -0.4]);
  });
});

describe("weight decay", () => {
  test("adds the weights that the mask chooses", () => {
    const decay = addWeightDecay(0.5, { mask: (path, { shape }) => path === "a" && shape.length === 1 });
    expect(updateOf(decay, { a: f64([1], [2]), b: f64([1], [2]) })).toEqual({ a: Float64Array.of(2.5), b: Float64Array.of(2) });
  });

  test("adamw leaves masked parameters to adam", () => {
    const [w, g] = [
      { a: f64([2], [1, 2]), b: f64([2], [3, 4]) },
      { a: f64([2], [1, -1]), b: f64([2], [2, 1]) },
    ];
    const step = (o: Optimizer) => valuesOf(runSteps(o, w, [g])[0]);
    const masked = step(adamw({ weightDecay: 0.5, learningRate: 0.1, mask: (path) => path === "b" }));
    const plain = step(adam({ learningRate: 0.1 }));
    expect(masked.a).toEqual(plain.a);
    expectClose(
      masked.b as Float64Array,
      (plain.b as Float64Array).map((v, i) => v - 0.05 * (i + 3)),
    );
  });
});

describe("partition", () => {
  const grads = { head: f64([1], [1]), body: f64([1], [2]), tail: f64([1], [3]) };
  const groups = { plus: scale(1), minus: scale(-1) };

  test("labels come from a function or a tree", () => {
    const expected = { head: Float64Array.of(1), body: Float64Array.of(-2), tail: Float64Array.of(3) };
    expect(
      updateOf(
        partition(groups, (path) => (path === "body" ? "minus" : "plus")),
        grads,
      ),
    ).toEqual(expected);
    expect(updateOf(partition(groups, { head: "plus", body: "minus", tail: "plus" }), grads)).toEqual(expected);
  });

  test("a group is clipped on its own", () => {
    const { head, body } = updateOf(
      partition({ ...groups, plus: clipByGlobalNorm(1) }, { head: "minus", body: "plus", tail: "minus" }),
      grads,
    );
    expect([head, body]).toEqual([Float64Array.of(-1), Float64Array.of(1)]);
  });

  test("a missing label and an unknown one are refused", () => {
    const text = "partition: the label of body must be one of";
    expect(() => updateOf(partition(groups, { head: "plus", tail: "plus" }), grads)).toThrow(`${text} "plus", "minus"; got undefined.`);
    expect(() =>
      updateOf(
        partition(groups, (path) => (path === "body" ? "frozen" : "plus")),
        grads,
      ),
    ).toThrow(`${text} "plus", "minus"; got "frozen".`);
  });
});

describe("chain", () => {
  test("works from left to right", () => {
    expect(updateOf(chain(scale(3), clipByValue(2), scale(10)), { a: f64([2], [1, 0.1]) }).a).toEqual(
      Float64Array.of(20, 3.0000000000000004),
    );
  });

  test("refuses nothing, and what is no transformation", () => {
    expect(() => chain()).toThrow("chain: at least one transformation must be given; got none.");
    expect(() => chain({ step: 1 } as never)).toThrow("chain: every argument must have init and update; got { step }.");
  });

  test("a transformation of one's own becomes an optimizer", () => {
    const double: Transformation = {
      init: () => ({}),
      update: <P>(grads: P, state: unknown) => ({ updates: { w: mul((grads as { w: Tensor }).w, -2) } as P, state }),
    };
    const [after] = runSteps(optimizer(double), { w: f64([1], [1]) }, [{ w: f64([1], [0.25]) }]);
    expect(valuesOf(after).w).toEqual(Float64Array.of(0.5));
  });
});

describe("schedules in the state", () => {
  test("a constant schedule is the constant", () => {
    const [w, g] = [f64([3], spread(3)), [f64([3], spread(3, 5)), f64([3], spread(3, 9))]];
    const last = (o: Optimizer) => toNumbers(runSteps(o, w, g).at(-1) as ReturnType<typeof f64>);
    expect(last(momentum({ learningRate: constantSchedule(0.25) }))).toEqual(last(momentum({ learningRate: 0.25 })));
  });

  test("the step count moves by one per step", () => {
    const rates = runSteps(gradientDescent({ learningRate: linearWarmup(1, { steps: 4 }) }), f64([1], [0]), Array(6).fill(f64([1], [-1])));
    expectClose(
      rates.map((w) => toNumbers(w)[0] as number),
      [0, 0.25, 0.75, 1.5, 2.5, 3.5],
    );
  });
});

describe("size of the programs", () => {
  // One elementwise pass over a tensor per node: these counts are what a training step pays for its optimizer.
  test.each([
    ["gradientDescent", gradientDescent({ learningRate: 0.1 }), 2],
    ["momentum", momentum({ learningRate: 0.1 }), 4],
    ["adam", adam(), 10],
    ["adamw", adamw(), 12],
  ] as const)("%s", (_, make, nodes) => {
    expect(nodesPerTensor(make)).toBe(nodes);
  });
});
