import { tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import type { AttentionGradientInput, AttentionInput, FloatTensor } from "../src/node/index.ts";

/** The matrix of attention weights of one head, by float64 loops: row `i` over all keys, zeros for those it does not see. */
export function weightMatrix({ query, key }: Pick<AttentionInput, "query" | "key">, scale: number, causal = false): Float64Array[] {
  const [queries, width] = query.shape.slice(-2) as [number, number];
  const keys = key.shape.at(-2) as number;
  return Array.from({ length: queries }, (_, i) => {
    const seen = causal ? i + 1 + keys - queries : keys;
    const scores = Float64Array.from({ length: keys }, (_, j) => {
      let sum = 0;
      for (let t = 0; t < width; t++) sum += (query.data[i * width + t] as number) * (key.data[j * width + t] as number);
      return j < seen ? scale * sum : Number.NEGATIVE_INFINITY;
    });
    const maximum = scores.reduce((a, b) => Math.max(a, b));
    const weights = scores.map((score) => Math.exp(score - maximum));
    const total = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / total);
  });
}

/** $Pv$ of one head. */
export function average(weights: readonly Float64Array[], value: FloatTensor): Float64Array {
  const width = value.shape.at(-1) as number;
  const out = new Float64Array(weights.length * width);
  weights.forEach((row, i) => {
    row.forEach((weight, j) => {
      for (let t = 0; t < width; t++) (out[i * width + t] as number) += weight * (value.data[j * width + t] as number);
    });
  });
  return out;
}

/** $P^\top x$ of one head. */
export function transposeProduct(weights: readonly Float64Array[], x: FloatTensor): Float64Array {
  const width = x.shape.at(-1) as number;
  const out = new Float64Array((weights[0]?.length as number) * width);
  weights.forEach((row, i) => {
    row.forEach((weight, j) => {
      for (let t = 0; t < width; t++) (out[j * width + t] as number) += weight * (x.data[i * width + t] as number);
    });
  });
  return out;
}

/** One head of normal numbers. */
export function normalHead(seed: number, tokens: number, { std = 1, width = 3, valueDim = 2 } = {}): AttentionGradientInput {
  const rng = createRng(seed);
  const draw = (name: string, columns: number, spread: number): FloatTensor =>
    tensorData("float32", [1, 1, tokens, columns], rng.split(name).fillNormal(new Float32Array(tokens * columns), { std: spread }));
  return {
    query: draw("q", width, std),
    key: draw("k", width, std),
    value: draw("v", valueDim, 1),
    outputGradient: draw("o", valueDim, 1),
  };
}

/** The slope of the least-squares line. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  let [top, bottom] = [0, 0];
  x.forEach((xi, i) => {
    top += (xi - mx) * ((y[i] as number) - my);
    bottom += (xi - mx) ** 2;
  });
  return top / bottom;
}
