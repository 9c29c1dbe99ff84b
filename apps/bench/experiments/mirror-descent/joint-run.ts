import { type TensorData, tensorData } from "@attnlab/check";
import { jointTrainingData } from "@attnlab/datasets";
import { mul, type Tensor } from "@attnlab/graph";
import { directionalDivergence, lpNorm } from "@attnlab/linalg";
import { attentionClassifier } from "@attnlab/models";
import { mirrorDescent } from "@attnlab/optimizers";
import { attentionScores, selectTokens, solveAttentionSvm, solveLabelSvm } from "@attnlab/svm";
import { logisticLoss, type TrainDefinition, type TrainState } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import type { ParameterValues, RunContext } from "../../src/experiment/index.ts";
import { PAPER_LEARNING_RATE, paperSteps } from "./paper.ts";
import { evenSteps } from "./recorded-steps.ts";

/** One joint run. */
export interface JointCell extends ParameterValues {
  readonly p: number;
  readonly mode: "stable" | "authors";
}

interface Params<T> {
  readonly keyQuery: T;
  readonly head: T;
}

interface Data<T> {
  readonly tokens: T;
  readonly query: T;
  readonly labels: T;
}

interface Iterate {
  readonly step: number;
  readonly W: Float64Array;
  readonly v: Float64Array;
}

const STEPS_PER_RUN = 100;

function definitionOf({ p, mode }: JointCell): TrainDefinition<Params<TensorData>, readonly [], Data<TensorData>> {
  const { samples: n, tokens: T, dim: d, inputs, queries, labels } = jointTrainingData();
  return {
    params: { keyQuery: tensorData("float64", [d, d], new Float64Array(d * d)), head: tensorData("float64", [d], new Float64Array(d)) },
    data: {
      tokens: tensorData("float64", [n, T, d], inputs),
      query: tensorData("float64", [n, d], queries),
      labels: tensorData("float64", [n], labels),
    },
    // Each tensor's gradient is divided by its own norm, both from the same forward pass.
    optimizer: mirrorDescent({ p, learningRate: PAPER_LEARNING_RATE, normalized: true, mode }),
    loss: (params: Params<Tensor>, _batch, { data }) => {
      const inputs = data as Data<Tensor>;
      const outputs = attentionClassifier(params, inputs, { softmaxGradient: mode === "stable" ? "stable" : "standard" });
      return { loss: logisticLoss(mul(outputs, inputs.labels)), metrics: { keyQuery: params.keyQuery, head: params.head } };
    },
  };
}

/** Every iterate of the run, from zero weights to the last. */
async function train(cell: JointCell, { progress, signal }: Pick<RunContext, "progress" | "signal">): Promise<Iterate[]> {
  const steps = paperSteps(cell.p);
  const definition = definitionOf(cell);
  await using loop = await compileLoop(definition, { steps: STEPS_PER_RUN });
  const trail: Iterate[] = [];
  let state: TrainState<Params<TensorData>> = loop.initialState;
  for (let step = 0; step < steps; step += STEPS_PER_RUN) {
    const { state: next, metrics } = await loop.run(state);
    const [W, v] = [metrics.keyQuery?.data as Float64Array, metrics.head?.data as Float64Array];
    for (let j = 0; j < STEPS_PER_RUN; j++) trail.push({ step: step + j, W: W.slice(4 * j, 4 * j + 4), v: v.slice(2 * j, 2 * j + 2) });
    state = next;
    progress(step / steps, `p = ${cell.p}, ${cell.mode}`);
    signal.throwIfAborted();
  }
  trail.push({ step: steps, W: state.params.keyQuery.data as Float64Array, v: state.params.head.data as Float64Array });
  return trail;
}

/** Trains W and v together and compares both with the SVMs of the tokens selected at the end. */
export async function runJoint({ params, record, progress, signal }: RunContext<JointCell>): Promise<void> {
  const { p } = params;
  const steps = paperSteps(p);
  const trail = await train(params, { progress, signal });
  const { inputs, queries, labels } = jointTrainingData();
  const tokens = { shape: [2, 3, 2], data: inputs };
  const samples = { tokens, queries: { shape: [2, 2], data: queries } };
  const tokensAt = (W: Float64Array): ReturnType<typeof selectTokens> =>
    selectTokens(attentionScores(samples, { rows: 2, cols: 2, data: W }));
  const last = trail.at(-1) as Iterate;
  const { selected, probabilityGap } = tokensAt(last.W);
  selected.forEach((token, sample) => {
    record({ series: "alpha", step: sample }, { token, gap: probabilityGap[sample] as number });
  });
  const attention = solveAttentionSvm({ ...samples, selected }, { p });
  const label = solveLabelSvm({ tokens, labels, selected }, { p });
  const finalNorm = lpNorm(last.W, p);
  const frozen = trail.find(({ W }) => lpNorm(W, p) >= 0.999 * finalNorm) as Iterate;
  record({ series: "end", step: steps }, { norm: finalNorm, frozenAt: frozen.step });
  recordEntries(record, "W", steps, last.W);
  if (attention.status === "infeasible" || label.status === "infeasible") return;
  recordEntries(record, "svm W", 0, attention.W.data);
  recordEntries(record, "svm v", 0, label.w);

  const kept = evenSteps(steps, 100, [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700]);
  trail.forEach(({ step, W, v }, k) => {
    if (step <= 100 && k + 1 < trail.length) {
      // As plotted: attention before the step, the head after it.
      const { selected: now, topProbability } = tokensAt(W);
      const after = (trail[k + 1] as Iterate).v;
      const logistic = Array.from(now, (t, i) => 1 / (1 + Math.exp(-(labels[i] as number) * scoreOf(inputs, { i, t }, after))));
      record({ series: "probabilities", step }, { softmax: mean(topProbability), logistic: mean(logistic) });
    }
    if (!kept.has(step)) return;
    record({ series: "path", step }, { w0: W[0] as number, w1: W[1] as number, v0: v[0] as number, v1: v[1] as number });
    const divergences = {
      ...(lpNorm(W, p) > 0 ? { divergenceW: directionalDivergence(attention.W.data, W, p) } : {}),
      ...(lpNorm(v, p) > 0 ? { divergenceV: directionalDivergence(label.w, v, p) } : {}),
    };
    record({ series: "divergence", step }, divergences);
  });
}

function recordEntries(record: RunContext["record"], series: string, step: number, values: Float64Array): void {
  record({ series, step }, Object.fromEntries(Array.from(values, (value, i) => [`entry ${i}`, value])));
}

function scoreOf(inputs: Float64Array, { i, t }: { readonly i: number; readonly t: number }, v: Float64Array): number {
  const at = (i * 3 + t) * 2;
  return (inputs[at] as number) * (v[0] as number) + (inputs[at + 1] as number) * (v[1] as number);
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}
