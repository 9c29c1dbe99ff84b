import { tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expectClose, loadGolden } from "@attnlab/testing";
import { afterAll, describe, expect, test } from "vitest";
import {
  type AttentionInput,
  type AttentionResult,
  type CommonAttentionOptions,
  createAttentionKernel,
  hyperAttention,
  linearAttention,
  performerAttention,
  reformerAttention,
  routingAttention,
} from "../src/node/index.ts";

interface Values {
  readonly shape: number[];
  /** `null` for minus infinity. */
  readonly values: (number | null)[];
}
type Row = { readonly output: Values; readonly lse: Values };
const CASES = ["plain", "scaled", "causal", "padding", "causalPadding"] as const;
type Cases = Record<(typeof CASES)[number], Row>;
type Golden = Record<"query" | "key" | "value" | "mask" | "centroids" | "rotations" | "projection" | "directions", Values> & {
  readonly chunk: number;
  readonly block: number;
} & Record<"hyper" | "linear" | "performer" | "routing" | "routingNearest" | "reformer", Cases>;

const golden = loadGolden<Golden>(new URL("golden/baselines.json", import.meta.url));
const kernel = await createAttentionKernel();
afterAll(() => kernel.dispose());
const FLOAT32 = { precision: "float32", purpose: "golden" } as const;

const numbers = ({ values }: Values): number[] => values.map((value) => value ?? Number.NEGATIVE_INFINITY);
const float = (tensor: Values) => tensorData("float32", tensor.shape, numbers(tensor));
const input: AttentionInput = { query: float(golden.query), key: float(golden.key), value: float(golden.value) };
const keyMask = tensorData("bool", golden.mask.shape, numbers(golden.mask));
const OPTIONS: Record<(typeof CASES)[number], CommonAttentionOptions> = {
  plain: {},
  scaled: { scale: 0.9 },
  causal: { causal: true },
  padding: { keyMask },
  causalPadding: { causal: true, keyMask },
};

type Attention = (options: CommonAttentionOptions) => Promise<AttentionResult>;
const METHODS: readonly (readonly [string, Attention, Cases])[] = [
  ["linearAttention", (options) => linearAttention(input, options), golden.linear],
  ["performerAttention", (options) => performerAttention(input, { ...options, projection: float(golden.projection) }), golden.performer],
  ["routingAttention", (options) => routingAttention(input, { ...options, centroids: float(golden.centroids) }), golden.routing],
  [
    "routingAttention to the nearest centroid",
    (options) => routingAttention(input, { ...options, centroids: float(golden.centroids), membership: "nearest" }),
    golden.routingNearest,
  ],
  [
    "hyperAttention without a sample",
    (options) =>
      hyperAttention(input, { ...options, directions: float(golden.directions), blockSize: golden.block, samples: 0, rng: createRng(1) }),
    golden.hyper,
  ],
  [
    "reformerAttention",
    (options) => reformerAttention(input, { ...options, rotations: float(golden.rotations), chunkSize: golden.chunk }),
    golden.reformer,
  ],
];

describe.each(METHODS)("%s equals numpy", (_name, attend, cases) => {
  test.each(CASES)("%s", async (name) => {
    const { output, lse } = await attend({ ...OPTIONS[name], kernel });
    const row = cases[name];
    expect([output.shape, lse.shape]).toEqual([row.output.shape, row.lse.shape]);
    expectClose(output.data, numbers(row.output), FLOAT32);
    expectClose(lse.data, numbers(row.lse), FLOAT32);
  });
});

test("the cases have what they are for: rows without a key, routed tokens that share several clusters, lonely tokens", () => {
  expect(golden.routing.causalPadding.lse.values).toContain(null);
  expect(golden.reformer.causalPadding.lse.values).toContain(null);
  expect(golden.routing.plain.output.values).not.toEqual(golden.routingNearest.plain.output.values);
});
