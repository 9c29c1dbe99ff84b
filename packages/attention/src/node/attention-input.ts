import { DataError, DtypeError, problem, ShapeError, sameShape, show, showShape, sizeOf, type TensorData } from "@attnlab/check";

/** A float32 tensor with values; `tensorData("float32", shape, values)` of `@attnlab/check` makes one. */
export type FloatTensor = Extract<TensorData, { readonly dtype: "float32" }>;

/** A boolean tensor with values, 1 for true. */
export type BoolTensor = Extract<TensorData, { readonly dtype: "bool" }>;

/** What attention is computed of; the leading axes, usually `[batch, heads]`, are the same in all three. */
export interface AttentionInput {
  /** `[batch, heads, queries, headDim]`. */
  readonly query: FloatTensor;
  /** `[batch, heads, keys, headDim]`. */
  readonly key: FloatTensor;
  /** `[batch, heads, keys, valueDim]`. */
  readonly value: FloatTensor;
}

/** What every attention returns. */
export interface AttentionResult {
  /** `[batch, heads, queries, valueDim]`; zeros for a query that sees no key. */
  readonly output: FloatTensor;
  /** $\log\sum_j e^{s\langle q_i, k_j\rangle}$ over visible keys, `[batch, heads, queries]`; minus infinity for a query that sees none. */
  readonly lse: FloatTensor;
}

/** Sizes of a checked {@link AttentionInput}. */
export interface AttentionSizes {
  /** The axes before the last two. */
  readonly leading: readonly number[];
  /** Their product: how many problems of one head there are. */
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
}

/**
 * Requires three finite float32 tensors that fit each other.
 *
 * @throws DtypeError for another dtype, ShapeError for sizes that do not fit, DataError for empty sequences and values that are not finite.
 */
export function checkAttentionInput(where: string, input: AttentionInput): AttentionSizes {
  const { query, key, value } = input ?? {};
  checkTensor(where, "query", query);
  checkTensor(where, "key", key);
  checkTensor(where, "value", value);
  const leading = query.shape.slice(0, -2);
  for (const [name, other] of [
    ["key", key],
    ["value", value],
  ] as const) {
    if (!sameShape(leading, other.shape.slice(0, -2))) {
      const got = `${showShape(query.shape)} and ${showShape(other.shape)}`;
      const fix = "Repeat shared heads first.";
      throw new ShapeError(problem({ where, expected: `query and ${name} must have the same axes before the last two`, got, fix }));
    }
  }
  const [queries, headDim] = query.shape.slice(-2) as [number, number];
  const [keys, keyDim] = key.shape.slice(-2) as [number, number];
  const [values, valueDim] = value.shape.slice(-2) as [number, number];
  if (headDim !== keyDim) {
    const got = `${headDim} and ${keyDim}`;
    throw new ShapeError(problem({ where, expected: "query.headDim must equal key.headDim", got, fix: "Project both to one width." }));
  }
  if (keys !== values) {
    const got = `${keys} and ${values}`;
    throw new ShapeError(problem({ where, expected: "key and value must have as many tokens", got, fix: "Pass the same tokens to both." }));
  }
  for (const [name, tensor] of [
    ["query", query],
    ["key", key],
    ["value", value],
  ] as const) {
    if (tensor.data.length === 0) {
      const fix = "Leave the call out when there is nothing to attend.";
      throw new DataError(problem({ where, expected: `${name} must not be empty`, got: showShape(tensor.shape), fix }));
    }
    checkFinite(where, name, tensor);
  }
  return { leading, heads: sizeOf(leading), queries, keys, headDim, valueDim };
}

/** Requires a float32 tensor of at least two axes whose values are as many as its shape says. */
export function checkTensor(where: string, name: string, tensor: FloatTensor): void {
  const { dtype, shape, data } = tensor ?? {};
  if (dtype !== "float32" || !(data instanceof Float32Array)) {
    const got = dtype === undefined ? show(tensor) : `${show(dtype)} with ${show(data)}`;
    const fix = 'Make it with tensorData("float32", shape, values) of @attnlab/check.';
    throw new DtypeError(problem({ where, expected: `${name} must be a float32 tensor`, got, fix }));
  }
  if (!Array.isArray(shape) || shape.length < 2 || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    const fix = "Add the missing axes; one head of one sequence is [tokens, headDim].";
    throw new ShapeError(problem({ where, expected: `${name} must have the shape [batch, heads, tokens, width]`, got: show(shape), fix }));
  }
  if (sizeOf(shape) !== data.length) {
    const got = `${data.length} values for ${showShape(shape)}`;
    const fix = `Pass ${sizeOf(shape)} values.`;
    throw new ShapeError(problem({ where, expected: `${name} must hold as many values as its shape says`, got, fix }));
  }
}

/** @throws DataError that names the place of the first value that is not finite. */
export function checkFinite(where: string, name: string, { shape, data }: FloatTensor): void {
  // Zero times anything finite is zero; NaN and infinities leave NaN behind, and one pass without branches finds them. Of four sums
  // each waits for its own last addition only.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < data.length; i += 4) {
    a += (data[i] as number) * 0;
    b += (data[i + 1] as number) * 0;
    c += (data[i + 2] as number) * 0;
    d += (data[i + 3] as number) * 0;
  }
  for (; i < data.length; i++) a += (data[i] as number) * 0;
  if (a + b + c + d === 0) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  let rest = at;
  const place = [...shape].reverse().map((size) => {
    const index = rest % size;
    rest = Math.floor(rest / size);
    return index;
  });
  const got = `${data[at]} at ${showShape(place.reverse())}`;
  throw new DataError(problem({ where, expected: `${name} must be finite`, got, fix: "Remove or repair these tokens first." }));
}
