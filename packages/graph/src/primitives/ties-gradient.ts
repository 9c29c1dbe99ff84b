import type { VjpContext } from "../ir/primitive.ts";
import type { Tensor } from "../ir/tensor.ts";
import { cast } from "./cast.ts";
import { equal } from "./comparison.ts";
import { div } from "./div.ts";
import { withReducedAxes } from "./reduction.ts";
import { type ReduceAttributes, sum } from "./sum.ts";
import { where } from "./where.ts";

/** Gradient of `max` and `min` over axes: the elements that equal the result share it. */
export function tiesGradient({ inputs, outputs, cotangents, attributes }: VjpContext<ReduceAttributes>): readonly Tensor[] {
  const [x, y, c] = [inputs[0] as Tensor, outputs[0] as Tensor, cotangents[0] as Tensor];
  const expand = (reduced: Tensor): Tensor => withReducedAxes(reduced, x.shape, attributes.axes);
  const winners = equal(x, expand(y));
  const ties = sum(cast(winners, x.dtype), attributes.axes, { keepDims: true });
  return [where(winners, div(expand(c), ties), 0)];
}
