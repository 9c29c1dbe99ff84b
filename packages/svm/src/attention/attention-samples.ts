import { problem, type Shape, ShapeError, show, showShape } from "@attnlab/check";
import { checkFinite } from "@attnlab/linalg";
import { checkFields, checkList } from "../check-input.ts";

/** A float64 array with its sizes, row-major; `tensorData("float64", shape, values)` of `@attnlab/check` makes one. */
export interface Float64Tensor {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** What one layer of attention reads: n samples of T tokens of width d, and one query each. */
export interface AttentionSamples {
  /** X, `[n, T, d]`. */
  readonly tokens: Float64Tensor;
  /** z, `[n, d]`. */
  readonly queries: Float64Tensor;
}

/** Fields of samples without a selection. */
export const SAMPLE_FIELDS = ["tokens", "queries"] as const;

/** Fields of a selection: one object serves the attention SVM and the label SVM. */
export const SELECTION_FIELDS = ["tokens", "queries", "labels", "selected", "relaxed"] as const;

/** The sizes n, T and d of {@link AttentionSamples}. */
export interface AttentionSizes {
  readonly numSamples: number;
  readonly numTokens: number;
  readonly tokenDim: number;
}

/**
 * Checks tokens and their sizes.
 * @throws ShapeError or DataError naming the argument.
 */
export function checkTokens(where: string, tokens: Float64Tensor): AttentionSizes {
  checkTensor(where, "tokens", tokens);
  const [numSamples = 0, numTokens = 0, tokenDim = 0] = tokens.shape;
  if (tokens.shape.length !== 3 || numSamples < 1 || numTokens < 1 || tokenDim < 1) {
    const fix = "Pass at least one sample, one token and one dimension.";
    throw new ShapeError(
      problem({ where, expected: "tokens must have shape [samples, tokens, tokenDim]", got: showShape(tokens.shape), fix }),
    );
  }
  checkLength(where, "tokens", tokens, [numSamples, numTokens, tokenDim]);
  checkFinite(where, "tokens", tokens.data);
  return { numSamples, numTokens, tokenDim };
}

/**
 * Checks tokens and queries against each other.
 * @throws ShapeError or DataError naming the argument.
 */
export function checkSamples(where: string, samples: AttentionSamples): AttentionSizes {
  checkFields(where, "samples", samples, ["tokens", "queries"]);
  const { tokens, queries } = samples;
  checkTensor(where, "queries", queries);
  const sizes = checkTokens(where, tokens);
  checkLength(where, "queries", queries, [sizes.numSamples, sizes.tokenDim]);
  checkFinite(where, "queries", queries.data);
  return sizes;
}

function checkTensor(where: string, name: string, tensor: Float64Tensor): void {
  checkFields(where, name, tensor, ["shape", "data"]);
  if (Array.isArray(tensor.shape) && tensor.data instanceof Float64Array) return;
  const got = `shape ${show(tensor.shape)} and data ${show(tensor.data)}`;
  const fix = `Make it with tensorData("float64", shape, values) of @attnlab/check.`;
  throw new ShapeError(problem({ where, expected: `${name} must have a list as shape and a Float64Array as data`, got, fix }));
}

function checkLength(where: string, name: string, tensor: Float64Tensor, shape: readonly number[]): void {
  const size = shape.reduce((product, n) => product * n, 1);
  const same = tensor.shape.length === shape.length && tensor.shape.every((n, i) => n === shape[i]);
  if (same && tensor.data.length === size) return;
  const got = `shape ${showShape(tensor.shape)} with ${tensor.data.length} values`;
  const fix = `Pass ${size} values, row by row, with shape ${showShape(shape)}.`;
  throw new ShapeError(problem({ where, expected: `${name} must have shape ${showShape(shape)}`, got, fix }));
}

/**
 * Checks one selected token per sample.
 * @throws ShapeError when there is not one per sample, or an index is no token.
 */
export function checkSelected(where: string, selected: ArrayLike<number>, { numSamples, numTokens }: AttentionSizes): void {
  checkList(where, "selected", selected);
  if (selected.length !== numSamples) {
    const fix = "Pass one token index per sample.";
    throw new ShapeError(problem({ where, expected: `selected must hold ${numSamples} indices`, got: String(selected.length), fix }));
  }
  for (let i = 0; i < numSamples; i++) {
    const token = selected[i] as number;
    if (Number.isInteger(token) && token >= 0 && token < numTokens) continue;
    const fix = "Token indices count from 0.";
    throw new ShapeError(
      problem({ where, expected: `selected must be whole numbers from 0 to ${numTokens - 1}`, got: `${token} for sample ${i}`, fix }),
    );
  }
}
