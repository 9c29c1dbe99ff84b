import type { Matrix } from "@attnlab/linalg";
import { type CsrMatrix, decisionFunction, fitLinearSvc, fitSvc, predict } from "@attnlab/svm";
import type { ScientificPeer } from "../../adapters/scientific-peer.ts";
import type { LabelledSplit } from "./bag-of-words.ts";
import { type LinearMachine, linearObjective, type Objective, type PairMachine, pairObjective } from "./soft-objective.ts";

/** A fitted machine, measured the same way whoever fitted it. */
export interface Fitted extends Objective {
  /** Class of each test row. */
  readonly predicted: ArrayLike<number>;
}

/** A kernel machine with its settings. */
export interface KernelSettings {
  readonly kind: "svc";
  readonly kernel: "rbf" | "linear";
  readonly C: number;
}

/** A linear machine with its settings. */
export interface LinearSettings {
  readonly kind: "linear-svc";
  readonly loss: "hinge" | "squaredHinge";
  readonly penalty: "l1" | "l2";
  readonly C: number;
}

/** Tolerance and most passes on both sides: tight enough that the two end at the same function. */
const TOLERANCE = 1e-6;
const MOST_PASSES = 1_000_000;

/** Which machine to fit. */
export type MachineSettings = KernelSettings | LinearSettings;

/** Training and test rows. */
export type Split = LabelledSplit<Matrix> | LabelledSplit<CsrMatrix>;

/** Fits this package's machine. */
export function fitOwn({ train, test }: Split, settings: MachineSettings): Fitted {
  if (settings.kind === "linear-svc") {
    const { kind: _, ...options } = settings;
    const model = fitLinearSvc(train, { ...options, tol: TOLERANCE, maxIter: MOST_PASSES });
    return { primal: linearObjective(model, train, options), dual: model.dualObjective, predicted: predict(model, test.rows) };
  }
  const { kernel, C } = settings;
  const model = fitSvc(train, { kernel, C, tol: TOLERANCE, decisionFunctionShape: "ovo" });
  const { cols, data } = decisionFunction(model, train.rows);
  const decision = Array.from({ length: train.rows.rows }, (_, i) => data.subarray(i * cols, (i + 1) * cols));
  return { ...pairObjective({ ...model, decision }, train.labels, C), predicted: predict(model, test.rows) };
}

/** Fits scikit-learn's machine of the same settings; `undefined` when it gives up. */
export async function fitPeer(peer: ScientificPeer, { train, test }: Split, settings: MachineSettings): Promise<Fitted | undefined> {
  const tensors = { rows: train.rows, labels: train.labels, test: test.rows };
  if (settings.kind === "linear-svc") {
    const { C, loss, penalty } = settings;
    const named = {
      C,
      penalty,
      loss: loss === "hinge" ? "hinge" : "squared_hinge",
      dual: penalty === "l2",
      tol: TOLERANCE,
      max_iter: MOST_PASSES,
    };
    await peer.open({ case: "linear-svc", config: named, tensors });
    const { answer } = await peer.run<LinearMachine & { predicted: number[] }>(1);
    return answer && { primal: linearObjective(answer, train, settings), dual: Number.NaN, predicted: answer.predicted };
  }
  const { kernel, C } = settings;
  await peer.open({ case: "svc", config: { kernel, C, gamma: "scale", tol: TOLERANCE }, tensors });
  const { answer } = await peer.run<PairMachine & { predicted: number[] }>(1);
  return answer && { ...pairObjective(answer, train.labels, C), predicted: answer.predicted };
}
