import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { add, bernoulli, cast, log, matmul, mean, mul, reshape, sqrt, square, squeeze, sub, sum, type Tensor, tanh } from "@attnlab/graph";
import { adam, gradientDescent } from "@attnlab/optimizers";
import { createRng } from "@attnlab/random";
import { expectClose, loadGolden, spread } from "@attnlab/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { epochBatches, fit, meanSquaredError, type TrainDefinition } from "../src/index.ts";
import { compileLoop, compileStep, loadCheckpoint, saveCheckpoint } from "../src/node/index.ts";

const examples = { x: tensorData("float64", [23, 3], spread(69)), y: tensorData("float64", [23], spread(23, 7)) };
const params = {
  w1: tensorData("float64", [3, 7], spread(21, 3)),
  b1: tensorData("float64", [7], spread(7, 5)),
  w2: tensorData("float64", [7, 1], spread(7, 9)),
};
const batch = { x: { dtype: "float64", shape: [5, 3] }, y: { dtype: "float64", shape: [5] } } as const;
type Params = Readonly<Record<"w1" | "b1" | "w2", Tensor>>;
type Batch = Readonly<Record<"x" | "y", Tensor>>;

function predict(p: Params, x: Tensor): Tensor {
  return squeeze(matmul(tanh(add(matmul(x, p.w1), p.b1)), p.w2), -1);
}

const definition = {
  params,
  batch,
  optimizer: adam({ learningRate: 0.05 }),
  loss: (p: Params, { x, y }: Batch) => {
    const error = sub(predict(p, x), y);
    return { loss: mean(square(error)), metrics: { largest: sum(error) } };
  },
};
const batches = epochBatches(examples, { batchSize: 5, rng: createRng(3) });

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attnlab-train-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("compileStep and compileLoop", () => {
  it("take the same steps", async () => {
    await using step = await compileStep(definition);
    await using loop = await compileLoop(definition, { steps: 4 });
    const one = await fit(step, { steps: 8, batches });
    const four = await fit(loop, { steps: 8, batches });
    // A loop takes factors that do not change out of its body, which moves rounding by a last place.
    expectClose(four.loss, one.loss);
    expect(four.state.step).toEqual(one.state.step);
    for (const name of ["w1", "b1", "w2"] as const)
      expectClose(four.state.params[name].data as Float64Array, one.state.params[name].data as Float64Array);
  });

  it("follow PyTorch's Adam", async () => {
    const golden = loadGolden<{
      x: number[];
      y: number[];
      first: Record<keyof Params, number[]>;
      last: Record<keyof Params, number[]>;
      losses: number[];
    }>(new URL("golden/training.json", import.meta.url));
    const at = (which: "first" | "last") => ({
      w1: tensorData("float64", [3, 7], golden[which].w1),
      b1: tensorData("float64", [7], golden[which].b1),
      w2: tensorData("float64", [7, 1], golden[which].w2),
    });
    await using loop = await compileLoop({ ...definition, params: at("first") }, { steps: 12 });
    const stacked = { x: tensorData("float64", [12, 5, 3], golden.x), y: tensorData("float64", [12, 5], golden.y) };
    const { loss, state } = await loop.run(loop.initialState, stacked);
    expectClose(loss, golden.losses, { purpose: "golden" });
    for (const name of ["w1", "b1", "w2"] as const)
      expectClose(state.params[name].data as Float64Array, golden.last[name], { purpose: "golden" });
  });

  it("return metrics of each step with a leading axis", async () => {
    await using loop = await compileLoop(definition, { steps: 4 });
    const { metrics } = await fitOnce(loop);
    expect(metrics.largest?.shape).toEqual([4]);
    expect(new Set(toNumbers(metrics.largest as TensorData)).size).toBe(4);
  });

  it("draw other random numbers in every step and the same for the same seed", async () => {
    const drawn: TrainDefinition<{ w: ReturnType<typeof tensorData<"float64">> }, readonly [], readonly []> = {
      params: { w: tensorData("float64", [], [1]) },
      optimizer: gradientDescent({ learningRate: 0 }),
      seed: 5,
      loss: ({ w }, _, { key }) => mul(mean(cast(bernoulli(key, 0.5, [64]), "float64")), w),
    };
    await using loop = await compileLoop(drawn, { steps: 6 });
    await using step = await compileStep(drawn);
    await using other = await compileStep({ ...drawn, seed: 6 });
    const first = (await loop.run(loop.initialState)).loss;
    expect(new Set(first).size).toBeGreaterThan(2);
    expect([...(await fit(step, { steps: 6 })).loss]).toEqual([...first]);
    expect([...(await fit(other, { steps: 6 })).loss]).not.toEqual([...first]);
  });
});

