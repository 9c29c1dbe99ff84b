import { tensorData } from "@attnlab/check";
import { constantOf, evaluate, sum, type Tensor, trace, valueAndGrad } from "@attnlab/graph";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  accuracy,
  binaryAccuracy,
  binaryCrossEntropy,
  crossEntropy,
  exponentialLoss,
  halfSquaredNorm,
  hingeLoss,
  logisticLoss,
  meanSquaredError,
} from "../src/index.ts";

interface Golden {
  readonly logits: readonly number[];
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly targets: readonly number[];
  readonly cases: readonly { readonly name: string; readonly value: readonly number[]; readonly gradient: readonly number[] }[];
}

const golden = loadGolden<Golden>(new URL("golden/losses.json", import.meta.url));
const labels = (): Tensor => constantOf("int64", [7], golden.labels);
const targets = (): Tensor => constantOf("float64", [7], golden.targets);
const losses: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "crossEntropy mean": (x) => crossEntropy(x, labels()),
  "crossEntropy sum": (x) => crossEntropy(x, labels(), { reduction: "sum" }),
  "crossEntropy none": (x) => crossEntropy(x, labels(), { reduction: "none" }),
  "crossEntropy smoothed": (x) => crossEntropy(x, labels(), { labelSmoothing: 0.1 }),
  binaryCrossEntropy: (x) => binaryCrossEntropy(x, targets()),
  logisticLoss: (x) => logisticLoss(x),
  exponentialLoss: (x) => exponentialLoss(x, { reduction: "sum" }),
  hingeLoss: (x) => hingeLoss(x, { reduction: "sum" }),
  meanSquaredError: (x) => meanSquaredError(x, targets()),
};

describe("losses agree with PyTorch, value and gradient", () => {
  it.each(golden.cases.map((one) => [one.name, one] as const))("%s", (name, { value, gradient }) => {
    const loss = losses[name] as (x: Tensor) => Tensor;
    const input = name.startsWith("crossEntropy")
      ? tensorData("float64", [7, 5], golden.logits)
      : tensorData("float64", [7], golden.scores);
    const program = trace(
      (x: Tensor) => ({ value: loss(x), gradient: valueAndGrad((at: Tensor) => sum(loss(at)))(x).grads }),
      [{ dtype: "float64", shape: input.shape }],
    );
    const result = evaluate(program, [input]);
    expectClose(result.value.data as Float64Array, value, { purpose: "golden" });
    expectClose(result.gradient.data as Float64Array, gradient, { purpose: "golden" });
  });
});

describe("metrics", () => {
  const run = (fn: () => Tensor): number =>
    Number(
      evaluate(
        trace(() => fn(), []),
        [],
      ).data[0],
    );
  it("accuracy counts the highest score, ties to the lowest class", () => {
    const logits = (): Tensor => constantOf("float64", [4, 3], [1, 2, 0, 5, 5, 1, 0, 0, 9, 3, 2, 1]);
    expect(run(() => accuracy(logits(), constantOf("int64", [4], [1, 0, 2, 1])))).toBe(0.75);
  });
  it("binaryAccuracy puts the border at zero", () => {
    expect(run(() => binaryAccuracy(constantOf("float64", [4], [-1, 2, 0, 0.1]), constantOf("float64", [4], [0, 1, 1, 0])))).toBe(0.5);
  });
  it("halfSquaredNorm is half the sum of squares", () => {
    expect(run(() => halfSquaredNorm(constantOf("float64", [2], [3, 4])))).toBe(12.5);
  });
});

describe("bad input", () => {
  const logits = (): Tensor => constantOf("float64", [2, 3], [1, 2, 3, 4, 5, 6]);
  it("names shapes that do not fit", () => {
    expect(() => crossEntropy(logits(), constantOf("int64", [3], [0, 1, 2]))).toThrow(
      "crossEntropy: labels must have the shape of the logits without the last axis; got logits [2, 3] and labels [3]. Pass logits [..., classes] and labels [...].",
    );
  });
  it("names labels of another dtype", () => {
    expect(() => accuracy(logits(), constantOf("float64", [2], [0, 1]))).toThrow(
      "accuracy: labels must be int64 class numbers; got float64.",
    );
  });
  it("refuses an unknown option and an unknown reduction", () => {
    expect(() => logisticLoss(logits(), { reduce: "sum" } as never)).toThrow(
      'logisticLoss: every option must be known; got "reduce". Known options: reduction.',
    );
    expect(() => hingeLoss(logits(), { reduction: "max" as never })).toThrow(
      'hingeLoss: reduction must be one of "mean", "sum", "none"; got "max".',
    );
  });
});
