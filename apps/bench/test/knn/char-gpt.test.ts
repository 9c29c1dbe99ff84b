import { attend, topKAttend } from "@attnlab/attention";
import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, mapTree, sliceAxis, type Tensor, trace } from "@attnlab/graph";
import { type CharGptParams, charGpt, initCharGpt } from "@attnlab/models";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { experiment } from "../../experiments/knn/char-gpt.ts";
import { compileCharGptScore } from "../../experiments/knn/char-gpt-evaluation.ts";
import { returnedRatios, switchedRatios, trainedRatios } from "../../experiments/knn/char-gpt-ratios.ts";
import { configOf, randomWindows, trainCharGpt } from "../../experiments/knn/char-gpt-training.ts";
import { type MetricRow, type Results, summarize } from "../../src/experiment/index.ts";
import { verdictOf } from "../mirror-descent/claim-verdict.ts";

type Curve = readonly (readonly [step: number, value: number])[];

let run = 0;
const rowsOf = (k: number, metric: string, curve: Curve, series = ""): MetricRow[] => {
  run++;
  return curve.map(([step, value]) => ({ run, params: { k }, seed: 1, series, step, metric, value }));
};
const flat = (value: number): Curve => [
  [500, value],
  [1000, value],
  [2000, value],
];
const verdict = (id: string, rows: readonly MetricRow[], { keys = [5], steps = 2000 }: { keys?: readonly number[]; steps?: number } = {}) =>
  verdictOf(experiment.claims, id, { rows, seeds: [1], scale: "full", params: { keys, steps } } as Results);

const exact = rowsOf(0, "perplexity", flat(10));

describe("verdicts", () => {
  test("ratios are taken seed by seed and step by step", () => {
    const rows = [
      ...exact,
      ...rowsOf(5, "perplexity", [
        [500, 15],
        [2000, 11],
      ]),
      ...rowsOf(0, "switchedPerplexity", [[2000, 12]], "5"),
      ...rowsOf(5, "switchedPerplexity", [[2000, 13]], "5"),
    ];
    const values = (of: typeof trainedRatios): readonly number[] => of(rows, 5).map(({ value }) => value);
    expect(values(trainedRatios)).toEqual([1.5, 1.1]);
    expect(values(switchedRatios)).toEqual([1.2]);
    expect(values(returnedRatios)).toEqual([1.3]);
  });

  test("matched steps: the worst ratio of the second half decides", () => {
    const trained = (late: number): MetricRow[] => [
      ...exact,
      ...rowsOf(5, "perplexity", [
        [500, 20],
        [1000, late],
        [2000, 10],
      ]),
    ];
    expect(verdict("matched-steps", trained(10.3))).toBe("holds");
    expect(verdict("matched-steps", trained(10.5))).toBe("fails");
    expect(verdict("matched-steps", trained(10.3), { steps: 500 })).toBe("not run");
    expect(verdict("matched-steps", trained(10.3), { keys: [2] })).toBe("not run");
  });

  test("sixteen keys", () => {
    const with16 = (value: number): MetricRow[] => [...exact, ...rowsOf(16, "perplexity", flat(value))];
    expect(verdict("sixteen-keys", with16(10.05), { keys: [16] })).toBe("holds");
    expect(verdict("sixteen-keys", with16(10.2), { keys: [16] })).toBe("fails");
    const late = [
      ...exact,
      ...rowsOf(16, "perplexity", [
        [500, 20],
        [1000, 10.05],
        [2000, 10.14],
      ]),
    ];
    expect(verdict("sixteen-keys", late, { keys: [16] })).toBe("fails");
  });

  test("more keys lose less", () => {
    const rows = (at5: number): MetricRow[] => [
      ...exact,
      ...rowsOf(2, "perplexity", flat(12)),
      ...rowsOf(5, "perplexity", [
        [500, 20],
        [1000, at5],
        [2000, at5],
      ]),
      ...rowsOf(16, "perplexity", flat(10.1)),
    ];
    expect(verdict("more-keys", rows(11), { keys: [16, 2, 5] })).toBe("holds");
    expect(verdict("more-keys", rows(10), { keys: [16, 2, 5] })).toBe("fails");
  });

  test("switching at evaluation: below 2%, and below training with the same keys", () => {
    const rows = (trained: number, switched: number): MetricRow[] => [
      ...exact,
      ...rowsOf(5, "perplexity", flat(trained)),
      ...rowsOf(0, "switchedPerplexity", flat(switched), "5"),
    ];
    expect(verdict("switch", rows(10.5, 10.1))).toBe("holds");
    expect(verdict("switch", rows(10.5, 10.3))).toBe("fails");
    expect(verdict("switch", rows(10.05, 10.1))).toBe("fails");
  });

  test("errors: the largest grows, the signed mean is small, the relative one falls", () => {
    const errors = (largest: number, signed: number): MetricRow[] => [
      ...rowsOf(
        5,
        "maxError",
        [
          [500, 1],
          [2000, largest],
        ],
        "5",
      ),
      ...rowsOf(
        5,
        "signedError",
        [
          [500, 0.001],
          [2000, signed],
        ],
        "5",
      ),
    ];
    expect(verdict("error-grows", errors(2, -0.01))).toBe("holds");
    expect(verdict("error-grows", errors(0.9, -0.01))).toBe("fails");
    expect(verdict("error-grows", errors(2, -0.1))).toBe("fails");
    const relative = (error: number, mass: number): MetricRow[] => [
      ...rowsOf(
        5,
        "relativeError",
        [
          [500, 0.3],
          [2000, error],
        ],
        "5",
      ),
      ...rowsOf(
        5,
        "mass",
        [
          [500, 0.5],
          [2000, mass],
        ],
        "5",
      ),
    ];
    expect(verdict("mean-error-falls", relative(0.2, 0.6))).toBe("holds");
    expect(verdict("mean-error-falls", relative(0.4, 0.6))).toBe("fails");
    expect(verdict("mean-error-falls", relative(0.2, 0.4))).toBe("fails");
  });

  test("the bound: any excess beyond rounding refutes it", () => {
    expect(verdict("bound", rowsOf(5, "excess", flat(1e-6), "5"))).toBe("holds");
    expect(verdict("bound", [...rowsOf(5, "excess", flat(1e-6), "5"), ...rowsOf(2, "excess", flat(1e-4), "2")])).toBe("fails");
    expect(verdict("bound", [])).toBe("not run");
  });
});

