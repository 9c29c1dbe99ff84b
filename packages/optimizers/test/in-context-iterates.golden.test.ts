import { tensorData, toNumbers } from "@attnlab/check";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { type InContextMethod, inContextIterates } from "../src/index.ts";

interface Case {
  readonly method: InContextMethod;
  readonly examples: number;
  readonly gradient: "mean" | "sum";
  readonly weights: readonly number[];
  readonly predictions: readonly number[];
}

const golden = loadGolden<{
  readonly steps: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly prompts: { readonly shape: readonly number[]; readonly values: readonly number[] };
  readonly cases: readonly Case[];
}>(new URL("golden/in-context-iterates.json", import.meta.url));
const { steps, learningRate, momentum } = golden;
const prompts = tensorData("float64", golden.prompts.shape, golden.prompts.values);

test.each(golden.cases)("$method with $examples examples and the $gradient of the gradients equals NumPy", (one) => {
  const { method, examples, gradient } = one;
  const result = inContextIterates(prompts, { method, steps, learningRate, momentum, gradient, examples });
  expect([result.weights.shape, result.predictions.shape]).toEqual([
    [3, steps + 1, 5],
    [3, steps + 1],
  ]);
  expectClose(toNumbers(result.weights), one.weights, { purpose: "golden" });
  expectClose(toNumbers(result.predictions), one.predictions, { purpose: "golden" });
});

test("all examples are the default, and the mean of their gradients", () => {
  const options = { method: "momentum", steps, learningRate, momentum } as const;
  const all = inContextIterates(prompts, { ...options, examples: 11, gradient: "mean" });
  expect(inContextIterates(prompts, options)).toEqual(all);
});

describe("conjugate gradients", () => {
  test("solve every prompt in as many steps as there are covariates, and stay there", () => {
    const { weights } = inContextIterates(prompts, { method: "conjugate-gradient", steps: 9 });
    const data = toNumbers(weights);
    for (let b = 0; b < 3; b++) {
      const at = (k: number): Float64Array => data.subarray((b * 10 + k) * 5, (b * 10 + k + 1) * 5);
      expectClose(at(9), at(5), { purpose: "golden" });
      for (let i = 0; i < 11; i++) {
        const row = golden.prompts.values.slice((b * 12 + i) * 6, (b * 12 + i + 1) * 6);
        const label = at(5).reduce((total, w, k) => total + w * (row[k] as number), 0);
        expectClose(label, row[5] as number, { purpose: "golden", factor: 10, reason: "five steps" });
      }
    }
  });

  test("a prompt without anything to fit stays at zero", () => {
    const flat = tensorData("float64", [1, 3, 2], [1, 0, 2, 0, 3, 0]);
    expect(toNumbers(inContextIterates(flat, { method: "conjugate-gradient", steps: 2 }).predictions)).toEqual(Float64Array.of(0, 0, 0));
  });
});

test("float32 prompts are computed in float64", () => {
  const narrow = tensorData("float32", golden.prompts.shape, golden.prompts.values);
  const { predictions } = inContextIterates(narrow, { method: "gradient-descent", steps, learningRate });
  expect(predictions.dtype).toBe("float64");
  expectClose(toNumbers(predictions), golden.cases[0]?.predictions ?? [], { precision: "float32" });
});

test("bad input", () => {
  const run =
    (options: object, given = prompts) =>
    () =>
      inContextIterates(given, options as never);
  const method = "nesterov";
  expect(run({ method, steps: 1, examples: 12 })).toThrow(
    "inContextIterates: prompts must be [batch, examples + 1, dim + 1] with at least 12 examples; got [3, 12, 6]. Pass one run's prompts, and examples within their number.",
  );
  expect(run({ method, steps: 1 }, tensorData("float64", [2, 3], new Float64Array(6)))).toThrow(
    "inContextIterates: prompts must be [batch, examples + 1, dim + 1]; got [2, 3].",
  );
  expect(run({ method: "newton", steps: 1 })).toThrow(
    'inContextIterates: method must be one of "gradient-descent", "momentum", "nesterov", "conjugate-gradient"; got "newton".',
  );
  expect(run({ method, steps: -1 })).toThrow("inContextIterates: steps must be a whole number >= 0; got -1.");
  expect(run({ method, steps: 1, learningRate: 0 })).toThrow("inContextIterates: learningRate must be a finite number > 0; got 0.");
  expect(run({ method, steps: 1, rate: 1 })).toThrow('inContextIterates: every option must be known; got "rate".');
});
