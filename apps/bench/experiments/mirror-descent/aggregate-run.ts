import { directionalDivergence, lpNorm } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import type { ParameterValues, RunContext } from "../../src/experiment/index.ts";
import { problemOfSeed } from "./attention-problem.ts";
import { lossAt } from "./closed-form-loss.ts";
import { PAPER_LEARNING_RATE, paperSteps } from "./paper.ts";
import { evenSteps } from "./recorded-steps.ts";
import { type SvmDirection, svmDirection } from "./svm-direction.ts";
import { trainAttention, weightsOfRun } from "./train-attention.ts";

/** One program per exponent for all seeds, in one arithmetic. */
export interface AggregateCell extends ParameterValues {
  readonly exponents: readonly number[];
  readonly mode: "stable" | "authors";
  readonly sharedStart: boolean;
}

interface Trained {
  readonly p: number;
  readonly snapshots: readonly { readonly step: number; readonly weights: Float64Array }[];
  readonly selections: readonly Int32Array[];
}

/** Label of the rows that compare a run with exponent p to the SVM with exponent q. */
export function pairSeries(p: number, q: number): string {
  return `p = ${p}, SVM ${q}`;
}

/** Label of the rows about runs with one exponent. */
export function runSeries(p: number): string {
  return `p = ${p}`;
}

/** Steps per call of ONNX Runtime: the largest divisor of the total that gives at least 200 calls. */
function stepsPerRun(steps: number): number {
  for (let size = Math.max(1, Math.floor(steps / 200)); size > 1; size--) if (steps % size === 0) return size;
  return 1;
}

/** Trains all seeds with one exponent and records what concerns that exponent alone. */
async function trainExponent(p: number, context: RunContext<AggregateCell>): Promise<Trained> {
  const { params, seeds, record, progress, signal } = context;
  const { exponents, mode, sharedStart } = params;
  const problems = seeds.map(problemOfSeed);
  const entries = (problems[0] as (typeof problems)[number]).sizes.dim ** 2;
  const starts = seeds.map((seed) =>
    createRng(seed)
      .split(sharedStart ? "start" : `start for p = ${p}`)
      .fillNormal(new Float64Array(entries)),
  );
  const steps = paperSteps(p);
  const size = stepsPerRun(steps);
  // In calls: about 40 even ones and a few early ones more.
  const kept = evenSteps(steps / size, 40, [1, 2, 3, 4, 6, 8, 12]);
  const firstNorms = starts.map((W) => lpNorm(W, p));
  const worstGrowth = new Float64Array(seeds.length);
  const halfPower = new Float64Array(seeds.length);
  const lateGrowth = new Float64Array(seeds.length);
  const snapshots: { step: number; weights: Float64Array }[] = [];
  const done = exponents.indexOf(p) / exponents.length;
  const options = { problems, starts, p, learningRate: PAPER_LEARNING_RATE, normalized: true, mode, steps, stepsPerRun: size, signal };
  const training = await trainAttention(options, (step, weights) => {
    progress(done + (0.9 * step) / steps / exponents.length, `p = ${p}, step ${step}`);
    seeds.forEach((_, run) => {
      const power = lpNorm(weightsOfRun(weights, run, seeds.length), p) ** (p - 1);
      const bound = (firstNorms[run] as number) ** (p - 1) + PAPER_LEARNING_RATE * step;
      worstGrowth[run] = Math.max(worstGrowth[run] as number, power / bound);
      if (step <= steps / 2) halfPower[run] = power;
      lateGrowth[run] = (power - (halfPower[run] as number)) / (PAPER_LEARNING_RATE * (steps / 2));
    });
    if (kept.has(step / size)) snapshots.push({ step, weights: weights.slice() });
  });
  const { trainingSeconds, coreSeconds, compileSeconds } = training;
  const series = runSeries(p);
  record({ seed: seeds[0] as number, series, step: steps }, { trainingSeconds, coreSeconds, compileSeconds });
  const selections = problems.map((problem, run) => {
    const W = weightsOfRun(training.weights, run, seeds.length);
    const { selected, leastGap } = lossAt(problem, W, problem.optimal);
    const { excess } = lossAt(problem, W, selected);
    const globalTokens = selected.filter((token, i) => token === problem.optimal[i]).length / selected.length;
    record(
      { seed: seeds[run] as number, series, step: steps },
      {
        norm: lpNorm(W, p),
        worstGrowth: worstGrowth[run] as number,
        lateGrowth: lateGrowth[run] as number,
        leastGap,
        excess,
        globalTokens,
        allGlobal: Number(globalTokens === 1),
      },
    );
    return selected;
  });
  return { p, snapshots, selections };
}

/** Trains every exponent, then compares every iterate with the SVMs of all exponents in both variants. */
export async function runAggregate(context: RunContext<AggregateCell>): Promise<void> {
  const { params, seeds, record, progress, signal } = context;
  const { exponents } = params;
  const trained: Trained[] = [];
  for (const p of exponents) trained.push(await trainExponent(p, context));
  seeds.forEach((seed, run) => {
    const problem = problemOfSeed(seed);
    const known = new Map<string, SvmDirection | undefined>();
    const solve = (selected: Int32Array, q: number): SvmDirection | undefined => {
      const key = `${q}: ${selected.join()}`;
      if (!known.has(key)) known.set(key, svmDirection(problem, selected, q));
      return known.get(key);
    };
    for (const { p, snapshots, selections } of trained) {
      const own = selections[run] as Int32Array;
      const svm = solve(own, p);
      const step = paperSteps(p);
      record({ seed, series: runSeries(p), step }, { feasible: Number(svm !== undefined) });
      if (svm === undefined) continue;
      const { support, error } = svm;
      record({ seed, series: runSeries(p), step }, { support, svmError: error, locallyOptimal: Number(svm.locallyOptimal) });
      for (const other of trained) {
        const theirs = other.selections[run] as Int32Array;
        const sameTokens = Number(own.join() === theirs.join());
        if (other.p > p) record({ seed, series: pairSeries(p, other.p), step }, { sameTokens });
        const [resolved, published] = [solve(own, other.p), solve(theirs, other.p)];
        // Where the divergence from the other SVM tends to when the run tends to its own.
        if (resolved !== undefined)
          record({ seed, series: pairSeries(p, other.p), step }, { limit: directionalDivergence(resolved.W, svm.W, p) });
        for (const { step: at, weights } of snapshots) {
          const W = weightsOfRun(weights, run, seeds.length);
          const place = { seed, series: pairSeries(p, other.p), step: at };
          if (resolved !== undefined) record(place, { resolved: directionalDivergence(resolved.W, W, p) });
          if (published === undefined) continue;
          record(place, { published: directionalDivergence(published.W, W, p) });
        }
      }
    }
    progress(0.95 + (0.05 * run) / seeds.length, `SVMs of seed ${seed}`);
    signal.throwIfAborted();
  });
}