async function fitOnce(loop: Awaited<ReturnType<typeof compileLoop<typeof params, typeof batch>>>) {
  const stacked = { x: tensorData("float64", [4, 5, 3], spread(60)), y: tensorData("float64", [4, 5], spread(20, 7)) };
  return loop.run(loop.initialState, stacked);
}

describe("fit", () => {
  it("resumes from a checkpoint with the same numbers, to the bit", async () => {
    await using loop = await compileLoop(definition, { steps: 3 });
    const whole = await fit(loop, { steps: 12, batches });
    const half = await fit(loop, { steps: 6, batches });
    const saved = await saveCheckpoint(join(folder, "run"), half.state, { note: "half" });
    expect(saved.endsWith("step-00000006")).toBe(true);
    const { state, info } = await loadCheckpoint(join(folder, "run"), loop.initialState);
    expect(info).toEqual({ note: "half" });
    const rest = await fit(loop, { steps: 12, batches, state });
    expect(rest.state).toEqual(whole.state);
    expect([...half.loss, ...rest.loss]).toEqual([...whole.loss]);
  });

  it("reports progress and stops after the run in which the signal came", async () => {
    await using step = await compileStep(definition);
    const controller = new AbortController();
    const seen: number[] = [];
    const result = await fit(step, {
      steps: 10,
      batches,
      signal: controller.signal,
      onProgress: ({ step: at, totalSteps }) => {
        seen.push(at / totalSteps);
        if (at === 3) controller.abort();
      },
    });
    expect(seen).toEqual([0.1, 0.2, 0.3]);
    expect(result.status).toBe("aborted");
    expect(result.loss.length).toBe(3);
  });

  it("refuses steps that the runs do not divide, and unknown options", async () => {
    await using loop = await compileLoop(definition, { steps: 4 });
    await expect(fit(loop, { steps: 10, batches })).rejects.toThrow(
      "fit: the steps that are left must be a multiple of the trainer's 4 steps per run; got 10.",
    );
    await expect(fit(loop, { steps: 8, epochs: 3 } as never)).rejects.toThrow('fit: every option must be known; got "epochs".');
  });
});

describe("numbers that are not finite", () => {
  const scalar = { w: tensorData("float64", [2], [4, 1]) };
  // w falls by 1 a step: its first element is 0 in step 4, where sqrt has an infinite slope but a finite value.
  const falling = {
    params: scalar,
    optimizer: gradientDescent({ learningRate: 1 }),
    loss: ({ w }: { readonly w: Tensor }) => sum(add(mul(sqrt(w), 0), w)),
  };

  it("are found in the gradient, at the step where they arise", async () => {
    const root = { ...falling, params: { w: tensorData("float64", [2], [4, 2]) } };
    await using loop = await compileLoop(root, { steps: 6 });
    await expect(loop.run(loop.initialState)).rejects.toThrow(
      /^train: every number must stay finite; got NaN in grads\.w\[1\] at step 2\./,
    );
    await using step = await compileStep(root);
    await expect(fit(step, { steps: 6 })).rejects.toThrow(/at step [23]/);
  });

  it("are found in the loss and in the batch", async () => {
    const logarithm = { ...falling, loss: ({ w }: { readonly w: Tensor }) => add(sum(w), mul(sum(log(sub(w, 1))), 1e-300)) };
    await using loop = await compileLoop(logarithm, { steps: 3 });
    await expect(loop.run(loop.initialState)).rejects.toThrow("train: every number must stay finite; got -Infinity in loss[0] at step 0.");
    await using step = await compileStep(definition);
    const bad = { x: tensorData("float64", [5, 3], spread(15).fill(Number.NaN, 4, 5)), y: tensorData("float64", [5], spread(5)) };
    await expect(step.run(step.initialState, bad)).rejects.toThrow("got NaN in batch.x[4] at step 0. Clean the data.");
  });

  it("are found in the last parameters when asked for", async () => {
    const last = {
      params: { w: tensorData("float64", [], [0]) },
      optimizer: gradientDescent({ learningRate: 1 }),
      loss: ({ w }: { readonly w: Tensor }) => mul(sqrt(w), 1),
    };
    await using quiet = await compileStep(last);
    expect((await quiet.run(quiet.initialState)).loss[0]).toBe(0);
    await using strict = await compileStep(last, { checkFinite: "all" });
    await expect(strict.run(strict.initialState)).rejects.toThrow("got Infinity in grads.w[0] at step 0.");
  });
});

