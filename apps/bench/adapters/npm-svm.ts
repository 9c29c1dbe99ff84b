import type { Matrix } from "@attnlab/linalg";
import MlSvm from "ml-svm";

/** A linear function $\langle w, x\rangle + b$. */
export interface LinearFunction {
  readonly w: Float64Array;
  readonly b: number;
}

/** Rows as the npm packages take them. */
export function listRows({ rows, cols, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
}

/** Fits npm `ml-svm` with its default settings, without scaling the features; `undefined` when it gives up. Labels are 1 and -1. */
export function fitMlSvm(rows: Matrix, labels: Float64Array, options: { C: number; random: () => number }): LinearFunction | undefined {
  const machine = new MlSvm({ ...options, kernel: "linear", whitening: false });
  try {
    machine.train(listRows(rows), Array.from(labels));
  } catch {
    return undefined;
  }
  const unit = (k: number): number[] => Array.from({ length: rows.cols }, (_, j) => (j === k ? 1 : 0));
  const [b = Number.NaN, ...ends] = machine.margin([unit(-1), ...Array.from({ length: rows.cols }, (_, k) => unit(k))]);
  return { w: Float64Array.from(ends, (value) => value - b), b };
}

/** A machine of npm `libsvm-js`, ready to train on rows it has been given. */
export interface LibsvmJs {
  readonly train: () => void;
  /** Support vectors with their coefficients, as libsvm writes a model. */
  readonly model: () => string;
  readonly predict: (rows: readonly (readonly number[])[]) => number[];
  readonly free: () => void;
}

/** Prepares npm `libsvm-js`, libsvm in WebAssembly, with the rbf kernel. Labels are any whole numbers. */
export async function libsvmJs(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  options: { readonly C: number; readonly gamma: number; readonly tol: number },
): Promise<LibsvmJs> {
  const Svm = await loadLibsvm();
  const machine = new Svm({
    type: "0",
    kernel: "2",
    cost: options.C,
    gamma: options.gamma,
    tolerance: options.tol,
    cacheSize: 200,
    quiet: true,
  });
  return {
    train: () => machine.train(rows, labels),
    model: () => machine.serializeModel(),
    predict: (given) => machine.predict(given),
    free: () => machine.free(),
  };
}

async function loadLibsvm() {
  // Where there is a fetch, its loader tries that on a file's path first and prints that it failed.
  const { fetch } = globalThis;
  Reflect.deleteProperty(globalThis, "fetch");
  try {
    return await (await import("libsvm-js")).default;
  } finally {
    globalThis.fetch = fetch;
  }
}
