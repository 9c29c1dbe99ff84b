/** The paper as every experiment of this folder cites it. */
export const MEMFORMER_PAPER =
  "Dutta, Sra: Memory-augmented Transformers can implement Linear First-Order Optimization Methods (arXiv 2410.07263 v1)";

/** Covariates, labelled examples and prompts of a training batch in the paper. */
export const PAPER_SIZES = { dim: 5, examples: 20, batch: 1000 } as const;

/** Scales $D$ of the two distributions of covariates. */
export const SCALES_OF = { noniso: [1, 1, 0.5, 0.25, 1], iso: [1, 1, 1, 1, 1] } as const;

/** Which covariates a prompt has: the paper's anisotropic ones, or standard normal ones. */
export type Covariates = keyof typeof SCALES_OF;

/** Depths of every figure. */
export const DEPTHS = [1, 2, 3, 4] as const;
