/** The paper as every experiment of this folder cites it. */
export const EXPRESSIVE_ATTENTION_PAPER = "Gros: Reorganizing attention-space geometry with expressive attention (arXiv 2407.18601)";

/** What every summary of a training experiment says of its settings. */
export const OWN_SETTINGS =
  "The paper's tasks, model and optimizer are not known to us: recurrence, sizes and training are our own, so the numbers are not the paper's.";
