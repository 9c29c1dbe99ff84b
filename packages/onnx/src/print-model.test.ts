import { tensorData } from "@attnlab/check";
import { expect, test } from "vitest";
import { BAD, GOOD } from "../test/models.ts";
import type { OnnxModel } from "./model.ts";
import { printModel } from "./print-model.ts";

const model = (name: string): OnnxModel => GOOD[name]?.model as OnnxModel;

test("a graph reads like a program", () => {
  expect(printModel(model("linear"))).toMatchInlineSnapshot(`
    "model: opsets ai.onnx 21; ir 10; producer "attnlab"
    graph linear(x: float32[batch, 3]) -> (y: float32[batch, 2]) {
      const weight: float32[2, 3] = [1, -2, 3, 0.5, 0.25, -1]
      const bias: float32[2] = [0.125, -0.5]
      h = Gemm(x, weight, bias) { transB: 1, alpha: 0.5 }  # affine
      y = LeakyRelu(h) { alpha: 0.1 }
    }
    "
  `);
});

test("a subgraph is indented under its node", () => {
  expect(printModel(model("loop"))).toMatchInlineSnapshot(`
    "model: opsets ai.onnx 21; ir 10; producer "attnlab"
    graph main(start: float32[2]) -> (total: float32[2], history: float32[?, 2]) {
      const true: bool[] = 1
      const trips: int64[] = 20
      const limit: float32[] = 100
      total, history = Loop(trips, true, start)  # grow
        body = graph body(step: int64[], going: bool[], carried: float32[2]) -> (again: bool[], next: float32[2], seen: float32[2]) {
          next = Add(carried, carried)
          sum = ReduceSum(next, _) { keepdims: 0 }
          again = Less(sum, limit)
          seen = Identity(next)
        }
    }
    "
  `);
});

test("constants and attributes of every kind", () => {
  expect(printModel(model("everyKind"))).toMatchInlineSnapshot(`
    "model: opsets ai.onnx 21; ir 10; producer "attnlab"
    graph main() -> (c: float64[2], f: float32[2], i: int64[3], m: int32[3], r: float32[1, 1, 2, 4], s: uint32[2]) {
      const mask: bool[3] = [1, 0, 1]
      const picture: float32[1, 1, 1, 2] = [7, 11]
      const scales: float32[4] = [1, 1, 2, 2]
      const u: uint32[2] = [3, 31]
      c = Constant() { value: float64[2] = [3.141592653589793, -0] }
      f = Constant() { value_floats: [1.5, -2.25] }
      i = Constant() { value_ints: [-1, 0, 1099511627776] }
      m = Cast(mask) { to: 6 }
      r = Resize(picture, _, scales) { mode: "nearest" }
      s = BitShift(u, u) { direction: "LEFT" }
    }
    "
  `);
});

test("the head shows what is given, and long constants their size", () => {
  const value = tensorData(
    "float32",
    [3, 5],
    Array.from({ length: 15 }, (_, i) => i / 10),
  );
  const graph = { name: "g", nodes: [], initializers: [{ name: "w", value }], inputs: [], outputs: [] };
  const opsets = { "": 21, "com.microsoft": 1 };
  expect(printModel({ opsets, graph, doc: "two\nlines", metadata: { source: 'a "b"' } })).toMatchInlineSnapshot(`
    "model: opsets ai.onnx 21, com.microsoft 1
    # two
    # lines
    metadata "source": "a \\"b\\""
    graph g() -> () {
      const w: float32[3, 5] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, … 15 in all]
    }
    "
  `);
});

test("different models print differently", () => {
  const texts = [...Object.values(GOOD), ...Object.values(BAD)].map((one) => printModel(one.model));
  expect(new Set(texts).size).toBe(texts.length);
});
