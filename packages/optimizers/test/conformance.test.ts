import { describe, test } from "vitest";
import {
  adam,
  adamw,
  addWeightDecay,
  chain,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  cosineSchedule,
  entropyMirrorMap,
  gradientDescent,
  linearWarmup,
  lpMirrorMap,
  mirrorDescent,
  mirrorOptimizer,
  momentum,
  nesterov,
  normalizedGradientDescent,
  type Optimizer,
  optimizer,
  partition,
  pNormMirrorMap,
  type Schedule,
  scaleByLearningRate,
  signDescent,
  signum,
} from "../src/index.ts";
import { type Goal, type OptimizerSubject, optimizerConformance } from "../src/testing/index.ts";
import { onnxBackend } from "./onnx-backend.ts";

/** Methods whose steps do not shrink with the gradient need a rate that goes to zero. */
const fading = (learningRate: number, steps: number): Schedule => cosineSchedule({ learningRate, steps });

function goal(create: () => Optimizer, steps: number, loss: number): Goal {
  return { create, steps, loss };
}

const SUBJECTS: readonly OptimizerSubject[] = [
  {
    name: "gradientDescent",
    quadratic: goal(() => gradientDescent({ learningRate: 0.1 }), 150, 1e-12),
    rosenbrock: goal(() => gradientDescent({ learningRate: 0.002 }), 8000, 1e-6),
  },
  {
    name: "momentum",
    quadratic: goal(() => momentum({ learningRate: 0.05, momentum: 0.7 }), 150, 1e-12),
    rosenbrock: goal(() => momentum({ learningRate: 0.001 }), 2000, 1e-6),
  },
  {
    name: "nesterov",
    quadratic: goal(() => nesterov({ learningRate: 0.05, momentum: 0.7 }), 150, 1e-12),
    rosenbrock: goal(() => nesterov({ learningRate: 0.001 }), 2000, 1e-6),
  },
  {
    name: "signDescent",
    quadratic: goal(() => signDescent({ learningRate: fading(0.05, 200) }), 200, 1e-5),
    rosenbrock: goal(() => signDescent({ learningRate: fading(0.005, 6000) }), 6000, 1e-2),
  },
  {
    name: "signum",
    quadratic: goal(() => signum({ learningRate: fading(0.05, 200) }), 200, 1e-4),
    rosenbrock: goal(() => signum({ learningRate: fading(0.01, 6000), momentum: 0.5 }), 6000, 1e-2),
  },
  {
    name: "adam",
    quadratic: goal(() => adam({ learningRate: 0.1 }), 400, 1e-9),
    rosenbrock: goal(() => adam({ learningRate: 0.02 }), 3000, 1e-6),
  },
  {
    name: "adamw",
    quadratic: goal(() => adamw({ learningRate: linearWarmup(0.1, { steps: 10 }), weightDecay: 0 }), 400, 1e-9),
    rosenbrock: goal(() => adamw({ learningRate: 0.02, weightDecay: 1e-7 }), 3000, 1e-6),
  },
  {
    name: "normalizedGradientDescent",
    quadratic: goal(() => normalizedGradientDescent({ learningRate: fading(0.1, 300) }), 300, 1e-5),
    rosenbrock: goal(() => normalizedGradientDescent({ learningRate: fading(0.05, 3000) }), 3000, 1e-3),
  },
  {
    name: "clipped and decayed chain",
    quadratic: goal(
      () => optimizer(chain(clipByValue(5), clipByNorm(3), clipByGlobalNorm(2), addWeightDecay(0), gradientDescent({ learningRate: 0.1 }))),
      300,
      1e-12,
    ),
    rosenbrock: goal(() => optimizer(chain(clipByGlobalNorm(5), momentum({ learningRate: 0.002 }))), 2000, 1e-6),
  },
  {
    name: "partition",
    quadratic: goal(
      () =>
        optimizer(
          partition({ fast: adam({ learningRate: 0.1 }), slow: momentum({ learningRate: 0.03 }) }, (path) =>
            path.includes("weight") ? "slow" : "fast",
          ),
        ),
      400,
      1e-9,
    ),
    rosenbrock: goal(() => optimizer(partition({ all: nesterov({ learningRate: 0.001 }) }, "all")), 2000, 1e-6),
  },
  ...[1.5, 1.75, 2, 3].flatMap((p): readonly OptimizerSubject[] =>
    (["stable", "authors"] as const).map((mode) => ({
      name: `mirrorDescent, p = ${p}, ${mode}`,
      quadratic: goal(() => mirrorDescent({ p, mode, learningRate: 0.04 }), 2000, 1e-10),
      rosenbrock: goal(() => mirrorDescent({ p, mode, learningRate: 0.0008 }), 12000, 1e-3),
    })),
  ),
  {
    name: "mirrorDescent, p = 1.1",
    quadratic: goal(() => mirrorDescent({ p: 1.1, learningRate: 0.003 }), 3000, 1e-10),
    rosenbrock: goal(() => mirrorDescent({ p: 1.1, learningRate: 0.0001 }), 8000, 1e-3),
  },
  {
    name: "mirrorDescent, normalised",
    quadratic: goal(() => mirrorDescent({ p: 1.75, normalized: true, learningRate: fading(0.1, 600) }), 600, 1e-4),
    rosenbrock: goal(() => mirrorDescent({ p: 1.75, normalized: true, learningRate: fading(0.05, 4000) }), 4000, 1e-2),
  },
  {
    name: "exponentiated gradient",
    quadratic: goal(() => mirrorDescent({ map: entropyMirrorMap(), learningRate: 0.05 }), 1000, 1e-12),
    rosenbrock: goal(() => mirrorDescent({ map: entropyMirrorMap(), learningRate: 0.001 }), 12000, 1e-5),
  },
  {
    name: "p-norm algorithm",
    quadratic: goal(() => mirrorDescent({ map: pNormMirrorMap(3), learningRate: 0.03 }), 1000, 1e-10),
    rosenbrock: goal(() => mirrorDescent({ map: pNormMirrorMap(1.5), learningRate: 0.0005 }), 12000, 1e-3),
  },
  {
    name: "mirrored Adam",
    quadratic: goal(() => mirrorOptimizer(adam({ learningRate: 0.02 }), { map: lpMirrorMap(1.5) }), 1000, 1e-9),
    rosenbrock: goal(
      () => mirrorOptimizer(chain(clipByGlobalNorm(5), scaleByLearningRate(0.0008)), { map: lpMirrorMap(1.75) }),
      12000,
      1e-3,
    ),
  },
];

describe.each(SUBJECTS)("$name", (subject) => {
  test.each(optimizerConformance(subject, onnxBackend))("$name", async ({ run }) => {
    await run();
  });
});
