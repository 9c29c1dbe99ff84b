import { booleanOption, integerOption, numberOption, optionTable, problem, ShapeError, showShape } from "@attnlab/check";
import { matmul, sliceAxis, type Tensor } from "@attnlab/graph";

/** The two matrices of {@link unnormalizedLinearAttention}; leading axes broadcast against those of the tokens. */
export interface UnnormalizedLinearAttentionParams<T = Tensor> {
  /** $Q$: `[..., width, width]`, the bilinear form of the scores. */
  readonly score: T;
  /** $P$: `[..., outputs, width]`, what is done with the tokens that are read. */
  readonly value: T;
}

/** Options of {@link unnormalizedLinearAttention}. */
export interface UnnormalizedLinearAttentionOptions {
  /** $m$, how many of the last tokens nobody reads; they read all the same. Default 0. */
  readonly hiddenTokens?: number;
  /** Factor on the result, for example `1 / examples`. Default 1. */
  readonly scale?: number;
  /** Score $z_q^\top Q\,z_i$ with the reading token on the left, in place of $z_i^\top Q\,z_q$. Default `false`. */
  readonly transposeScore?: boolean;
}

const table = optionTable("unnormalizedLinearAttention", {
  hiddenTokens: integerOption({ doc: "How many of the last tokens nobody reads.", min: 0, default: 0 }),
  scale: numberOption({ doc: "Factor on the result.", default: 1 }),
  transposeScore: booleanOption({ doc: "Put the reading token on the left of the scores.", default: false }),
});

/**
 * Linear attention without softmax and without any normalisation: $\operatorname{Attn}_{P,Q}(Z) = P\,Z M\,(Z^\top Q Z)$.
 *
 * The columns of $Z$ are tokens and $M = \operatorname{diag}(1, \dots, 1, 0, \dots, 0)$ has $m$ zeros: the last $m$ tokens (the query of a
 * prompt) read the others, and nobody reads them. Computed as $P\,(Z M Z^\top)\,Q\,Z$, which costs
 * `tokens * width^2` and forms no matrix of tokens against tokens.
 *
 * Shapes: `tokens [..., tokens, width]` (the rows are $Z^\top$), `score [..., width, width]`, `value [..., outputs, width]` →
 * `[..., tokens, outputs]`. Keeps the dtype.
 *
 * @param options.hiddenTokens - $m$; default 0.
 * @param options.scale - factor on the result; default 1.
 * @param options.transposeScore - use $Q^\top$ in place of $Q$; default `false`. It matters only when $Q$ is not symmetric.
 * @throws {@link ShapeError} when sizes do not fit, or more tokens are hidden than there are.
 * @throws {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { unnormalizedLinearAttention } from "@attnlab/attention";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * const tokens = tensorData("float64", [3, 1], [1, 2, 10]);
 * const params = { score: tensorData("float64", [1, 1], [1]), value: tensorData("float64", [1, 1], [1]) };
 * const program = trace((x, params) => unnormalizedLinearAttention(x, params, { hiddenTokens: 1 }), [specOf(tokens), specOf(params)]);
 * evaluate(program, [tokens, params]).data; // => Float64Array [5, 10, 50]
 * ```
 * @see Ahn, Cheng, Daneshmand, Sra 2023 (arXiv 2306.00297); Dutta and Sra, arXiv 2410.07263. Their column formula is ours; their code scores
 * with the reading token on the left, which is `transposeScore: true`.
 */
export function unnormalizedLinearAttention(
  tokens: Tensor,
  { score, value }: UnnormalizedLinearAttentionParams,
  options?: UnnormalizedLinearAttentionOptions,
): Tensor {
  const { hiddenTokens, scale, transposeScore } = table.parse(options);
  checkSizes(tokens, score, value, hiddenTokens);
  const count = tokens.shape.at(-2) as number;
  const read = hiddenTokens === 0 ? tokens : sliceAxis(tokens, tokens.shape.length - 2, 0, count - hiddenTokens);
  const gram = matmul(read, read, { transposeA: true, alpha: scale }); // [..., width, width]
  const scored = matmul(tokens, score, { transposeB: !transposeScore }); // rows (Q z)ᵀ: [..., tokens, width]
  return matmul(matmul(scored, gram), value, { transposeB: true }); // [..., tokens, outputs]
}

function checkSizes(tokens: Tensor, score: Tensor, value: Tensor, hidden: number): void {
  const where = "unnormalizedLinearAttention";
  const width = tokens.shape.at(-1);
  const matrices = tokens.shape.length >= 2 && score.shape.length >= 2 && value.shape.length >= 2;
  if (!matrices || score.shape.at(-1) !== width || score.shape.at(-2) !== width || value.shape.at(-1) !== width) {
    throw new ShapeError(
      problem({
        where,
        expected: "tokens [..., tokens, width], score [..., width, width] and value [..., outputs, width] must agree in width",
        got: `${showShape(tokens.shape)}, ${showShape(score.shape)} and ${showShape(value.shape)}`,
        fix: "Make both matrices for the width of the tokens.",
      }),
    );
  }
  if (hidden > (tokens.shape.at(-2) as number)) {
    const got = `${hidden} of ${tokens.shape.at(-2)}`;
    const fix = "Lower hiddenTokens.";
    throw new ShapeError(problem({ where, expected: "hiddenTokens must be at most the number of tokens", got, fix }));
  }
}
