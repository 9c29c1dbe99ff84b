import { OptionError, sizeOf, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { checkModel, decodeModel, encodeModel, type OnnxModel } from "@attnlab/onnx";
import { createSession } from "@attnlab/runtime/node";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  add,
  constant,
  evaluate,
  exp,
  gelu,
  grad,
  layerNorm,
  loop,
  lower,
  matmul,
  mean,
  mul,
  reshape,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  trace,
  transpose,
} from "../src/index.ts";

const matrix = { dtype: "float32", shape: [2, 3] } as const;
const opsOf = (model: OnnxModel): readonly string[] => model.graph.nodes.map(({ op }) => op);

/** One attention block and its gradients: most operators that training uses. */
function block(params: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor }, x: Tensor): Tensor {
  const h = layerNorm(x);
  const [q, k, v] = [matmul(h, params.q), matmul(h, params.k), matmul(h, params.v)];
  const scores = softmax(matmul(q, k, { transposeB: true, alpha: 1 / Math.sqrt(5) }));
  return mean(square(add(x, gelu(matmul(scores, v)))));
}

describe("lower", () => {
  it.each(["float32", "float64"] as const)("without com.microsoft gives the same numbers and plain ONNX, in %s", async (dtype) => {
    const square5 = { dtype, shape: [5, 5] } as const;
    const specs = [
      { q: square5, k: square5, v: square5 },
      { dtype, shape: [2, 7, 5] },
    ] as const;
    const program = trace(
      (params: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor }, x: Tensor) => grad(block)(params, x),
      specs,
    );
    const feeds = Object.fromEntries(
      program.inputs.map(({ name, tensor }, i) => [name, tensorData(dtype, tensor.shape, spread(sizeOf(tensor.shape), 40 * i))]),
    );
    const run = async (contrib: boolean): Promise<readonly Float64Array[]> => {
      const model = lower(program, { contrib });
      checkModel(model);
      expect(Object.keys(model.opsets)).toEqual(contrib ? ["", "com.microsoft"] : [""]);
      expect(model.graph.nodes.some(({ domain }) => domain === "com.microsoft")).toBe(contrib);
      await using session = await createSession(model);
      const results = await session.run(feeds);
      return program.outputs.map(({ name }) => toNumbers(results[name] as TensorData));
    };
    const [fused, plain] = [await run(true), await run(false)];
    const args = [{ q: feeds["arg0.q"], k: feeds["arg0.k"], v: feeds["arg0.v"] }, feeds.arg1];
    const reference = evaluate(program, args) as Readonly<Record<"q" | "k" | "v", TensorData>>;
    program.outputs.forEach(({ name }, k) => {
      const tolerance = { precision: dtype, factor: 20, reason: "a gradient through a block of eight operators" } as const;
      expectClose(fused[k] as Float64Array, plain[k] as Float64Array, tolerance);
      expectClose(plain[k] as Float64Array, toNumbers(reference[name as "q" | "k" | "v"]), tolerance);
    });
  });

  it("survives writing and reading", () => {
    const model = lower(
      trace(
        (x: Tensor) => loop((h: Tensor) => ({ carry: matmul(h, exp(x)), results: sum(h) }), x, { count: 3 }),
        [{ dtype: "float32", shape: [3, 3] }],
      ),
    );
    expect(decodeModel(encodeModel(model)).graph.nodes).toEqual(model.graph.nodes);
  });

  it("keeps the names of inputs and outputs, also of an input that is an output, twice", async () => {
    const program = trace(
      (x: Tensor, unused: Tensor) => ({ a: x, b: x, c: exp(x), d: exp(x), one: constant(1), u: unused.shape.length === 2 ? x : unused }),
      [matrix, matrix],
      {
        names: ["x", "unused"],
      },
    );
    const model = lower(program);
    checkModel(model);
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(["x", "unused"]);
    await using session = await createSession(model);
    const x = tensorData("float32", [2, 3], [0, 1, 2, 3, 4, 5]);
    const results = await session.run({ x, unused: x });
    expect(Object.keys(results).sort()).toEqual(["a", "b", "c", "d", "one", "u"]);
    expect(results.a?.data).toEqual(x.data);
    expect(results.b?.data).toEqual(x.data);
    expect(results.d?.data).toEqual(results.c?.data);
    expect(results.one).toEqual(tensorData("float32", [], [1]));
  });

  it("names dynamic dimensions", () => {
    const model = lower(trace((x: Tensor) => [reshape(x, [-1]), exp(x)], [{ dtype: "float32", shape: ["batch", "seq", 2] }]));
    expect(model.graph.inputs[0]?.shape).toEqual(["batch", "seq", 2]);
    expect(model.graph.outputs.map(({ shape }) => shape)).toEqual([["2_batch_seq"], ["batch", "seq", 2]]);
  });

  it("names dynamic dimensions inside loops", () => {
    const program = trace(
      (x: Tensor) => loop((h: Tensor) => ({ carry: exp(h), results: h }), x, { count: 2 }),
      [{ dtype: "float32", shape: ["batch"] }],
    );
    const body = lower(program).graph.nodes.find(({ op }) => op === "Loop")?.attributes?.body;
    const graph = body !== undefined && "graph" in body ? body.graph : undefined;
    expect(graph?.inputs.map(({ shape }) => shape)).toEqual([[], [], ["batch"]]);
    expect(graph?.outputs.map(({ shape }) => shape)).toEqual([[], ["batch"], ["batch"]]);
  });

  it("makes zeros of a product over an empty axis, which ONNX Runtime would leave unset", () => {
    const program = trace(
      (a: Tensor, b: Tensor) => matmul(a, b),
      [
        { dtype: "float64", shape: [2, 0] },
        { dtype: "float64", shape: [0, 3] },
      ],
    );
    expect(program.nodes.map(({ primitive }) => primitive.name)).toEqual(["constant", "broadcastTo"]);
    expect(program.outputs[0]?.tensor.shape).toEqual([2, 3]);
  });

  it("shares equal constants and stores no expansion", () => {
    const program = trace(
      (x: Tensor) => [add(x, 2), mul(exp(x), 2), sub(square(x), 2), transpose(x)],
      [{ dtype: "float32", shape: [100, 100] }],
    );
    const { initializers } = lower(program).graph;
    expect(initializers.every(({ value }) => value.data.length === 1)).toBe(true);
    expect(initializers.filter(({ value }) => value.dtype === "float32" && value.data[0] === 2).length).toBeLessThanOrEqual(1);
  });

  it("is the same for every trace of one function", () => {
    const bytes = (): Uint8Array =>
      encodeModel(lower(trace((x: Tensor) => grad((z: Tensor) => sum(softmax(matmul(z, z, { transposeB: true }))))(x), [matrix])));
    expect(bytes()).toEqual(bytes());
  });

  it("writes its options into the model", () => {
    const program = trace((x: Tensor) => exp(x), [matrix]);
    expect(lower(program)).toMatchObject({ opsets: { "": 21 }, producer: "attnlab", graph: { name: "attnlab" } });
    const model = lower(program, { opset: 18, name: "net", metadata: { step: "3" } });
    expect(model).toMatchObject({ opsets: { "": 18 }, graph: { name: "net" }, metadata: { step: "3" } });
    expect(opsOf(model)).toEqual(["Exp"]);
  });

  it("runs at its oldest opset", async () => {
    const program = trace((x: Tensor) => grad((z: Tensor) => sum(mul(layerNorm(z), softmax(z))))(x), [matrix]);
    await using session = await createSession(lower(program, { opset: 18 }));
    const x = tensorData("float32", [2, 3], [0, 1, 3, 3, 4, 4.5]);
    const results = await session.run({ arg0: x });
    expectClose(toNumbers(results.output as TensorData), toNumbers(evaluate(program, [x])), { precision: "float32" });
  });

  it("refuses bad options", () => {
    const program = trace((x: Tensor) => exp(x), [matrix]);
    expect(() => lower(program, { opset: 17 })).toThrow(
      new OptionError("lower: opset must be a whole number >= 18; got 17. Opset of the standard domain."),
    );
    expect(() => lower(program, { name: "" })).toThrow(OptionError);
    // @ts-expect-error: strings only
    expect(() => lower(program, { metadata: { step: 3 } })).toThrow("lower: metadata must be an object of strings; got { step }.");
    // @ts-expect-error: no such option
    expect(() => lower(program, { fuse: true })).toThrow('lower: every option must be known; got "fuse".');
  });
});
