/** How the paper is cited. */
export const KNN_PAPER =
  "T. Haris, kNN Attention Demystified: A Theoretical Exploration for Scalable Transformers, arXiv:2411.04013 (ICLR 2025)";

/** Said in every summary: where expected values come from. */
export const KNN_SOURCES =
  "The text of the paper was not at hand: expected values are those of its abstract, of the author's released code and figures, of the literature it builds on, or derived; every claim says which.";
