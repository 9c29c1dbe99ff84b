import { createHash } from "node:crypto";
import { FormatError } from "@attnlab/check";
import { checkModel, decodeModel, encodeModel, printModel } from "@attnlab/onnx";
import { loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { BAD, GOOD } from "./models.ts";

interface Verdicts {
  readonly good: Readonly<Record<string, { readonly sha256: string; readonly checker: string }>>;
  readonly bad: Readonly<Record<string, "accepted" | "rejected">>;
}

interface Tensors {
  readonly bytes: string;
  readonly initializers: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;
}

interface OfficialModels {
  readonly rawTensors: Tensors;
  readonly typedTensors: Tensors;
  readonly structure: { readonly bytes: string };
  readonly refused: Readonly<Record<string, string>>;
}

const verdicts = loadGolden<Verdicts>(new URL("golden/official-checker.json", import.meta.url));
const official = loadGolden<OfficialModels>(new URL("golden/official-models.json", import.meta.url));
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

describe("our models and the official checker", () => {
  it.each(Object.keys(GOOD))("%s: the bytes it accepted, and our checker too", (name) => {
    const model = GOOD[name]?.model as (typeof GOOD)[string]["model"];
    expect(createHash("sha256").update(encodeModel(model)).digest("hex")).toBe(verdicts.good[name]?.sha256);
    expect(verdicts.good[name]?.checker).toBe("accepted");
    expect(() => checkModel(model)).not.toThrow();
  });

  it.each(Object.keys(BAD))("%s: our checker names the mistake", (name) => {
    const { model, message } = BAD[name] as (typeof BAD)[string];
    expect(() => checkModel(model)).toThrow(FormatError);
    expect(() => checkModel(model)).toThrow(message);
  });

  it("every bad model was judged, and ours is the stricter checker in three cases", () => {
    expect(Object.keys(verdicts.bad).sort()).toEqual(Object.keys(BAD).sort());
    const onlyOurs = Object.keys(verdicts.bad).filter((name) => verdicts.bad[name] === "accepted");
    expect(onlyOurs.sort()).toEqual(["defaultOfOtherType", "sameNodeName", "sameOutputTwice"]);
  });
});

describe("models of the official package", () => {
  it.each(["rawTensors", "typedTensors"] as const)("%s: every dtype", (kind) => {
    const { bytes, initializers } = official[kind];
    const model = decodeModel(bytesOf(bytes));
    checkModel(model);
    expect(model.producer).toBe("official");
    expect(model.doc).toBe("naïve – Δ");
    expect(model.metadata).toEqual({ key: "välue" });
    for (const { name, value } of model.graph.initializers) {
      expect(value.dtype).toBe(name);
      expect(value.shape).toEqual(initializers[name]?.shape);
      expect(Array.from(value.data, Number), name).toEqual(initializers[name]?.data);
    }
    expect(model.graph.initializers).toHaveLength(6);
  });

  it("structure: attributes, axes, omitted values and subgraphs", () => {
    expect(printModel(decodeModel(bytesOf(official.structure.bytes)))).toMatchInlineSnapshot(`
      "model: opsets ai.onnx 21, com.microsoft 1; ir 10; producer "official"
      # naïve – Δ
      metadata "key": "välue"
      graph structure(x: float32[batch, ?, 3], c: bool[]) -> (y: float32[]) {
        y = If(c)  # choice
          else_branch = graph else() -> (b2: float32[]) {
            b2 = Neg(x)
          }
          then_branch = graph then() -> (b: float32[]) {
            b = Relu(x)
          }
        _, z = com.microsoft.Every(x, _, y) { f: 0.1, floats: [0.25, -3.0], i: -7, ints: [-1, 1099511627776], s: "text", strings: ["a","é"], t: int32[2] = [5, 6] }
      }
      "
    `);
  });

  it.each([
    ["float16", /the element type of tensor "h" must be one of float32, .*; got float16/],
    ["stringInput", /the element type of "x" must be one of .*; got string/],
    ["sequence", /got "x" without a tensor type/],
    ["noShape", /got "x" without a shape. Run ONNX shape inference/],
    ["externalData", /the values of tensor "w" must be in the file itself; got data in another file/],
    ["sparse", /got a sparse tensor/],
    ["function", /got model-local functions. Inline them/],
    ["typeAttribute", /got attribute "types" of kind 13/],
  ])("refuses %s by name", (name, message) => {
    const bytes = bytesOf(official.refused[name] as string);
    expect(() => decodeModel(bytes)).toThrow(FormatError);
    expect(() => decodeModel(bytes)).toThrow(message);
  });
});
