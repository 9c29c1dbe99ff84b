import { lpInverseMirrorMap, lpMirrorMap, lpNorm } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { problemOfSeed } from "../../experiments/mirror-descent/attention-problem.ts";
import { lossAt } from "../../experiments/mirror-descent/closed-form-loss.ts";
import { type AttentionRuns, trainAttention, weightsOfRun } from "../../experiments/mirror-descent/train-attention.ts";

const problems = [problemOfSeed(3), problemOfSeed(7)];
const starts = [1, 2].map((seed) => createRng(seed).fillNormal(new Float64Array(100)));
const STEPS = 7;

/** Mirror descent by hand: closed-form gradient, dual variable kept. */
function byHand(run: number, { p, normalized }: { readonly p: number; readonly normalized: boolean }): Float64Array {
  const problem = problems[run] as (typeof problems)[number];
  let W = starts[run] as Float64Array;
  let dual = lpMirrorMap(W, p);
  for (let k = 0; k < STEPS; k++) {
    const { gradient } = lossAt(problem, W, problem.optimal);
    const norm = normalized ? lpNorm(gradient, p / (p - 1)) : 1;
    dual = dual.map((u, i) => u - (0.1 * (gradient[i] as number)) / norm);
    W = lpInverseMirrorMap(dual, p);
  }
  return W;
}

const base = { problems, starts, learningRate: 0.1, steps: STEPS, stepsPerRun: STEPS, signal: new AbortController().signal };

async function trained(
  options: Pick<AttentionRuns, "p" | "normalized" | "mode"> & Partial<AttentionRuns>,
): Promise<Map<number, Float64Array>> {
  const seen = new Map<number, Float64Array>();
  await trainAttention({ ...base, ...options }, (step, weights) => {
    seen.set(step, weights.slice());
  });
  return seen;
}

describe.each([1.75, 2, 3])("p = %s", (p) => {
  test.each([
    { normalized: true, mode: "stable" },
    { normalized: false, mode: "stable" },
    { normalized: true, mode: "authors" },
  ] as const)("two runs in one program take the steps of the update rule ($mode, normalized $normalized)", async ({ normalized, mode }) => {
    const last = (await trained({ p, normalized, mode })).get(STEPS) as Float64Array;
    for (const run of [0, 1]) {
      // Far from saturation the arithmetic of the published code differs only in the last digits.
      const reason = "seven steps through powers and roots";
      expectClose(weightsOfRun(last, run, 2), byHand(run, { p, normalized }), { factor: 100, reason });
    }
  });

  test("a normalised step adds at most its size to the norm to the power p - 1", async () => {
    const every = await trained({ p, normalized: true, mode: "stable", everyStep: true });
    expect([...every.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const run of [0, 1]) {
      const growth = [...every.values()].map((weights) => lpNorm(weightsOfRun(weights, run, 2), p) ** (p - 1));
      growth.forEach((value, k) => {
        expect(value).toBeLessThanOrEqual((growth[0] as number) + 0.1 * k + 1e-12);
      });
    }
  });
});

test("reporting every step changes nothing, nor does the number of steps per call", async () => {
  const options = { p: 3, normalized: true, mode: "stable" } as const;
  const every = await trained({ ...options, everyStep: true });
  const single = await trained({ ...options, stepsPerRun: 1 });
  expect([...single.keys()]).toEqual([...every.keys()]);
  for (const [step, weights] of every) expectClose(single.get(step) as Float64Array, weights);
});

test("stops between calls when it is aborted", async () => {
  const signal = AbortSignal.abort();
  await expect(trained({ p: 2, normalized: true, mode: "stable", signal })).rejects.toThrow("aborted");
});
