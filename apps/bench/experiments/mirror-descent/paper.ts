/** The paper as every experiment of this folder cites it. */
export const MIRROR_DESCENT_PAPER = "Julistiono, Tarzanagh, Azizan: Optimizing Attention with Mirror Descent (arXiv 2410.14581)";

/** Step size $\eta$ of all synthetic experiments of the published code. */
export const PAPER_LEARNING_RATE = 0.1;

/** Iterations of the synthetic experiments of the published code, by exponent. */
export const PAPER_STEPS: Readonly<Record<string, number>> = { "1.75": 1_500, "2": 2_000, "3": 20_000 };

/** Iterations for an exponent; the paper's where it ran that exponent, else enough for the slower ones among them. */
export function paperSteps(p: number): number {
  return PAPER_STEPS[String(p)] ?? (p < 2 ? 1_500 : 20_000);
}
