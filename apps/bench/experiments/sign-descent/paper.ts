/** The paper as every experiment of this folder cites it. */
export const SIGN_DESCENT_PAPER =
  "Li, Huang, Han, Zhou, Suzuki, Zhu, Chen: On the Optimization and Generalization of Two-layer Transformers with Sign Gradient Descent (arXiv 2410.04870)";

/** Said in every summary: the paper's own settings could not be read. */
export const OWN_SETTINGS =
  "The paper's own sizes are not known to us; configuration R is ours, tuned so that its landmarks fall where the paper's figure has them.";