const CONTEXT = 12;
const TEXT = Int32Array.from({ length: 400 }, (_, i) => (i * i + 3 * (i % 7)) % 65);
const WINDOWS = {
  heldOut: randomWindows(TEXT, { count: 3, context: CONTEXT }, createRng(1)),
  training: randomWindows(TEXT, { count: 3, context: CONTEXT }, createRng(2)),
};

/** Logits of a model, and what its attention met in both blocks, by the float64 interpreter. */
function watch(params: CharGptParams<TensorData>, windows: TensorData, k: number) {
  const program = trace(
    (weights: CharGptParams, tokens: Tensor) => {
      const blocks: (readonly Tensor[])[] = [];
      const config = configOf(CONTEXT, (query, key, value, options) => {
        blocks.push([query, key, value]);
        return k === 0 ? attend(query, key, value, options) : topKAttend(query, key, value, { ...options, k });
      });
      return { logits: charGpt(weights, { tokens: sliceAxis(tokens, 1, 0, CONTEXT) }, config), blocks };
    },
    [params, windows] as const,
  );
  const { logits, blocks } = evaluate(program, [params, windows]);
  return { logits: toNumbers(logits), blocks: blocks.map((block) => block.map(toNumbers)) };
}

function perplexityOf(logits: Float64Array, windows: TensorData): number {
  const ids = toNumbers(windows);
  const losses = Array.from({ length: 3 * CONTEXT }, (_, i) => {
    const row = logits.subarray(65 * i, 65 * i + 65);
    const target = ids[Math.floor(i / CONTEXT) * (CONTEXT + 1) + (i % CONTEXT) + 1] as number;
    return Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - (row[target] as number);
  });
  return Math.exp(summarize(losses).mean);
}

/** Attention over `k` keys of one row by its definition: output and share of the softmax. */
function naiveRow([query, key, value]: readonly Float64Array[], at: { group: number; row: number }, k: number) {
  const place = (data: Float64Array | undefined, row: number) =>
    (data as Float64Array).subarray(32 * (at.group * CONTEXT + row)).subarray(0, 32);
  const q = place(query, at.row);
  const scores = Array.from(
    { length: at.row + 1 },
    (_, j) => place(key, j).reduce((sum, x, t) => sum + x * (q[t] as number), 0) / Math.sqrt(32),
  );
  const order = scores.map((_, j) => j).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const weights = scores.map(Math.exp);
  const taken = order.slice(0, k);
  const total = taken.reduce((sum, j) => sum + (weights[j] as number), 0);
  const output = Float64Array.from({ length: 32 }, (_, t) =>
    taken.reduce((sum, j) => sum + ((weights[j] as number) / total) * (place(value, j)[t] as number), 0),
  );
  return { output, mass: total / weights.reduce((a, b) => a + b, 0) };
}

