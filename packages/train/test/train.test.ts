import { tensorData } from "@attnlab/check";
import { add, mapTree, matmul, mul, reshape, type Tensor } from "@attnlab/graph";
import { optimizer, type Transformation } from "@attnlab/optimizers";
import { spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { epochBatches, fit, meanSquaredError } from "../src/index.ts";
import { compileLoop, compileStep } from "../src/node/index.ts";

const descent: Transformation<Readonly<Record<string, never>>> = {
  init: () => ({}),
  update: (grads) => ({ updates: mapTree((g: Tensor) => mul(g, -0.1), grads) as typeof grads, state: {} }),
};

const examples = { x: tensorData("float64", [20, 3], spread(60)), y: tensorData("float64", [20], spread(20, 7)) };
const params = { w: tensorData("float64", [3], [0.1, -0.2, 0.3]), b: tensorData("float64", [], [0]) };
const batch = { x: { dtype: "float64", shape: [5, 3] }, y: { dtype: "float64", shape: [5] } } as const;
const definition = {
  params,
  batch,
  optimizer: optimizer(descent),
  loss: (p: { w: Tensor; b: Tensor }, { x, y }: { x: Tensor; y: Tensor }): Tensor =>
    meanSquaredError(add(reshape(matmul(x, reshape(p.w, [3, 1])), [5]), p.b), y),
};

describe("compileStep and compileLoop", () => {
  it("take the same steps, to the bit", async () => {
    await using step = await compileStep(definition);
    await using loop = await compileLoop(definition, { steps: 4 });
    const batches = epochBatches(examples, { batchSize: 5 });
    const one = await fit(step, { steps: 8, batches } as never);
    const four = await fit(loop, { steps: 8, batches } as never);
    expect([...four.loss]).toEqual([...one.loss]);
    expect(four.state).toEqual(one.state);
    expect(one.loss[7]).toBeLessThan(one.loss[3] as number);
  });
});
