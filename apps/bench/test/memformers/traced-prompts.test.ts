import { toNumbers } from "@attnlab/check";
import { evaluate, randomKey, specOf, type Tensor, trace } from "@attnlab/graph";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { drawPrompts, type PromptData, taskOfSeed } from "../../experiments/memformers/prompt-data.ts";
import { type TaskFactors, taskFactors, tracedPrompts } from "../../experiments/memformers/traced-prompts.ts";

const BATCH = 400;
const EXAMPLES = 7;

function draw(seed: number): { readonly prompts: Float64Array; readonly targets: Float64Array } {
  const factors = taskFactors(taskOfSeed(1, "noniso"));
  const traced = (own: unknown): unknown =>
    tracedPrompts(randomKey(seed), own as TaskFactors<Tensor>, { batch: BATCH, examples: EXAMPLES });
  const program = trace(traced as (...args: readonly unknown[]) => unknown, [specOf(factors as unknown)]);
  const { prompts, targets } = evaluate(program, [factors]) as PromptData;
  expect([prompts.shape, targets.shape]).toEqual([
    [1, BATCH, EXAMPLES + 1, 6],
    [1, BATCH],
  ]);
  return { prompts: toNumbers(prompts), targets: toNumbers(targets) };
}

describe("prompts drawn in the program", () => {
  const { prompts, targets } = draw(3);
  const at = (b: number, i: number, k: number): number => prompts[(b * (EXAMPLES + 1) + i) * 6 + k] as number;

  test("are linear: one vector of weights fits every label, the query's hidden one too", () => {
    for (const b of [0, 1, BATCH - 1]) {
      // Five examples determine the weights; the rest follows.
      const weights = solveFive(Array.from({ length: 5 }, (_, i) => Array.from({ length: 6 }, (_, k) => at(b, i, k))));
      const label = (i: number): number => weights.reduce((total, w, k) => total + w * at(b, i, k), 0);
      const tolerance = { relative: 1e-2, absolute: 1e-2, reason: "float32 draws through a solved system" };
      expectClose([label(5), label(6), label(7)], [at(b, 5, 5), at(b, 6, 5), targets[b] as number], tolerance);
      expect(at(b, EXAMPLES, 5)).toBe(0);
    }
  });

  test("have the second moments of the host's", () => {
    const host = drawPrompts(1, "noniso", { label: "test", count: 500 }).prompts;
    const moment = (values: Float64Array, r: number, c: number): number => {
      let total = 0;
      for (let row = 0; row < values.length; row += 6) total += (values[row + r] as number) * (values[row + c] as number);
      return total / (values.length / 6);
    };
    for (let r = 0; r < 5; r++) {
      for (let c = 0; c <= r; c++)
        expectClose(moment(prompts, r, c), moment(host, r, c), { absolute: 0.1, relative: 0, reason: "3,200 tokens" });
    }
  });

  test("change with the key", () => {
    expect(draw(4).targets).not.toEqual(targets);
  });
});

function solveFive(rows: number[][]): number[] {
  const m = rows.map((row) => [...row]);
  for (let k = 0; k < 5; k++) {
    const pivot = m
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k] as number) > Math.abs((m[best] as number[])[k] as number) ? k + i : best), k);
    [m[k], m[pivot]] = [m[pivot] as number[], m[k] as number[]];
    for (let r = 0; r < 5; r++) {
      if (r === k) continue;
      const factor = ((m[r] as number[])[k] as number) / ((m[k] as number[])[k] as number);
      m[r] = (m[r] as number[]).map((value, c) => value - factor * ((m[k] as number[])[c] as number));
    }
  }
  return m.map((row, k) => (row[5] as number) / (row[k] as number));
}
