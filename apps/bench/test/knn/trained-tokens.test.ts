import { exactAttention } from "@attnlab/attention/node";
import { describe, expect, test } from "vitest";
import { trainedTokens } from "../../experiments/knn/trained-tokens.ts";

describe("queries and keys of a trained GPT", () => {
  test("are the end of one row of tokens, whatever its length, and the same every time", async () => {
    const short = await trainedTokens({ tokens: 256, steps: 2 });
    const long = await trainedTokens({ tokens: 4096 + 512, steps: 2 });
    for (const name of ["query", "key", "value"] as const) {
      expect(short[name].shape).toEqual([1, 2, 256, 32]);
      expect(long[name].shape).toEqual([1, 2, 4608, 32]);
      for (const head of [0, 1]) {
        const end = long[name].data.subarray((head * 4608 + 4352) * 32, (head + 1) * 4608 * 32);
        expect(short[name].data.subarray(head * 256 * 32, (head + 1) * 256 * 32)).toEqual(end);
      }
    }
    const { output } = await exactAttention(short);
    expect(output.data.some((v) => v !== 0)).toBe(true);
  });

  test("layers differ, and too many tokens are refused", async () => {
    const [first, last] = [await trainedTokens({ tokens: 256, steps: 1, layer: 0 }), await trainedTokens({ tokens: 256, steps: 1 })];
    expect(first.query.data).not.toEqual(last.query.data);
    await expect(trainedTokens({ tokens: 1e7, steps: 1 })).rejects.toThrow(
      /^trainedTokens: tokens must be at most the \d+ characters of the text/,
    );
    await expect(trainedTokens({ tokens: 256, layer: 2 })).rejects.toThrow("trainedTokens: layer must be");
  });
});
