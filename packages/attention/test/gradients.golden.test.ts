import { tensorData } from "@attnlab/check";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { type AttentionGradientInput, attentionGradExact, attentionGradTopK } from "../src/node/index.ts";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const golden = loadGolden<{
  readonly cases: readonly {
    readonly name: string;
    readonly options: { readonly scale?: number; readonly causal: boolean; readonly k?: number; readonly keyMask?: Values };
    readonly inputs: Readonly<Record<keyof AttentionGradientInput, Values>>;
    readonly results: Readonly<Record<"output" | "lse" | "query" | "key" | "value", Values>>;
  }[];
}>(new URL("golden/attention-gradients.json", import.meta.url));

describe("gradients equal those of PyTorch's autograd", () => {
  test.each(golden.cases)("$name", async ({ inputs, options, results }) => {
    const tensor = ({ shape, values }: Values) => tensorData("float32", shape, values);
    const input: AttentionGradientInput = {
      query: tensor(inputs.query),
      key: tensor(inputs.key),
      value: tensor(inputs.value),
      outputGradient: tensor(inputs.outputGradient),
    };
    const { k, keyMask, ...rest } = options;
    const common = { ...rest, ...(keyMask === undefined ? {} : { keyMask: tensorData("bool", keyMask.shape, keyMask.values) }) };
    const keys = inputs.key.shape.at(-2) as number;
    const found = [await attentionGradTopK(input, { ...common, k: k ?? keys })];
    if (k === undefined) found.push(await attentionGradExact(input, common));
    for (const gradients of found) {
      for (const name of ["query", "key", "value"] as const) {
        expect(gradients[name].shape).toEqual(results[name].shape);
        expectClose(gradients[name].data, results[name].values, { precision: "float32", purpose: "golden" });
      }
    }
  });
});
