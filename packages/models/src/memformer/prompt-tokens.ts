import { isFloat, problem, ShapeError, showShape } from "@attnlab/check";
import { add, concat, expandDims, neg, sliceAxis, squeeze, stack, type Tensor, transpose } from "@attnlab/graph";

/** What every in-context model works on. */
export interface PromptInputs<T = Tensor> {
  /**
   * $Z_0^\top$: `[...runs, batch, examples + 1, dim + 1]`. Rows are the labelled examples $(x_i, y_i)$ and, last, the query
   * $(x_{n+1}, 0)$.
   */
  readonly prompts: T;
}

/** A value for the examples and one for the query, which are kept apart: the query reads, and is never read. */
export interface TokenPair {
  /** `[...runs, examples, ?, batch]`. */
  readonly examples: Tensor;
  /** `[...runs, 1, ?, batch]`. */
  readonly query: Tensor;
}

/** Covariates and labels of all tokens, with the batch as the last axis. */
export interface PromptTokens {
  /** `[...runs, tokens, dim, batch]`. */
  readonly covariates: TokenPair;
  /** `[...runs, tokens, 1, batch]`. */
  readonly labels: TokenPair;
}

/** What a layer adds to the tokens; no covariates when it leaves them alone. */
export interface TokenUpdate {
  readonly covariates?: TokenPair;
  readonly labels: TokenPair;
}

/** Sizes of a batch of prompts. */
export interface PromptSizes {
  readonly runs: readonly number[];
  readonly batch: number;
  readonly examples: number;
  readonly dim: number;
}

/** The sizes of prompts of rank `3 + runs`. */
export function promptSizes(where: string, prompts: Tensor): PromptSizes {
  const { shape, dtype } = prompts;
  const [batch, tokens, width] = shape.slice(-3) as [number, number, number];
  if (shape.length < 3 || tokens < 2 || width < 2 || !isFloat(dtype)) {
    const expected = "prompts must be floats [...runs, batch, examples + 1, dim + 1] with at least one example and one covariate";
    const fix = "Pass the prompts of inContextRegression of @attnlab/datasets.";
    throw new ShapeError(problem({ where, expected, got: `${dtype} ${showShape(shape)}`, fix }));
  }
  return { runs: shape.slice(0, -3), batch, examples: tokens - 1, dim: width - 1 };
}

/**
 * Splits prompts into covariates and labels of examples and query, batch last.
 *
 * With sizes of 5 and 20, products inside a prompt are too small for matrix products: as elementwise products over a long last axis they
 * take a fifth of the time.
 */
export function promptTokens(prompts: Tensor, { runs, examples, dim }: PromptSizes): PromptTokens {
  const lead = runs.length;
  const axes = [...runs.map((_, i) => i), lead + 1, lead + 2, lead];
  const tokens = transpose(prompts, axes); // [...runs, tokens, dim + 1, batch]
  const part = (row: readonly [number, number], column: readonly [number, number]): Tensor =>
    sliceAxis(sliceAxis(tokens, lead, ...row), lead + 1, ...column);
  const [first, last] = [[0, examples] as const, [examples, examples + 1] as const];
  return {
    covariates: { examples: part(first, [0, dim]), query: part(last, [0, dim]) },
    labels: { examples: part(first, [dim, dim + 1]), query: part(last, [dim, dim + 1]) },
  };
}

/** Applies a function to the values of the examples and of the query. */
export function mapPair(fn: (x: Tensor, y: Tensor) => Tensor, x: TokenPair, y: TokenPair): TokenPair {
  return { examples: fn(x.examples, y.examples), query: fn(x.query, y.query) };
}

/** The prediction of the query's label: $-[Z_L]_{d+1,n+1}$, `[...runs, batch]`. */
export function queryPrediction({ labels }: PromptTokens, { runs }: PromptSizes): Tensor {
  return neg(squeeze(squeeze(labels.query, runs.length), runs.length));
}

/** All tokens after every layer, as rows: `[...runs, layers + 1, batch, examples + 1, dim + 1]`. */
export function tokenRows(states: readonly PromptTokens[], { runs }: PromptSizes): Tensor {
  const lead = runs.length;
  const rows = states.map(({ covariates, labels }) => {
    const tokens = concat([concat([covariates.examples, covariates.query], lead), concat([labels.examples, labels.query], lead)], lead + 1); // [...runs, tokens, dim + 1, batch]
    return transpose(tokens, [...runs.map((_, i) => i), lead + 2, lead, lead + 1]);
  });
  return stack(rows, lead);
}

/** Adds an update to tokens; without one for the covariates they stay as they are. */
export function addUpdate({ covariates, labels }: PromptTokens, update: TokenUpdate): PromptTokens {
  return {
    covariates: update.covariates === undefined ? covariates : mapPair(add, covariates, update.covariates),
    labels: mapPair(add, labels, update.labels),
  };
}

/** Appends axes of size 1 so that a tensor of runs broadcasts against tokens. */
export function appendAxes(x: Tensor, count: number): Tensor {
  let out = x;
  for (let i = 0; i < count; i++) out = expandDims(out, -1);
  return out;
}
