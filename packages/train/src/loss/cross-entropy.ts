import { DtypeError, numberOption, optionTable, problem, ShapeError, sameShape, showShape } from "@attnlab/check";
import { add, expandDims, logSoftmax, mean, mul, neg, squeeze, type Tensor, takeAlongAxis } from "@attnlab/graph";
import { type Reduction, reduceLosses, reductionOption } from "./reduction.ts";

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** Default `"mean"`. */
  readonly reduction?: Reduction;
  /** Share of the target spread evenly over all classes, from 0 to 1. Default 0. */
  readonly labelSmoothing?: number;
}

const table = optionTable("crossEntropy", {
  reduction: reductionOption,
  labelSmoothing: numberOption({ doc: "Share of the target spread over all classes.", min: 0, max: 1, default: 0 }),
});

/**
 * Softmax cross-entropy of class scores: $-\log \operatorname{softmax}(z)_y$.
 *
 * Shapes: `logits [..., classes]`, `labels [...]` (int64 class numbers) → a scalar, or `[...]` with `reduction: "none"`.
 *
 * @throws {@link ShapeError} when labels are not the logits without their last axis; {@link DtypeError} when they are no int64.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options?: CrossEntropyOptions): Tensor {
  const { reduction, labelSmoothing } = table.parse({ ...options });
  checkLabels("crossEntropy", logits, labels);
  const logProbabilities = logSoftmax(logits, -1);
  const picked = squeeze(takeAlongAxis(logProbabilities, expandDims(labels, -1), -1), -1);
  const losses = neg(picked);
  if (labelSmoothing === 0) return reduceLosses(losses, reduction);
  const uniform = neg(mean(logProbabilities, -1));
  return reduceLosses(add(mul(losses, 1 - labelSmoothing), mul(uniform, labelSmoothing)), reduction);
}

/** @throws {@link ShapeError} or {@link DtypeError} when class numbers do not belong to class scores. */
export function checkLabels(where: string, logits: Tensor, labels: Tensor): void {
  if (!sameShape(logits.shape.slice(0, -1), labels.shape) || logits.shape.length === 0) {
    const got = `logits ${showShape(logits.shape)} and labels ${showShape(labels.shape)}`;
    const fix = "Pass logits [..., classes] and labels [...].";
    throw new ShapeError(problem({ where, expected: "labels must have the shape of the logits without the last axis", got, fix }));
  }
  if (labels.dtype !== "int64") {
    throw new DtypeError(
      problem({
        where,
        expected: "labels must be int64 class numbers",
        got: labels.dtype,
        fix: 'Convert them with cast(labels, "int64").',
      }),
    );
  }
}