describe("bad input", () => {
  it("names parameters without values", () => {
    return expect(compileStep({ ...definition, params: { w: { dtype: "float64", shape: [2] } } as never })).rejects.toThrow(
      "train: params.w must be tensor data; got a specification without values.",
    );
  });

  it("names missing inputs and batches of another shape", async () => {
    await using step = await compileStep(definition);
    await expect(step.run(step.initialState)).rejects.toThrow("Trainer.run: every input must be given; got");
    const wrong = { x: tensorData("float64", [4, 3], spread(12)), y: tensorData("float64", [5], spread(5)) };
    await expect(step.run(step.initialState, wrong)).rejects.toThrow("batch.x");
  });

  it("refuses a loss that is no scalar and bad options", async () => {
    const vector = { ...definition, loss: (p: Params, { x }: Batch) => reshape(predict(p, x), [5]) };
    await expect(compileStep(vector)).rejects.toThrow("grad: the function must return a scalar; got shape [5].");
    await expect(compileLoop(definition, { steps: 0 })).rejects.toThrow("compileLoop: steps must be a whole number >= 1; got 0.");
    await expect(compileStep(definition, { session: { providers: ["no-such"] } })).rejects.toThrow('"no-such"');
  });

  it("refuses fewer examples than a batch, and tensors of different lengths", () => {
    expect(() => epochBatches(examples, { batchSize: 24 })).toThrow("epochBatches: at least one batch of 24 examples; got 23 examples.");
    expect(() => epochBatches({ ...examples, y: tensorData("float64", [2], [1, 2]) }, { batchSize: 2 })).toThrow(
      "all tensors must have the same number of examples",
    );
  });
});

describe("epochBatches", () => {
  it("uses every example at most once an epoch, in another order each epoch, and the same batch for the same step", () => {
    const numbers = epochBatches(
      {
        i: tensorData(
          "float64",
          [23],
          Array.from({ length: 23 }, (_, i) => i),
        ),
      },
      { batchSize: 5, rng: createRng(1) },
    );
    const epoch = (e: number): number[] => Array.from({ length: 4 }, (_, i) => [...numbers.at(4 * e + i).i.data]).flat();
    expect(numbers.stepsPerEpoch).toBe(4);
    expect(new Set(epoch(0)).size).toBe(20);
    expect(epoch(1)).not.toEqual(epoch(0));
    expect(epoch(0)).toEqual(epoch(0));
  });
});

describe("checkpoints", () => {
  const saved = async (name: string): Promise<string> => {
    await using step = await compileStep(definition);
    return saveCheckpoint(join(folder, name), step.initialState);
  };
  const load = async (path: string, other: Partial<typeof definition> = {}): Promise<unknown> => {
    await using step = await compileStep({ ...definition, ...other });
    return loadCheckpoint(path, step.initialState);
  };

  it("leave nothing half-written beside them", async () => {
    await saved("clean");
    expect(await readdir(join(folder, "clean"))).toEqual(["step-00000000"]);
  });

  it("refuse damaged tensors and a damaged manifest", async () => {
    const path = await saved("damaged");
    const file = join(path, "state.safetensors");
    const bytes = await readFile(file);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    await writeFile(file, bytes);
    await expect(load(path)).rejects.toThrow(
      "state.safetensors must have the checksum of checkpoint.json; got another one. The checkpoint is damaged",
    );
    await writeFile(file, bytes.subarray(0, 100));
    await expect(load(path)).rejects.toThrow(/state\.safetensors must have \d+ bytes; got 100\./);
    await writeFile(join(path, "checkpoint.json"), "{ no");
    await expect(load(path)).rejects.toThrow('checkpoint.json must be JSON; got "{ no".');
  });

  it("refuse another model, an empty folder and a folder that cannot be written", async () => {
    const path = await saved("other");
    await expect(load(path, { optimizer: gradientDescent({ learningRate: 1 }) as never })).rejects.toThrow(
      "the checkpoint must hold no further tensors",
    );
    await expect(load(join(folder, "nothing"))).rejects.toThrow(
      "must hold a checkpoint; got []. Save one with saveCheckpoint, or correct the path.",
    );
    await writeFile(join(folder, "file"), "");
    await using step = await compileStep(definition);
    await expect(saveCheckpoint(join(folder, "file"), step.initialState)).rejects.toThrow("must be writable");
  });
});

describe("meanSquaredError", () => {
  it("trains as a bare tensor too", async () => {
    await using step = await compileStep({ ...definition, loss: (p: Params, { x, y }: Batch) => meanSquaredError(predict(p, x), y) });
    await using other = await compileStep(definition);
    expectClose((await fit(step, { steps: 3, batches })).loss, (await fit(other, { steps: 3, batches })).loss);
  });
});
