import type { AttentionInput, FloatTensor } from "@attnlab/attention/node";
import { tensorData } from "@attnlab/check";

/** Problems of one head each, `[1, 1, tokens, dim]`, as the heads of one: `[1, heads, tokens, dim]`. */
export function joinHeads(inputs: readonly AttentionInput[]): AttentionInput {
  const join = (name: keyof AttentionInput): FloatTensor => {
    const parts = inputs.map((input) => input[name]);
    const [, , tokens, width] = (parts[0] as FloatTensor).shape as [number, number, number, number];
    const data = new Float32Array(inputs.length * tokens * width);
    parts.forEach((part, head) => {
      data.set(part.data, head * tokens * width);
    });
    return tensorData("float32", [1, inputs.length, tokens, width], data);
  };
  return { query: join("query"), key: join("key"), value: join("value") };
}
