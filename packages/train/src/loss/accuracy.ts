import { argMax, cast, equal, greater, mean, type Tensor } from "@attnlab/graph";
import { checkLabels } from "./cross-entropy.ts";

/**
 * Share of examples whose highest score is the label's; ties count for the lowest class number.
 *
 * Shapes: `logits [..., classes]`, `labels [...]` (int64) → a scalar of the dtype of `logits`.
 *
 * @throws {@link ShapeError} or {@link DtypeError} when labels and logits do not fit.
 */
export function accuracy(logits: Tensor, labels: Tensor): Tensor {
  checkLabels("accuracy", logits, labels);
  return mean(cast(equal(argMax(logits, -1), labels), logits.dtype));
}

/**
 * Share of examples on the right side of zero: a score above 0 means yes.
 *
 * Shapes: `logits [...]`, `targets [...]` (floats, above one half means yes) → a scalar of the dtype of `logits`.
 */
export function binaryAccuracy(logits: Tensor, targets: Tensor): Tensor {
  return mean(cast(equal(cast(greater(logits, 0), "int64"), cast(greater(targets, 0.5), "int64")), logits.dtype));
}
