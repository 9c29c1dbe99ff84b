import type { Rng } from "@attnlab/random";

/** A loss of the output of attention. */
export interface OutputLoss {
  readonly loss: number;
  /** $\partial L / \partial O$. */
  readonly gradient: Float32Array;
}

/** A problem of gradient descent through attention. */
export interface DescentProblem {
  readonly tokens: number;
  readonly dim: number;
  /** Standard deviation of the entries of queries, keys and values. */
  readonly std: number;
  readonly steps: number;
  readonly learningRate: number;
  /** $\epsilon$ of the released budget of walks, $\lceil d \ln n / \epsilon\rceil$ per column. */
  readonly epsilon: number;
  /** What the release says of the curves. */
  readonly reported: string;
  /** Makes the loss; weights and labels are drawn once. */
  readonly loss: (sizes: { readonly tokens: number; readonly dim: number }, rng: Rng) => (output: Float32Array) => OutputLoss;
}

/** The sum of a function over all entries. */
function entrywise(value: (x: number) => number, slope: (x: number) => number): DescentProblem["loss"] {
  return () => (output) => ({ loss: output.reduce((sum, x) => sum + value(x), 0), gradient: output.map(slope) });
}

/** Mean logistic loss of $Ow$ against random labels. */
const logistic: DescentProblem["loss"] = ({ tokens, dim }, rng) => {
  const weights = rng.split("weights").fillNormal(new Float64Array(dim));
  const stream = rng.split("labels");
  const labels = Int8Array.from({ length: tokens }, () => stream.integer(2));
  return (output) => {
    const gradient = new Float32Array(tokens * dim);
    let loss = 0;
    for (let i = 0; i < tokens; i++) {
      let logit = 0;
      for (let t = 0; t < dim; t++) logit += (output[i * dim + t] as number) * (weights[t] as number);
      const label = labels[i] as number;
      loss += Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(logit, 0) - label * logit;
      const slope = (1 / (1 + Math.exp(-logit)) - label) / tokens;
      for (let t = 0; t < dim; t++) gradient[i * dim + t] = slope * (weights[t] as number);
    }
    return { loss: loss / tokens, gradient };
  };
};

/** Summed cross-entropy of rows as logits against random classes. */
const crossEntropy: DescentProblem["loss"] = ({ tokens, dim }, rng) => {
  const stream = rng.split("classes");
  const classes = Int32Array.from({ length: tokens }, () => stream.integer(dim));
  return (output) => {
    const gradient = new Float32Array(tokens * dim);
    let loss = 0;
    for (let i = 0; i < tokens; i++) {
      const row = output.subarray(i * dim, (i + 1) * dim);
      const maximum = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      const sum = row.reduce((total, x) => total + Math.exp(x - maximum), 0);
      const wanted = classes[i] as number;
      loss += maximum + Math.log(sum) - (row[wanted] as number);
      row.forEach((x, t) => {
        gradient[i * dim + t] = Math.exp(x - maximum) / sum - (t === wanted ? 1 : 0);
      });
    }
    return { loss, gradient };
  };
};

const OVERLAP = "curves nearly overlap";
const LAG = "the fast curve lags slightly";

/** The losses of the release; where it states no size or rate they are smaller ones of ours, at which descent is stable. */
export const DESCENT_PROBLEMS: Readonly<Record<string, DescentProblem>> = {
  logistic: { tokens: 100, dim: 3, std: 2, steps: 1500, learningRate: 0.5, epsilon: 0.05, reported: "no figure", loss: logistic },
  "x²/2 + 3x + 2": {
    tokens: 1000,
    dim: 5,
    std: 1,
    steps: 30,
    learningRate: 0.1,
    epsilon: 0.1,
    reported: OVERLAP,
    loss: entrywise(
      (x) => 0.5 * x * x + 3 * x + 2,
      (x) => x + 3,
    ),
  },
  "x³/2 + x² + 1": {
    tokens: 1000,
    dim: 5,
    std: 1,
    steps: 20,
    learningRate: 0.05,
    epsilon: 0.1,
    reported: LAG,
    loss: entrywise(
      (x) => 0.5 * x ** 3 + x * x + 1,
      (x) => 1.5 * x * x + 2 * x,
    ),
  },
  "exp(−x sin x)": {
    tokens: 1000,
    dim: 64,
    std: 1,
    steps: 10,
    learningRate: 0.002,
    epsilon: 0.1,
    reported: LAG,
    loss: entrywise(
      (x) => Math.exp(-x * Math.sin(x)),
      (x) => -(Math.sin(x) + x * Math.cos(x)) * Math.exp(-x * Math.sin(x)),
    ),
  },
  "0.6x⁴ + 2x³ + x²/2 + x + 10": {
    tokens: 15,
    dim: 5,
    std: 1,
    steps: 50,
    learningRate: 0.01,
    epsilon: 0.1,
    reported: "both about 210",
    loss: entrywise(
      (x) => 0.6 * x ** 4 + 2 * x ** 3 + 0.5 * x * x + x + 10,
      (x) => 2.4 * x ** 3 + 6 * x * x + x + 1,
    ),
  },
  "−x³ + 3x² + x/2 + 2": {
    tokens: 200,
    dim: 5,
    std: 1,
    steps: 20,
    learningRate: 0.01,
    epsilon: 0.1,
    reported: "no outcome known",
    loss: entrywise(
      (x) => -(x ** 3) + 3 * x * x + 0.5 * x + 2,
      (x) => -3 * x * x + 6 * x + 0.5,
    ),
  },
  "½√(x + 10) sin(x + 10)": {
    tokens: 200,
    dim: 5,
    std: 1,
    steps: 50,
    learningRate: 0.02,
    epsilon: 0.1,
    reported: OVERLAP,
    loss: entrywise(
      (x) => 0.5 * Math.sqrt(x + 10) * Math.sin(x + 10),
      (x) => (0.25 * Math.sin(x + 10)) / Math.sqrt(x + 10) + 0.5 * Math.sqrt(x + 10) * Math.cos(x + 10),
    ),
  },
  "cross-entropy": {
    tokens: 200,
    dim: 5,
    std: 1,
    steps: 50,
    learningRate: 0.1,
    epsilon: 0.1,
    reported: OVERLAP,
    loss: crossEntropy,
  },
};
