import { tensorData, toNumbers } from "@attnlab/check";
import { add, evaluate, matmul, relu, specOf, sum, type Tensor, trace } from "@attnlab/graph";
import { decodeModel } from "@attnlab/onnx";
import { createSession } from "@attnlab/runtime/node";
import { expectClose, loadGolden, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors, exportModel } from "../src/index.ts";

const params = {
  w: tensorData("float32", [3, 5], Float32Array.from(spread(15))),
  b: tensorData("float32", [5], Float32Array.from(spread(5, 3))),
};
const predict = (p: { readonly w: Tensor; readonly b: Tensor }, { x }: { readonly x: Tensor }): Readonly<Record<string, Tensor>> => {
  const scores = relu(add(matmul(x, p.w), p.b));
  return { scores, total: sum(scores, 1) };
};

describe("exportModel", () => {
  const bytes = exportModel({ predict, params, inputs: { x: { dtype: "float32", shape: ["batch", 3] } }, metadata: { made: "by a test" } });

  it("keeps names, the dynamic batch and plain operators", () => {
    const model = decodeModel(bytes);
    expect(model.graph.inputs).toEqual([{ name: "x", dtype: "float32", shape: ["batch", 3] }]);
    expect(model.graph.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ["scores", ["batch", 5]],
      ["total", ["batch"]],
    ]);
    expect(Object.keys(model.opsets)).toEqual([""]);
    expect(model.metadata).toEqual({ made: "by a test" });
  });

  it("gives the numbers of the traced function at any batch size", async () => {
    await using session = await createSession(bytes);
    for (const n of [1, 7]) {
      const x = tensorData("float32", [n, 3], Float32Array.from(spread(3 * n, 11)));
      const expected = evaluate(
        trace((p: { w: Tensor; b: Tensor }, inputs: { x: Tensor }) => predict(p, inputs), [specOf(params), specOf({ x })]),
        [params, { x }],
      );
      const got = await session.run({ x });
      expectClose(toNumbers(got.scores as never), toNumbers(expected.scores as never), { precision: "float32" });
      expectClose(toNumbers(got.total as never), toNumbers(expected.total as never), { precision: "float32" });
    }
  });

  it("refuses missing options", () => {
    expect(() => exportModel({ predict, params } as never)).toThrow("exportModel: inputs must be a tree of { dtype, shape }; got nothing.");
  });
});

describe("safetensors", () => {
  const golden = loadGolden<{ readonly base64: string }>(new URL("golden/safetensors.json", import.meta.url));

  it("reads what the reference implementation writes", () => {
    const { tensors, metadata } = decodeSafetensors(Buffer.from(golden.base64, "base64"));
    expect(metadata).toEqual({ made: "here" });
    expect(tensors.weight).toEqual(tensorData("float32", [2, 2], [1.5, -2.25, 0.1, 3e-8]));
    expect(tensors.ids).toEqual({ dtype: "int64", shape: [2], data: BigInt64Array.of(2n ** 53n + 1n, -7n) });
    expect(tensors.flags).toEqual(tensorData("bool", [3], [1, 0, 1]));
    expect(tensors.scalar).toEqual(tensorData("float64", [], [0.1]));
    expect(tensors.counts).toEqual(tensorData("uint32", [2], [4294967295, 5]));
  });

  it("reads what it writes", () => {
    const { tensors } = decodeSafetensors(Buffer.from(golden.base64, "base64"));
    expect(decodeSafetensors(encodeSafetensors({ tensors, metadata: { a: "b" } }))).toEqual({ tensors, metadata: { a: "b" } });
  });

  it("refuses files that are cut off or hold something else", () => {
    const bytes = new Uint8Array(Buffer.from(golden.base64, "base64"));
    expect(() => decodeSafetensors(bytes.subarray(0, 5))).toThrow("safetensors: at least 8 bytes; got 5 bytes.");
    expect(() => decodeSafetensors(bytes.subarray(0, bytes.length - 1))).toThrow("must fit its shape and the file");
    expect(() => decodeSafetensors(new TextEncoder().encode("not a safetensors file"))).toThrow("inside the file");
    const noJson = bytes.slice();
    noJson[8] = 0x5b;
    expect(() => decodeSafetensors(noJson)).toThrow("a JSON object as header");
  });
});
