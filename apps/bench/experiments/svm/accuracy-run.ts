import { lpNorm, matvecTransposed } from "@attnlab/linalg";
import { type HardMarginSolution, type MatrixMarginSolution, solveHardMargin, solveMatrixMargin } from "@attnlab/svm";
import type { ScientificPeer } from "../../adapters/scientific-peer.ts";
import {
  bracketDistance,
  type ClaimedSolution,
  isMatrixNorm,
  type MarginConstraints,
  marginBracket,
  type NormName,
  relativeGap,
} from "./margin-bracket.ts";
import { type MarginProblem, unitRows } from "./margin-problems.ts";

/** Tolerances handed to cvxopt, the tightest first: it gives up where it cannot hold one. */
const PEER_TOLERANCES = [1e-11, 1e-9, 1e-7];

/** Solves a problem in any of the norms at the default tolerance. */
export function solveOwn({ rows, rhs, shape }: MarginConstraints, norm: NormName): HardMarginSolution | MatrixMarginSolution {
  return isMatrixNorm(norm) ? solveMatrixMargin({ rows, rhs, shape }, { norm }) : solveHardMargin({ rows, rhs }, { p: Number(norm) });
}

/** Weights and multipliers of a solution that is no proof of infeasibility. */
export function weightsOf(solution: Exclude<HardMarginSolution | MatrixMarginSolution, { status: "infeasible" }>): ClaimedSolution {
  return { w: "W" in solution ? solution.W.data : solution.w, dual: solution.dual };
}

/** Everything that is measured on one problem in one norm; what was not measured is absent. */
export async function measureProblem(
  { constraints, family }: MarginProblem,
  norm: NormName,
  peer: ScientificPeer | undefined,
): Promise<Record<string, number>> {
  const solution = solveOwn(constraints, norm);
  if (family === "infeasible") {
    const feasible = peer === undefined ? undefined : await feasibility(peer, constraints);
    return {
      proven: solution.status === "infeasible" ? 1 : 0,
      proofError: solution.status === "infeasible" ? proofError(constraints, solution.farkas) : Number.POSITIVE_INFINITY,
      ...(feasible === undefined ? {} : { peerProven: feasible ? 0 : 1 }),
    };
  }
  if (solution.status === "infeasible") return { optimal: 0, gap: 1, residual: 1 };
  const own = marginBracket(constraints, norm, weightsOf(solution));
  const measured = {
    optimal: solution.status === "optimal" ? 1 : 0,
    gap: Math.max(relativeGap(own), 2 ** -53),
    residual: Math.max(...Object.values(solution.residuals)),
  };
  if (peer === undefined) return measured;
  const theirs = await solvePeer(peer, unitRows(constraints), norm);
  if (theirs === undefined) return { ...measured, peerGap: 1 };
  return { ...measured, peerGap: Math.max(theirs.gap, 2 ** -53), distance: bracketDistance(own, theirs.bracket) };
}

/** How far a Farkas vector is from a proof: negative entries and what A'y leaves over, against the rows it adds up. */
function proofError({ rows, rhs }: MarginConstraints, farkas: Float64Array): number {
  const lengths = Float64Array.from({ length: rows.rows }, (_, i) => lpNorm(rows.data.subarray(i * rows.cols, (i + 1) * rows.cols), 2));
  const weight = farkas.reduce((sum, y, i) => sum + Math.abs(y) * (lengths[i] as number), 0);
  const gain = farkas.reduce((sum, y, i) => sum + y * (rhs[i] as number), 0);
  if (farkas.some((y) => y < 0) || !(gain > 0)) return Number.POSITIVE_INFINITY;
  return lpNorm(matvecTransposed(rows, farkas), 2) / weight;
}

async function feasibility(peer: ScientificPeer, constraints: MarginConstraints): Promise<boolean | undefined> {
  const { rows, rhs } = unitRows(constraints);
  await peer.open({ case: "feasibility", config: {}, tensors: { rows, rhs } });
  return (await peer.run<{ feasible: boolean | null }>(1)).answer?.feasible ?? undefined;
}

async function solvePeer(peer: ScientificPeer, constraints: MarginConstraints, norm: NormName) {
  // The right-hand side in units of its largest entry: tolerances of the peers are absolute.
  const largest = Math.max(...constraints.rhs);
  const rhs = constraints.rhs.map((b) => b / largest);
  let best: { readonly gap: number; readonly bracket: { readonly lower: number; readonly upper: number } } | undefined;
  for (const tight of PEER_TOLERANCES) {
    await peer.open({ case: "hard-margin", config: { norm, tight, shape: constraints.shape }, tensors: { rows: constraints.rows, rhs } });
    const { answer } = await peer.run<ClaimedSolution>(1);
    if (answer === undefined) continue;
    const { lower, upper } = marginBracket({ ...constraints, rhs }, norm, answer);
    const gap = relativeGap({ lower, upper });
    if (!(best !== undefined && best.gap <= gap) && Number.isFinite(lower))
      best = { gap, bracket: { lower: lower * largest, upper: upper * largest } };
    if (gap <= 1e-8) break;
  }
  return best;
}
