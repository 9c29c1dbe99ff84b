import { matrixFromRows } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { fitLinearSvc, fitSvc, predict, solveAttentionSvm, solveHardMargin } from "@attnlab/svm";
import { ownContender, peerContenders } from "../adapters/cpu-time.ts";
import type { Contender } from "../adapters/interleave.ts";
import { libsvmJs, listRows } from "../adapters/npm-svm.ts";
import type { ScientificCase, ScientificPeer } from "../adapters/scientific-peer.ts";
import { solveOwn, weightsOf } from "../experiments/svm/accuracy-run.ts";
import { spamBagOfWords } from "../experiments/svm/bag-of-words.ts";
import {
  type ClaimedSolution,
  type MarginConstraints,
  marginBracket,
  type NormName,
  relativeGap,
} from "../experiments/svm/margin-bracket.ts";
import { attentionConstraints, planted, syntheticSelection } from "../experiments/svm/margin-problems.ts";
import { type LinearMachine, linearObjective } from "../experiments/svm/soft-objective.ts";

/** What is compared with what. */
export const COMPARISONS = ["p = 2, wide", "p = 2, small", "p = 1.75", "p = 3", "attention", "kernel", "linear"] as const;

/** One of {@link COMPARISONS}. */
export type Comparison = (typeof COMPARISONS)[number];

/** Name of this package among the contenders. */
export const OWN = "attnlab";

/** Exponents of the attention SVM. */
export const ATTENTION_EXPONENTS: readonly NormName[] = ["1.1", "1.75", "2", "3"];

/** The contenders of a comparison, verified: errors of their answers by contender, computed the same way for all. */
export interface PreparedComparison extends Disposable {
  readonly contenders: readonly Contender[];
  readonly errors: ReadonlyMap<string, number>;
}

interface MarginComparison {
  readonly constraints: MarginConstraints;
  readonly norm: NormName;
  readonly own: string;
  /** What is timed; default: `solveHardMargin`. */
  readonly work?: () => void;
  readonly peer: { readonly name: string; readonly route?: "least-distance" };
}

/** Solves a comparison once on every side, and returns what can be timed. */
export async function prepareComparison(
  comparison: Comparison,
  seed: number,
  peer: ScientificPeer | undefined,
): Promise<PreparedComparison> {
  const wide = gaussianConstraints(seed);
  switch (comparison) {
    case "p = 2, wide":
      return prepareMargins([{ constraints: wide, norm: "2", own: OWN, peer: { name: "cvxopt, quadratic dual" } }], peer);
    case "p = 2, small":
      return prepareMargins(
        [{ constraints: smallConstraints(seed), norm: "2", own: OWN, peer: { name: "scipy, nnls", route: "least-distance" } }],
        peer,
      );
    case "p = 1.75":
      return prepareMargins([{ constraints: wide, norm: "1.75", own: OWN, peer: { name: "cvxopt.cp, dual" } }], peer);
    case "p = 3":
      return prepareMargins([{ constraints: wide, norm: "3", own: OWN, peer: { name: "cvxopt.cp, primal" } }], peer);
    case "attention": {
      const constraints = attentionConstraints(seed);
      const selection = syntheticSelection(seed);
      const one = (norm: NormName): MarginComparison => ({
        constraints,
        norm,
        own: `${OWN}, p = ${norm}`,
        work: () => solveAttentionSvm(selection, { p: Number(norm) }),
        peer: { name: `cvxopt, p = ${norm}` },
      });
      return prepareMargins(ATTENTION_EXPONENTS.map(one), peer);
    }
    case "kernel":
      return prepareKernel(seed, peer);
    case "linear":
      return prepareLinear(seed, peer);
  }
}

async function prepareMargins(comparisons: readonly MarginComparison[], peer: ScientificPeer | undefined): Promise<PreparedComparison> {
  const contenders: Contender[] = [];
  const errors = new Map<string, number>();
  const asPeer = peer && peerContenders(peer);
  for (const { constraints, norm, own, work: given, peer: other } of comparisons) {
    const { rows, rhs } = constraints;
    const errorOf = (found: ClaimedSolution): number => relativeGap(marginBracket(constraints, norm, found));
    const solution = solveOwn(constraints, norm);
    if (solution.status === "infeasible") throw new Error(`${own}: the problem of the benchmark must be feasible`);
    errors.set(own, errorOf(weightsOf(solution)));
    contenders.push(ownContender(own, given ?? (() => solveHardMargin({ rows, rhs }, { p: Number(norm) }))));
    if (peer === undefined || asPeer === undefined) continue;
    const config = { norm, ...(other.route === undefined ? {} : { route: other.route }) };
    const work: ScientificCase = { case: "hard-margin", config, tensors: { rows, rhs } };
    await peer.open(work);
    const { answer } = await peer.run<ClaimedSolution>(1);
    errors.set(other.name, answer === undefined ? Number.POSITIVE_INFINITY : errorOf(answer));
    contenders.push(asPeer(other.name, work));
  }
  return { contenders, errors, [Symbol.dispose]: () => undefined };
}

