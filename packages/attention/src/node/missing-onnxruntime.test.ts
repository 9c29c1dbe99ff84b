import { registerHooks } from "node:module";
import { NotFoundError, tensorData } from "@attnlab/check";
import { expect, test } from "vitest";
import { exactAttention } from "./exact-attention.ts";

const x = tensorData("float32", [1, 1, 1, 1], [1]);
const input = { query: x, key: x, value: x };

test("a missing onnxruntime-node is named, with the command that installs it, and nothing else is broken", async () => {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === "onnxruntime-node") throw new Error(`Cannot find module '${specifier}'\nRequire stack:\n- somewhere`);
      return next(specifier, context);
    },
  });
  try {
    const failure = await exactAttention(input).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotFoundError);
    expect((failure as Error).message).toMatch(
      /^@attnlab\/runtime\/node: onnxruntime-node must be installed and support this platform; got Cannot find module 'onnxruntime-node'\. Run: npm i onnxruntime-node@\d+\.\d+\.\d+$/,
    );
  } finally {
    hooks.deregister();
  }
  expect((await exactAttention(input)).output.data).toEqual(Float32Array.of(1));
});
