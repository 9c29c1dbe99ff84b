import { booleanOption, checkDtype, integerOption, optionTable, problem, ShapeError, show } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { apply, type Tensor, type TensorType } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { axisView, forEachLine } from "./axis-view.ts";
import { scatterAlongAxis } from "./scatter-along-axis.ts";

type TopKAttributes = { readonly k: number; readonly axis: number; readonly largest: boolean };

/** Values and where along the axis they came from. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  /** int64, in the shape of `values`. */
  readonly indices: Tensor;
}

const topKPrimitive: Primitive<TopKAttributes> = {
  name: "topK",
  infer: ([x], { k, axis }) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("topK", dtype, ["float32", "float64", "int32", "int64"]);
    const kept = shape.map((n, i) => (i === axis ? k : n));
    return [
      { dtype, shape: kept },
      { dtype: "int64", shape: kept },
    ];
  },
  evaluate: ([x], { k, axis, largest }) => {
    const { data, shape } = x as NdArray;
    const from = axisView(shape, axis);
    const values = new Float64Array(from.outer * k * from.inner);
    const indices = new Float64Array(values.length);
    const order = Array.from({ length: from.size }, (_, i) => i);
    forEachLine(from, (start, line) => {
      const at = (i: number): number => data[start + i * from.inner] as number;
      // Array.prototype.sort is stable: of equal values the first index comes first, as in ONNX.
      const sorted = order.toSorted((a, b) => (largest ? at(b) - at(a) : at(a) - at(b)));
      const place = Math.floor(line / from.inner) * k * from.inner + (line % from.inner);
      for (let i = 0; i < k; i++) {
        indices[place + i * from.inner] = sorted[i] as number;
        values[place + i * from.inner] = at(sorted[i] as number);
      }
    });
    return [values, indices];
  },
  vjp: ({ inputs, outputs, attributes, cotangents }) => {
    const c = cotangents[0];
    const size = (inputs[0] as Tensor).shape[attributes.axis] as number;
    return [c && scatterAlongAxis(outputs[1] as Tensor, c, size, attributes.axis)];
  },
  lower: ({ inputs, attributes, emitAll, shape }) => {
    const { k, axis, largest } = attributes;
    return emitAll(
      "TopK",
      [inputs[0] as string, shape([k])],
      { axis: { int: axis }, largest: { int: largest ? 1 : 0 }, sorted: { int: 1 } },
      { outputs: 2 },
    );
  },
};

/** Options of {@link topK}. */
export interface TopKOptions {
  /** Negative numbers count from the end. Default -1. */
  readonly axis?: number;
  /** `false` takes the smallest. Default `true`. */
  readonly largest?: boolean;
}

const topKOptions = optionTable("topK", {
  axis: integerOption({ doc: "Axis to search; negative numbers count from the end.", default: -1 }),
  largest: booleanOption({ doc: "false takes the smallest.", default: true }),
});

/**
 * The `k` largest values along an axis in descending order (or the smallest in ascending order), with their indices. Of equal values
 * the one with the lower index comes first. The gradient goes to the chosen elements.
 *
 * Shapes: `x [..., n, ...]` → `values` and int64 `indices [..., k, ...]`. Keeps the dtype; float32, float64, int32, int64.
 *
 * @throws {@link ShapeError} when `k` is not a whole number from 0 to n.
 * @example
 * ```ts
 * import { constantOf, evaluate, topK, trace } from "@attnlab/graph";
 * const x = constantOf("float64", [4], [3, 1, 7, 3]);
 * evaluate(trace(() => topK(x, 2).values, []), []).data // => Float64Array [7, 3]
 * ```
 */
export function topK(x: Tensor, k: number, options: TopKOptions = {}): ValuesAndIndices {
  const { axis, largest } = topKOptions.parse(options);
  const at = resolveAxis("topK", axis, x.shape.length);
  const size = x.shape[at] as number;
  if (!Number.isInteger(k) || k < 0 || k > size) {
    const expected = `k must be a whole number from 0 to ${size}, the size of axis ${at}`;
    throw new ShapeError(problem({ where: "topK", expected, got: show(k), fix: "Choose a smaller k." }));
  }
  const [values, indices] = apply(topKPrimitive, [x], { k, axis: at, largest });
  return { values: values as Tensor, indices: indices as Tensor };
}
