import { problem, ShapeError, sameShape, showShape } from "@attnlab/check";
import {
  type AttentionInput,
  type AttentionSizes,
  checkAttentionInput,
  checkFinite,
  checkTensor,
  type FloatTensor,
} from "../attention-input.ts";
import type { VisibleHead } from "../visible-head.ts";

/** What a gradient of attention is computed of. */
export interface AttentionGradientInput extends AttentionInput {
  /** $\partial L / \partial O$, `[batch, heads, queries, valueDim]`. */
  readonly outputGradient: FloatTensor;
}

/** The gradients of a loss with respect to the inputs of attention, each in the shape of its input. */
export interface AttentionGradients {
  /** $\partial L / \partial Q$. */
  readonly query: FloatTensor;
  /** $\partial L / \partial K$; zeros for hidden keys. */
  readonly key: FloatTensor;
  /** $\partial L / \partial V$; zeros for hidden keys. */
  readonly value: FloatTensor;
}

/** @throws what `checkAttentionInput` throws, and ShapeError for a gradient of another shape than the output. */
export function checkGradientInput(where: string, input: AttentionGradientInput): AttentionSizes {
  const sizes = checkAttentionInput(where, input);
  const { leading, queries, valueDim } = sizes;
  checkRows(where, "outputGradient", input.outputGradient, [...leading, queries, valueDim]);
  return sizes;
}

/** Requires a finite float32 tensor of a shape. */
export function checkRows(where: string, name: string, tensor: FloatTensor, shape: readonly number[]): void {
  checkTensor(where, name, tensor);
  if (!sameShape(tensor.shape, shape)) {
    const expected = `${name} must have the shape ${showShape(shape)}`;
    throw new ShapeError(problem({ where, expected, got: showShape(tensor.shape), fix: "Pass one row for each query." }));
  }
  checkFinite(where, name, tensor);
}

/** Gradients of one head in float64. */
export interface HeadGradients {
  /** `[queries, headDim]`. */
  readonly query: Float64Array;
  /** `[keys, headDim]`, of the keys that are visible. */
  readonly key: Float64Array;
  /** `[keys, valueDim]`. */
  readonly value: Float64Array;
}

/** Zeros. */
export function emptyHeadGradients({ queries, keys, headDim, valueDim }: VisibleHead): HeadGradients {
  return {
    query: new Float64Array(queries * headDim),
    key: new Float64Array(keys * headDim),
    value: new Float64Array(keys * valueDim),
  };
}

/** Zeros in the shapes of the input. */
export function emptyGradients({ query, key, value }: AttentionInput): AttentionGradients {
  const zeros = ({ shape, data }: FloatTensor): FloatTensor => ({ dtype: "float32", shape, data: new Float32Array(data.length) });
  return { query: zeros(query), key: zeros(key), value: zeros(value) };
}

/** Rounds the gradients of one head into their place among all heads. */
export function writeHeadGradients(
  into: AttentionGradients,
  { index, queries, headDim, valueDim, positions }: VisibleHead,
  allKeys: number,
  head: HeadGradients,
): void {
  into.query.data.set(head.query, index * queries * headDim);
  scatterRows(into.key.data, head.key, { start: index * allKeys, width: headDim, positions });
  scatterRows(into.value.data, head.value, { start: index * allKeys, width: valueDim, positions });
}

/** Writes rows where the keys stood before hidden ones were taken out. */
export function scatterRows(
  into: Float32Array,
  rows: Float64Array,
  { start, width, positions }: { readonly start: number; readonly width: number; readonly positions: Int32Array | undefined },
): void {
  if (positions === undefined) {
    into.set(rows, start * width);
    return;
  }
  for (let i = 0; i < positions.length; i++) {
    into.set(rows.subarray(i * width, (i + 1) * width), (start + (positions[i] as number)) * width);
  }
}
