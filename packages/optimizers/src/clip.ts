import { numberOption, optionTable } from "@attnlab/check";
import { add, cast, clip, div, maximum, mul, reshape, sqrt, square, sum, type Tensor } from "@attnlab/graph";
import { batchAxesOption, innerAxes } from "./batch-axes.ts";
import { leavesOf, mapUpdates } from "./map-tensors.ts";
import { scaledNorm } from "./tensor-norm.ts";
import { stateless, type Transformation } from "./transformation.ts";

/** Options of {@link clipByNorm} and {@link clipByGlobalNorm}. */
export interface ClipOptions {
  /** Leading axes that hold independent runs; each run is clipped by its own norm. Default 0. */
  readonly batchAxes?: number;
}

const limit = (doc: string): ReturnType<typeof numberOption> => numberOption({ doc, above: 0, required: true });
const valueTable = optionTable("clipByValue", { limit: limit("Largest magnitude of an entry.") });
const normTable = optionTable("clipByNorm", { limit: limit("Largest norm of a tensor."), batchAxes: batchAxesOption() });
const globalTable = optionTable("clipByGlobalNorm", {
  limit: limit("Largest norm of all tensors together."),
  batchAxes: batchAxesOption(),
});

/**
 * Clips every entry to $[-c, c]$.
 *
 * @param limit - $c > 0$.
 * @throws {@link OptionError} when `limit` is not a positive number.
 */
export function clipByValue(limit: number): Transformation<Readonly<Record<string, never>>> {
  valueTable.parse({ limit });
  return stateless((grads) => mapUpdates((g) => clip(g, -limit, limit), grads));
}

/**
 * Shortens every tensor whose Euclidean norm exceeds a limit: $u = g\,\min(1, c / \lVert g\rVert_2)$, tensor by tensor.
 *
 * @param limit - $c > 0$.
 * @param options.batchAxes - leading axes of independent runs; default 0.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 */
export function clipByNorm(limit: number, options?: ClipOptions): Transformation<Readonly<Record<string, never>>> {
  const { batchAxes } = normTable.parse({ ...options, limit });
  return stateless((grads) =>
    mapUpdates((g) => {
      const { largest, norm } = scaledNorm(g, 2, innerAxes("clipByNorm", g, batchAxes));
      return mul(g, shortening(limit, mul(largest, norm)));
    }, grads),
  );
}

/**
 * Shortens the whole gradient when its Euclidean norm over all tensors exceeds a limit:
 * $u = g\,\min\bigl(1, c / \sqrt{\textstyle\sum_i \lVert g_i\rVert_2^2}\bigr)$.
 *
 * PyTorch's `clip_grad_norm_` divides by the norm plus 1e-6 instead. The squares are summed as they are: a float32
 * gradient beyond 1e19 has an infinite norm and gives a zero step.
 *
 * @param limit - $c > 0$.
 * @param options.batchAxes - leading axes of independent runs; default 0.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 */
export function clipByGlobalNorm(limit: number, options?: ClipOptions): Transformation<Readonly<Record<string, never>>> {
  const { batchAxes } = globalTable.parse({ ...options, limit });
  return stateless((grads) => {
    const squares = leavesOf(grads).map((g) => cast(sum(square(g), [...innerAxes("clipByGlobalNorm", g, batchAxes)]), "float64"));
    if (squares.length === 0) return grads;
    const factor = shortening(limit, sqrt(squares.reduce(add))); // [...runs]
    return mapUpdates((g) => mul(g, cast(reshape(factor, [...factor.shape, ...g.shape.slice(batchAxes).map(() => 1)]), g.dtype)), grads);
  });
}

function shortening(limit: number, norm: Tensor): Tensor {
  return div(limit, maximum(norm, limit));
}
