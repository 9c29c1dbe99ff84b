import { tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { afterAll, describe, expect, test } from "vitest";
import { naiveAttention, randomInput } from "../../test/naive-attention.ts";
import type { AttentionInput } from "./attention-input.ts";
import { createAttentionKernel } from "./attention-kernel.ts";
import { exactAttention } from "./exact-attention.ts";

const kernel = await createAttentionKernel();
afterAll(() => kernel.dispose());

const FLOAT32 = { precision: "float32", factor: 10, reason: "sums of up to a thousand float32 terms, logits of size 10" } as const;

describe("exactAttention equals naive loops", () => {
  test.each([
    ["two sequences of three heads", [2, 3], 5, 7, 11, 13],
    ["one matrix", [], 17, 19, 3, 5],
    ["several blocks of queries and tiles of keys", [1], 701, 1031, 7, 3],
    ["enough tiles for the larger graph", [1], 257, 2503, 5, 2],
  ] as const)("%s", async (_name, leading, queries, keys, headDim, valueDim) => {
    const input = randomInput(createRng(1), [...leading], { queries, keys, headDim, valueDim });
    const hidden = tensorData(
      "bool",
      [keys],
      Uint8Array.from({ length: keys }, (_, i) => (i % 5 === 2 ? 0 : 1)),
    );
    const options = [
      {},
      { scale: 0.3 },
      { keyMask: hidden },
      ...(queries <= keys ? [{ causal: true }, { causal: true, keyMask: hidden }] : []),
    ];
    for (const option of options) {
      const { output, lse } = await exactAttention(input, { ...option, kernel });
      const naive = naiveAttention(input, option);
      expectClose(output.data, naive.output, FLOAT32);
      expectClose(lse.data, naive.lse, FLOAT32);
      expect(output.shape).toEqual([...leading, queries, valueDim]);
      expect(lse.shape).toEqual([...leading, queries]);
    }
  });
});

describe("exactAttention with large scores", () => {
  // Standard deviation 8 to 3e37 of the components: beyond a few hundred the first shift fails, beyond 1e19 scores overflow float32.
  test.each([8, 50, 1e4, 1e18, 3e37])("components of size %d", async (size) => {
    const input = randomInput(createRng(3), [2], { queries: 67, keys: 331, headDim: 7, valueDim: 3 });
    const scaled: AttentionInput = {
      ...input,
      query: { ...input.query, data: input.query.data.map((x) => Math.fround(x * size)) },
      key: { ...input.key, data: input.key.data.map((x) => Math.fround(x * size)) },
    };
    for (const causal of [false, true]) {
      const { output } = await exactAttention(scaled, { scale: 1, causal, kernel });
      expect(output.data.every(Number.isFinite)).toBe(true);
      // Two keys of nearly the same score share the weight by digits that float32 does not have.
      const naive = naiveAttention(scaled, { scale: 1, causal });
      const off = output.data.filter((x, i) => Math.abs(x - (naive.output[i] as number)) > 1e-3).length;
      expect(off / output.data.length).toBeLessThan(size > 100 ? 0.03 : 0.001);
    }
  });

  test("one key far above the others, outside the sample that sets the shift", async () => {
    const input = randomInput(createRng(4), [1], { queries: 300, keys: 1000, headDim: 5, valueDim: 2 });
    const key = input.key.data.slice();
    const query = input.query.data.map(Math.abs);
    key.fill(200, 777 * 5, 778 * 5);
    const strong = { ...input, query: { ...input.query, data: query }, key: { ...input.key, data: key } };
    const { output } = await exactAttention(strong, { kernel });
    expectClose(output.data, naiveAttention(strong, {}).output, FLOAT32);
  });
});
