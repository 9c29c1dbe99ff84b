import { attentionGradExact, attentionGradSampled, exactAttention, walkSamples, walkTransposeProduct } from "@attnlab/attention/node";
import { createRng } from "@attnlab/random";
import { attentionData, DATA_KINDS, normalRows } from "./attention-data.ts";
import { exactRow } from "./exact-row.ts";
import type { GuaranteeContext } from "./guarantee-context.ts";

/** T10: error of one-step walks against the formula, and of every entry against the bound. */
export async function walkErrors({ params: { runs }, seed, record, progress, signal }: GuaranteeContext): Promise<void> {
  const tokens = 256;
  for (const kind of DATA_KINDS) {
    const { query, key, value } = attentionData(kind, { keys: tokens, headDim: 16, seed });
    const rng = createRng(seed).split(kind);
    const vector = normalRows(rng.split("vector"), tokens, 1, 1);
    const truth = new Float64Array(tokens);
    for (let r = 0; r < tokens; r++) {
      exactRow({ query, key, value }, r).weights.forEach((weight, c) => {
        (truth[c] as number) += weight * (vector.data[r] as number);
      });
    }
    const norm = vector.data.reduce((sum, x) => sum + Math.abs(x), 0);
    const spread = norm ** 2 - truth.reduce((sum, x) => sum + x * x, 0);
    const walk = async (walks: number, label: string): Promise<{ readonly square: number; readonly largest: number }> => {
      signal.throwIfAborted();
      const { product } = await walkTransposeProduct(
        { query, key, vector },
        { rng: rng.split(`${walks} ${label}`), walks, estimator: "sign" },
      );
      let [square, largest] = [0, 0];
      product.data.forEach((x, i) => {
        const error = Math.abs(x - (truth[i] as number));
        square += error * error;
        largest = Math.max(largest, error);
      });
      return { square, largest: largest / norm };
    };
    let squares = 0;
    for (let run = 0; run < runs; run++) squares += (await walk(1024, `run ${run}`)).square;
    record({ series: kind }, { secondMoment: squares / runs / (spread / 1024) });
    for (const exponent of [8, 10, 12, 14, 16]) {
      const repeats = exponent === 16 ? 3 : 10;
      let sum = 0;
      for (let run = 0; run < repeats; run++) sum += (await walk(2 ** exponent, `step ${run}`)).largest;
      record({ series: kind, step: 2 ** exponent }, { walkError: sum / repeats });
      progress(exponent / 16, kind);
    }
    const [epsilon, delta] = [0.05, 0.1];
    const walks = walkSamples({ epsilon, delta, keys: tokens });
    let [failures, worst] = [0, 0];
    for (let run = 0; run < runs / 4; run++) {
      const { largest } = await walk(walks, `coverage ${run}`);
      if (largest > epsilon) failures++;
      worst = Math.max(worst, largest / epsilon);
    }
    record({ series: kind }, { walkFailures: failures / Math.ceil(runs / 4), walkWorst: worst });
  }
}

const NAMES = ["query", "key", "value"] as const;

/** T12: sampled gradients are right on average, and their error falls like one over the root of the draws. */
export async function sampledGradients({ params: { runs }, seed, record, progress, signal }: GuaranteeContext): Promise<void> {
  const tokens = 64;
  for (const kind of DATA_KINDS) {
    const input = attentionData(kind, { keys: tokens, headDim: 8, seed });
    const rng = createRng(seed).split(kind);
    const given = { ...input, outputGradient: normalRows(rng.split("gradient"), tokens, 8, 1) };
    const { output } = await exactAttention(input);
    const exact = await attentionGradExact(given);
    const estimate = async (factor: number, label: string) => {
      signal.throwIfAborted();
      const budget = { walks: 256 * factor, samples: 8 * factor };
      return await attentionGradSampled({ ...given, output }, { rng: rng.split(`${factor} ${label}`), ...budget });
    };
    const sums = { query: moments(tokens * 8), key: moments(tokens * 8), value: moments(tokens * 8) };
    for (let run = 0; run < runs; run++) {
      const found = await estimate(4, `run ${run}`);
      for (const name of NAMES) sums[name].add(found[name].data, exact[name].data);
      progress(run / runs, kind);
    }
    for (const name of NAMES) record({ series: `${kind}, ${name}` }, { gradientZ: sums[name].worst() });
    for (const factor of [1, 4, 16, 64]) {
      const squares = { query: 0, key: 0, value: 0 };
      for (let run = 0; run < 8; run++) {
        const found = await estimate(factor, `step ${run}`);
        for (const name of NAMES) {
          found[name].data.forEach((x, i) => {
            squares[name] += (x - (exact[name].data[i] as number)) ** 2;
          });
        }
      }
      for (const name of NAMES) record({ series: `${kind}, ${name}`, step: factor }, { gradientRmse: Math.sqrt(squares[name] / 8) });
    }
  }
}

function moments(size: number) {
  const [sum, square] = [new Float64Array(size), new Float64Array(size)];
  let count = 0;
  return {
    add: (values: Float32Array, truth: Float32Array): void => {
      count++;
      values.forEach((x, i) => {
        const difference = x - (truth[i] as number);
        (sum[i] as number) += difference;
        (square[i] as number) += difference * difference;
      });
    },
    /** The largest mean over its standard error; entries that never varied count nothing. */
    worst: (): number =>
      sum.reduce((worst, total, i) => {
        const mean = total / count;
        const variance = ((square[i] as number) / count - mean * mean) / (count - 1);
        return variance <= 0 ? worst : Math.max(worst, Math.abs(mean) / Math.sqrt(variance));
      }, 0),
  };
}