/** 200 x 400 normal entries: fewer rows than columns, so that every right-hand side is feasible. */
function gaussianConstraints(seed: number): MarginConstraints {
  const data = createRng(seed)
    .split("wide")
    .fillNormal(new Float64Array(200 * 400));
  return { rows: { rows: 200, cols: 400, data }, rhs: new Float64Array(200).fill(1), shape: [20, 20] };
}

/** 50 x 25 normal entries, turned to one side of a hidden direction. */
function smallConstraints(seed: number): MarginConstraints {
  const rng = createRng(seed).split("small");
  const raw = Array.from({ length: 50 }, () => Array.from({ length: 25 }, () => rng.normal()));
  return { rows: matrixFromRows(planted(rng, raw, 0.1)), rhs: new Float64Array(50).fill(1), shape: [5, 5] };
}

const KERNEL = { C: 1, gamma: 1 / 50, tol: 1e-3 } as const;
const CHECKED_ROWS = 500;

/** 5,000 points in 50 dimensions, labelled by whether five of their coordinates lie in a noisy ball. */
async function prepareKernel(seed: number, peer: ScientificPeer | undefined): Promise<PreparedComparison> {
  const [samples, features, relevant] = [5_000, 50, 5];
  const rng = createRng(seed).split("kernel");
  const data = rng.fillNormal(new Float64Array(samples * features));
  const labels = Int32Array.from({ length: samples }, (_, i) => {
    const squared = data.subarray(i * features, i * features + relevant).reduce((sum, v) => sum + v * v, 0);
    return squared + 0.7 * rng.normal() > relevant ? 1 : 0;
  });
  const rows = { rows: samples, cols: features, data };
  const test = { rows: CHECKED_ROWS, cols: features, data: data.subarray(0, CHECKED_ROWS * features) };
  const fit = () => fitSvc({ rows, labels }, KERNEL);
  const own = predict(fit(), test);
  const shareOther = (given: readonly number[]): number => given.filter((label, i) => label !== own[i]).length / CHECKED_ROWS;
  const errors = new Map([[OWN, 0]]);
  const contenders = [ownContender(OWN, fit)];
  if (peer !== undefined) {
    const work: ScientificCase = { case: "svc", config: { kernel: "rbf", ...KERNEL }, tensors: { rows, labels, test } };
    await peer.open(work);
    errors.set("scikit-learn, libsvm", shareOther((await peer.run<{ predicted: number[] }>(1)).answer?.predicted ?? []));
    contenders.push(peerContenders(peer)("scikit-learn, libsvm", work));
  }
  const machine = await libsvmJs(listRows(rows), Array.from(labels), KERNEL);
  machine.train();
  errors.set("libsvm-js", shareOther(machine.predict(listRows(test))));
  contenders.push(ownContender("libsvm-js", machine.train));
  return { contenders, errors, [Symbol.dispose]: machine.free };
}

async function prepareLinear(seed: number, peer: ScientificPeer | undefined): Promise<PreparedComparison> {
  const { train, test } = await spamBagOfWords(seed);
  const options = { C: 1, loss: "squaredHinge", penalty: "l2" } as const;
  const fit = () => fitLinearSvc(train, options);
  const model = fit();
  const objective = (machine: LinearMachine): number => linearObjective(machine, train, options) / model.dualObjective - 1;
  const errors = new Map([[OWN, objective(model)]]);
  const contenders = [ownContender(OWN, fit)];
  if (peer !== undefined) {
    const config = { C: 1, loss: "squared_hinge", penalty: "l2", tol: 1e-4, max_iter: 1000 };
    const work: ScientificCase = { case: "linear-svc", config, tensors: { rows: train.rows, labels: train.labels, test: test.rows } };
    await peer.open(work);
    const { answer } = await peer.run<LinearMachine>(1);
    errors.set("scikit-learn, liblinear", answer === undefined ? Number.POSITIVE_INFINITY : objective(answer));
    contenders.push(peerContenders(peer)("scikit-learn, liblinear", work));
  }
  return { contenders, errors, [Symbol.dispose]: () => undefined };
}