test.each([0, 2])("scores of a model with k = %i are those of the definitions", async (k) => {
  const drawn = initCharGpt(createRng(3), configOf(CONTEXT, "dot-product"));
  // Larger weights, so that attention is not uniform.
  const params = mapTree(
    (leaf: TensorData) =>
      tensorData(
        "float32",
        leaf.shape,
        toNumbers(leaf).map((v) => 4 * v),
      ),
    drawn,
  );
  await using scorer = await compileCharGptScore(params, WINDOWS, { k, compared: [2], threads: 1 });
  const score = await scorer.score(params);
  const own = watch(params, WINDOWS.heldOut, k);
  const single = { precision: "float32", factor: 30, reason: "a model in float32" } as const;
  expectClose([score.perplexity], [perplexityOf(own.logits, WINDOWS.heldOut)], single);
  expectClose([score.trainPerplexity], [perplexityOf(watch(params, WINDOWS.training, k).logits, WINDOWS.training)], single);
  const errors: number[] = [];
  const sizes: number[] = [];
  const masses: number[] = [];
  const excesses: number[] = [];
  for (const block of own.blocks) {
    const largest = Math.max(...(block[2] as Float64Array).map(Math.abs));
    for (let group = 0; group < 6; group++) {
      for (let row = 0; row < CONTEXT; row++) {
        const few = naiveRow(block, { group, row }, 2);
        const all = naiveRow(block, { group, row }, CONTEXT);
        errors.push(...few.output.map((v, t) => v - (all.output[t] as number)));
        sizes.push(...all.output.map(Math.abs));
        masses.push(few.mass);
        const error = Math.max(...few.output.map((v, t) => Math.abs(v - (all.output[t] as number))));
        excesses.push(error - 2 * (1 - few.mass) * largest);
      }
    }
  }
  const absolute = summarize(errors.map(Math.abs));
  const [found] = score.byKeys;
  expect(found?.keys).toBe(2);
  expectClose(
    [found?.switchedPerplexity as number],
    [perplexityOf(watch(params, WINDOWS.heldOut, k === 0 ? 2 : 0).logits, WINDOWS.heldOut)],
    single,
  );
  expectClose(
    [found?.maxError, found?.meanError, found?.relativeError, found?.mass] as number[],
    [absolute.max, absolute.mean, absolute.mean / summarize(sizes).mean, summarize(masses).mean],
    single,
  );
  expectClose([found?.signedError as number], [summarize(errors).mean], {
    relative: 1e-3,
    absolute: 1e-7,
    reason: "errors of both signs cancel",
  });
  expectClose([found?.excess as number], [Math.max(...excesses)], {
    relative: 0,
    absolute: 1e-5,
    reason: "a difference of numbers of size 1 in float32",
  });
});

test("runs of one seed start from the same weights, whatever their attention, and then differ", async () => {
  const seen: CharGptParams<TensorData>[][] = [];
  for (const k of [0, 2]) {
    const own: CharGptParams<TensorData>[] = [];
    await trainCharGpt({
      text: { training: TEXT, heldOut: TEXT },
      k,
      context: CONTEXT,
      batchSize: 2,
      steps: 4,
      evaluateEvery: 2,
      learningRate: 1e-2,
      seed: 1,
      threads: 1,
      signal: new AbortController().signal,
      onEvaluation: (_step, params) => void own.push(params),
    });
    seen.push(own);
  }
  expect(seen[0]).toHaveLength(3);
  expect(seen[0]?.[0]).toEqual(seen[1]?.[0]);
  expect(seen[0]?.[1]).not.toEqual(seen[1]?.[1]);
  const short = { training: TEXT.subarray(0, 12), heldOut: TEXT };
  await expect(
    trainCharGpt({
      text: short,
      k: 0,
      context: CONTEXT,
      batchSize: 2,
      steps: 2,
      evaluateEvery: 2,
      learningRate: 1,
      seed: 1,
      threads: 1,
      signal: new AbortController().signal,
    }),
  ).rejects.toThrow("trainCharGpt: the text must be longer than the context of 12 characters; got 12. Use a longer text.");
});
