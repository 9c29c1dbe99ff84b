import type { Experiment } from "../src/experiment/index.ts";

/** One entry of the list: the id, which is also the path of its file, and how to load it (only when it is needed). */
export interface ExperimentEntry {
  readonly id: string;
  readonly load: () => Promise<{ readonly experiment: Experiment }>;
}

/** Every experiment, in the order of the report. To add one: write its file, add its line here. */
export const EXPERIMENTS: readonly ExperimentEntry[] = [
  { id: "mirror-descent/aggregate", load: () => import("./mirror-descent/aggregate.ts") },
  { id: "mirror-descent/single-run", load: () => import("./mirror-descent/single-run.ts") },
  { id: "mirror-descent/planted-token", load: () => import("./mirror-descent/planted-token.ts") },
  { id: "mirror-descent/spam", load: () => import("./mirror-descent/spam.ts") },
  { id: "mirror-descent/joint", load: () => import("./mirror-descent/joint.ts") },
  { id: "mirror-descent/mnist-vit", load: () => import("./mirror-descent/mnist-vit.ts") },
  { id: "mirror-descent/imdb", load: () => import("./mirror-descent/imdb.ts") },
  { id: "mirror-descent/cifar", load: () => import("./mirror-descent/cifar.ts") },
  { id: "mirror-descent/locality", load: () => import("./mirror-descent/locality.ts") },
  { id: "mirror-descent/growth-and-rate", load: () => import("./mirror-descent/growth-and-rate.ts") },
  { id: "mirror-descent/regularization-path", load: () => import("./mirror-descent/regularization-path.ts") },
  { id: "mirror-descent/norm-geometry", load: () => import("./mirror-descent/norm-geometry.ts") },
  { id: "sign-descent/stages", load: () => import("./sign-descent/stages.ts") },
  { id: "sign-descent/invariants", load: () => import("./sign-descent/invariants.ts") },
  { id: "sign-descent/optimizers", load: () => import("./sign-descent/optimizers.ts") },
  { id: "sign-descent/collapse-scaling", load: () => import("./sign-descent/collapse-scaling.ts") },
  { id: "sign-descent/data-quality", load: () => import("./sign-descent/data-quality.ts") },
  { id: "sign-descent/batch-size", load: () => import("./sign-descent/batch-size.ts") },
  { id: "memformers/figure-1", load: () => import("./memformers/figure-1.ts") },
  { id: "expressive-attention/modular-delay", load: () => import("./expressive-attention/modular-delay.ts") },
  { id: "expressive-attention/score-scale", load: () => import("./expressive-attention/score-scale.ts") },
  { id: "expressive-attention/context-and-width", load: () => import("./expressive-attention/context-and-width.ts") },
  { id: "expressive-attention/multi-task", load: () => import("./expressive-attention/multi-task.ts") },
  { id: "expressive-attention/geometry", load: () => import("./expressive-attention/geometry.ts") },
  { id: "expressive-attention/mnist-vit", load: () => import("./expressive-attention/mnist-vit.ts") },
  { id: "expressive-attention/char-gpt", load: () => import("./expressive-attention/char-gpt.ts") },
  { id: "memformers/figure-2", load: () => import("./memformers/figure-2.ts") },
  { id: "memformers/figure-3", load: () => import("./memformers/figure-3.ts") },
  { id: "memformers/figure-4", load: () => import("./memformers/figure-4.ts") },
  { id: "memformers/figure-5", load: () => import("./memformers/figure-5.ts") },
  { id: "memformers/momentum-nesterov", load: () => import("./memformers/momentum-nesterov.ts") },
  { id: "sign-descent/mnist", load: () => import("./sign-descent/mnist.ts") },
  { id: "sign-descent/mnist-vit", load: () => import("./sign-descent/mnist-vit.ts") },
  { id: "memformers/converged", load: () => import("./memformers/converged.ts") },
  { id: "svm/accuracy", load: () => import("./svm/accuracy.ts") },
  { id: "svm/geometry", load: () => import("./svm/geometry.ts") },
  { id: "svm/soft-margin", load: () => import("./svm/soft-margin.ts") },
  { id: "knn/guarantees", load: () => import("./knn/guarantees.ts") },
  { id: "knn/error-by-k", load: () => import("./knn/error-by-k.ts") },
  { id: "benchmarks/attention-classifier-step", load: () => import("./benchmarks/attention-classifier-step.ts") },
  { id: "benchmarks/char-gpt-step", load: () => import("./benchmarks/char-gpt-step.ts") },
  { id: "benchmarks/sign-descent", load: () => import("./benchmarks/sign-descent.ts") },
  { id: "benchmarks/svm", load: () => import("./benchmarks/svm.ts") },
  { id: "benchmarks/matmul", load: () => import("./benchmarks/matmul.ts") },
  { id: "benchmarks/expressive-attention", load: () => import("./benchmarks/expressive-attention.ts") },
];
