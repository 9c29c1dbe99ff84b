import { tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expectClose, loadGolden } from "@attnlab/testing";
import { afterAll, describe, expect, test } from "vitest";
import {
  type AttentionInput,
  type AttentionResult,
  type CommonAttentionOptions,
  cellAttention,
  createAttentionKernel,
  exactAttention,
  knnAttention,
  topKAttention,
} from "../src/node/index.ts";
import { smallHead } from "./small-head.ts";

interface Values {
  readonly shape: number[];
  readonly values: number[];
}
type Row = { readonly output: Values; readonly lse: Values };
type Golden = Record<"query" | "key" | "value" | "mask", Values> & { readonly top: number } & Record<
    "plain" | "scaled" | "causal" | "padding" | "causalPadding" | "topK",
    Row
  >;

const golden = loadGolden<Golden>(new URL("golden/knn-attention.json", import.meta.url));
const kernel = await createAttentionKernel();
afterAll(() => kernel.dispose());
const FLOAT32 = { precision: "float32", purpose: "golden" } as const;

const float = ({ shape, values }: Values) => tensorData("float32", shape, values);
const input: AttentionInput = { query: float(golden.query), key: float(golden.key), value: float(golden.value) };
const keyMask = tensorData("bool", golden.mask.shape, golden.mask.values);
const keys = golden.key.shape[2] as number;

type Attention = (input: AttentionInput, options: CommonAttentionOptions) => Promise<AttentionResult>;
const EXACT: readonly (readonly [string, Attention])[] = [
  ["exactAttention", exactAttention],
  ["cellAttention with few keys", (x, options) => cellAttention(x, { ...options, rng: createRng(1) })],
  ["topKAttention of all keys", (x, options) => topKAttention(x, { ...options, k: keys })],
  [
    "knnAttention with all other keys in the tail",
    (x, options) => knnAttention(x, { ...options, k: 3, tail: keys - 3, rng: createRng(1) }),
  ],
];

function expectRow({ output, lse }: AttentionResult, row: Row): void {
  expect([output.shape, lse.shape]).toEqual([row.output.shape, row.lse.shape]);
  expectClose(output.data, row.output.values, FLOAT32);
  expectClose(lse.data, row.lse.values, FLOAT32);
}

describe.each(EXACT)("%s equals PyTorch", (_name, attend) => {
  test.each([
    ["plain", {}],
    ["scaled", { scale: 0.9 }],
    ["causal", { causal: true }],
    ["padding", { keyMask }],
    ["causalPadding", { causal: true, keyMask }],
  ] as const)("%s", async (name, options) => {
    expectRow(await attend(input, { ...options, kernel }), golden[name]);
  });
});

test("topKAttention equals PyTorch", async () => {
  expectRow(await topKAttention(input, { k: golden.top, kernel }), golden.topK);
});

describe("the small case whose values are known to eight decimals", () => {
  const exact = [-0.07936794, 0.67157735, 1.28168628, -0.37303679, 2.46962182, -1.46962182, -0.68884289, 0.98295232];
  const causal = [1, 0, 0.80442968, 0.39114063, 0.70992477, 0.29007523, -0.68884289, 0.98295232];
  const top2 = [-0.3395231, 0.66976155, 2, -1, 2.60885937, -1.60885937, -0.7859164, 0.8929582];

  test.each(EXACT.filter(([name]) => !name.startsWith("knn") && !name.startsWith("topK")))("%s", async (_name, attend) => {
    expectClose((await attend(smallHead, { kernel })).output.data, exact, FLOAT32);
    expectClose((await attend(smallHead, { causal: true, kernel })).output.data, causal, FLOAT32);
  });

  test("top 2, with and without a tail of all others", async () => {
    const { output } = await topKAttention(smallHead, { k: 2, kernel });
    expectClose(output.data, top2, FLOAT32);
    const whole = await knnAttention(smallHead, { k: 2, tail: 2, rng: createRng(1), kernel });
    expectClose(whole.output.data, exact, FLOAT32);
    expect(whole.heads[0]?.tailQueries).toBe(4);
  });
});
