import {
  type AttentionInput,
  createAttentionKernel,
  gumbelAttention,
  knnAttention,
  medianOfMeansSamples,
  softmaxExpectation,
  tailSamples,
  topKAttention,
} from "@attnlab/attention/node";
import { tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { attentionData, DATA_KINDS } from "./attention-data.ts";
import { distributionOf, type ExactRow, exactRow, sizesOf } from "./exact-row.ts";
import type { GuaranteeContext } from "./guarantee-context.ts";

function exactRows(input: AttentionInput): readonly ExactRow[] {
  return Array.from({ length: sizesOf(input.query)[0] }, (_, row) => exactRow(input, row));
}

/** The largest magnitude. */
function boundOf(values: Float32Array): number {
  return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** T5: the mean of draws has the error that its variance says, and its budget keeps its promise. */
export async function sampleMeans({ params: { trials }, seed, record, progress, signal }: GuaranteeContext): Promise<void> {
  const repeats = Math.max(3, Math.round(trials / 250));
  for (const kind of DATA_KINDS) {
    const input = attentionData(kind, { keys: 512, queries: 128, headDim: 32, valueDim: 16, seed });
    const exact = exactRows(input);
    const variance = exact.flatMap((row) => [...row.variance]).reduce((a, b) => a + b, 0) / (128 * 16);
    for (const samples of [16, 64, 256, 1024]) {
      signal.throwIfAborted();
      let squares = 0;
      for (let repeat = 0; repeat < repeats; repeat++) {
        const rng = createRng(seed).split(`${kind} ${samples} ${repeat}`);
        const { output } = await gumbelAttention(input, { rng, samples });
        output.data.forEach((x, i) => {
          squares += (x - (exact[i >> 4]?.output[i & 15] as number)) ** 2;
        });
      }
      const rmse = Math.sqrt(squares / (repeats * 128 * 16));
      record({ series: kind, step: samples }, { rmse, predictedRmse: Math.sqrt(variance / samples) });
      progress(samples / 2048, kind);
    }
    const small = attentionData(kind, { keys: 256, queries: 16, headDim: 16, valueDim: 8, seed });
    const rows = exactRows(small);
    const epsilon = 0.5 * boundOf(small.value.data);
    const count = Math.ceil(trials / 10);
    let [failures, worst] = [0, 0];
    for (let trial = 0; trial < count; trial++) {
      const { output } = await gumbelAttention(small, { rng: createRng(seed).split(`${kind} trial ${trial}`), epsilon, delta: 0.1 });
      const error = output.data.reduce((most, x, i) => Math.max(most, Math.abs(x - (rows[i >> 3]?.output[i & 7] as number))), 0);
      if (error > epsilon) failures++;
      worst = Math.max(worst, error / epsilon);
    }
    record({ series: kind }, { meanFailures: failures / count, meanWorst: worst });
  }
}

/** T6: the median of means with the budget of its bound, and what it costs against the mean of as many draws. */
export function medians({ params: { trials }, seed, record, progress }: GuaranteeContext): void {
  for (const kind of DATA_KINDS) {
    const input = attentionData(kind, { keys: 256, queries: 1, headDim: 16, valueDim: 8, seed });
    const { logits, output } = exactRow(input, 0);
    const bound = boundOf(input.value.data);
    const epsilon = 0.5 * bound;
    const { groups, groupSize } = medianOfMeansSamples({ epsilon, delta: 0.1, variance: bound ** 2, entries: 8 });
    const samples = groups * groupSize;
    const distribution = distributionOf(logits, 16);
    const vectorOf = (j: number): Float32Array => input.value.data.subarray(8 * j, 8 * (j + 1));
    let [failures, worst, medianSquares, meanSquares] = [0, 0, 0, 0];
    for (let trial = 0; trial < trials; trial++) {
      const rng = createRng(seed).split(`${kind} ${trial}`);
      const median = softmaxExpectation(distribution, vectorOf, { rng: rng.split("median"), samples, groups });
      const mean = softmaxExpectation(distribution, vectorOf, { rng: rng.split("mean"), samples });
      let largest = 0;
      output.forEach((o, t) => {
        const error = Math.abs((median.estimate[t] as number) - o);
        largest = Math.max(largest, error);
        medianSquares += error ** 2;
        meanSquares += ((mean.estimate[t] as number) - o) ** 2;
      });
      if (largest > epsilon) failures++;
      worst = Math.max(worst, largest / epsilon);
      if (trial % 100 === 0) progress(trial / trials, kind);
    }
    const cost = Math.sqrt(medianSquares / meanSquares);
    record({ series: kind }, { medianFailures: failures / trials, medianWorst: worst, medianCost: cost, trials });
  }
}

/** T7 and T8: top-k with a uniform tail of the size that each bound asks for, entry by entry. */
export async function tailBounds({ params: { trials }, seed, record, progress, signal }: GuaranteeContext): Promise<void> {
  const [keys, queries, valueDim, epsilon, delta] = [4096, 128, 8, 0.5, 0.1];
  const repeats = Math.max(2, Math.round(trials / 250));
  await using kernel = await createAttentionKernel();
  for (const kind of DATA_KINDS) {
    const input = attentionData(kind, { keys, queries, headDim: 32, valueDim, seed });
    const exact = exactRows(input);
    const bound = boundOf(input.value.data);
    for (const inequality of ["hoeffding", "bernstein"] as const) {
      const sizes = tailSamples({ epsilon, delta, keys, bound: inequality });
      const limit = inequality === "hoeffding" ? (epsilon * bound) / (1 - epsilon / 2) : epsilon * bound;
      let [outputs, numerators, denominators, worst] = [0, 0, 0, 0];
      for (let repeat = 0; repeat < repeats; repeat++) {
        signal.throwIfAborted();
        const rng = createRng(seed).split(`${kind} ${inequality} ${repeat}`);
        const { output, lse } = await knnAttention(input, { ...sizes, rng, probeRows: 0, kernel });
        exact.forEach((row, i) => {
          // The estimated sum of exponentials over the true one.
          const sum = Math.exp((lse.data[i] as number) - row.lse);
          if (Math.abs(sum - 1) > epsilon / 2) denominators++;
          row.output.forEach((o, t) => {
            const found = output.data[i * valueDim + t] as number;
            if (Math.abs(found - o) > limit) outputs++;
            if (Math.abs(found * sum - o) > (epsilon / 2) * bound) numerators++;
            worst = Math.max(worst, Math.abs(found - o) / limit);
          });
        });
        progress((repeat + 1) / repeats, `${kind}, ${inequality}`);
      }
      const entries = repeats * queries * valueDim;
      record(
        { series: `${kind}, ${inequality}` },
        {
          entryViolations: outputs / entries,
          numeratorViolations: numerators / entries,
          denominatorViolations: denominators / (repeats * queries),
          worstEntry: worst,
          k: sizes.k,
          tail: sizes.tail,
        },
      );
    }
  }
}

/** T9: no entry of top-k attention is further off than the mass it leaves out allows. */
export async function topKBound({ params: { trials }, seed, record, progress, signal }: GuaranteeContext): Promise<void> {
  const [tokens, valueDim] = [1024, 32];
  await using kernel = await createAttentionKernel();
  for (const kind of DATA_KINDS) {
    const input = attentionData(kind, { keys: tokens, queries: Math.min(tokens, trials), valueDim, seed });
    const exact = exactRows(input);
    const bound = boundOf(input.value.data);
    for (const k of [1, 2, 5, 32, 256]) {
      signal.throwIfAborted();
      const { output, lse } = await topKAttention(input, { k, probeRows: 0, kernel });
      let [violations, tightest, loosest] = [0, 0, 0];
      exact.forEach((row, i) => {
        const limit = 2 * (1 - Math.min(1, Math.exp((lse.data[i] as number) - row.lse))) * bound;
        const error = row.output.reduce((most, o, t) => Math.max(most, Math.abs((output.data[i * valueDim + t] as number) - o)), 0);
        // What float32 rounds is not part of the statement.
        const rounding = 4e-6 * bound;
        if (error > limit + rounding) violations++;
        tightest = Math.max(tightest, error / (limit + rounding));
        loosest = Math.max(loosest, error);
      });
      record({ series: kind, step: k }, { rowViolations: violations, rowsChecked: exact.length, tightest, largestError: loosest });
      progress(k / 256, kind);
    }
  }
}

/** T11: the bias of the ratio falls like one over the tail, its error like one over the root; the denominator is unbiased. */
export async function tailBias({ params: { trials }, seed, record, progress, signal }: GuaranteeContext): Promise<void> {
  const [keys, headDim, repeats] = [4096, 4, 4 * trials];
  const rng = createRng(seed).split("bias");
  // One query many times: each row draws a tail of its own. Values grow with the score, so that numerator and denominator go together.
  const direction = [2, 0, 0, 0];
  const key = rng.split("key").fillNormal(new Float32Array(keys * headDim), { std: 1.5 });
  const value = rng.split("value").fillNormal(new Float32Array(keys), { std: 0.5 });
  for (let j = 0; j < keys; j++) (value[j] as number) += key[j * headDim] as number;
  const query = Float32Array.from({ length: repeats * headDim }, (_, i) => direction[i % headDim] as number);
  const input = {
    query: tensorData("float32", [1, 1, repeats, headDim], query),
    key: tensorData("float32", [1, 1, keys, headDim], key),
    value: tensorData("float32", [1, 1, keys, 1], value),
  };
  const exact = exactRow(input, 0);
  const truth = exact.output[0] as number;
  const k = 4;
  await using kernel = await createAttentionKernel();
  for (const tail of [8, 32, 128, 512]) {
    signal.throwIfAborted();
    const { output, lse } = await knnAttention(input, { k, tail, rng: rng.split(`tail ${tail}`), probeRows: 0, kernel });
    let [bias, square, absolute, sum, sumSquare] = [0, 0, 0, 0, 0];
    output.data.forEach((x, i) => {
      bias += x - truth;
      square += (x - truth) ** 2;
      absolute += Math.abs(x - truth);
      const ratio = Math.exp((lse.data[i] as number) - exact.lse);
      sum += ratio;
      sumSquare += ratio ** 2;
    });
    const [mean, meanRatio] = [bias / repeats, sum / repeats];
    record(
      { series: "values grow with the score", step: tail },
      {
        bias: Math.abs(mean),
        biasError: Math.sqrt((square / repeats - mean ** 2) / repeats),
        // Draws without repeats: both fall to zero when the tail is the rest.
        share: 1 - tail / (keys - k),
        tailError: absolute / repeats,
        denominatorZ: (meanRatio - 1) / Math.sqrt((sumSquare / repeats - meanRatio ** 2) / repeats),
      },
    );
    progress(tail / 512);
  }
}
