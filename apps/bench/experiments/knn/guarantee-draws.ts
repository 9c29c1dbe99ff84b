import {
  createLazyGumbelSampler,
  expectedTail,
  lazyGumbelSample,
  type SoftmaxDistribution,
  softmaxExpectation,
} from "@attnlab/attention/node";
import { createRng, type Rng } from "@attnlab/random";
import { attentionData, DATA_KINDS } from "./attention-data.ts";
import { chiSquareTest } from "./chi-square.ts";
import { distributionOf, exactRow, softmax } from "./exact-row.ts";
import type { GuaranteeContext } from "./guarantee-context.ts";

/** T1: a row of attention is the mean of values drawn by the weights. */
export function meanOfDraws({ seed, record }: GuaranteeContext): void {
  for (const kind of DATA_KINDS) {
    const input = attentionData(kind, { keys: 1024, queries: 2, valueDim: 16, seed });
    for (let query = 0; query < 2; query++) {
      const { logits, output } = exactRow(input, query);
      const vectorOf = (j: number): Float32Array => input.value.data.subarray(16 * j, 16 * (j + 1));
      const rng = createRng(seed).split(`${kind} ${query}`);
      const { estimate, standardError } = softmaxExpectation(distributionOf(logits, 32), vectorOf, { rng, samples: 100_000 });
      const z = estimate.map((x, t) => Math.abs(x - (output[t] as number)) / (standardError[t] as number));
      record({ series: kind, step: query }, { meanZ: Math.max(...z) });
    }
  }
}

/** Sizes of T2: outcomes, outcomes that are known, and the standard deviation of the logits. */
const LAZY_CASES = [
  { count: 400, k: 20, std: 1 },
  { count: 400, k: 20, std: 3 },
  { count: 400, k: 5, std: 1 },
  { count: 4096, k: 64, std: 1 },
] as const;

const FORMS = ["lazy", "prepared"] as const;

function drawer(form: (typeof FORMS)[number], distribution: SoftmaxDistribution): (rng: Rng) => { index: number; tail: number } {
  if (form === "lazy") return (rng) => lazyGumbelSample(distribution, { rng });
  return createLazyGumbelSampler(distribution).draw;
}

/** T2 and T3: both forms of the lazy draw have the distribution and the cost that they should. */
export function lazyDraws({ params: { draws }, seed, record, progress, signal }: GuaranteeContext): void {
  const cases = [
    ...LAZY_CASES.map(({ count, k, std }) => ({
      name: `n = ${count}, k = ${k}, sd ${std}`,
      logits: createRng(seed).split(`${count} ${k} ${std}`).fillNormal(new Float64Array(count), { std }),
      k,
    })),
    ...DATA_KINDS.map((kind) => ({
      name: `${kind} keys, n = 1024, k = 32`,
      logits: exactRow(attentionData(kind, { keys: 1024, queries: 1, seed }), 0).logits,
      k: 32,
    })),
  ];
  cases.forEach(({ name, logits, k }, i) => {
    const distribution = distributionOf(logits, k);
    const { mean, variance } = expectedTail(distribution);
    for (const form of FORMS) {
      signal.throwIfAborted();
      const draw = drawer(form, distribution);
      const rng = createRng(seed).split(`${name} ${form}`);
      const counts = new Uint32Array(logits.length);
      let tails = 0;
      for (let t = 0; t < draws; t++) {
        const { index, tail } = draw(rng);
        (counts[index] as number)++;
        tails += tail;
      }
      const { p, degrees } = chiSquareTest(counts, softmax(logits).weights);
      const observed = tails / draws;
      record(
        { series: `${name}, ${form}` },
        {
          p,
          degrees,
          tail: observed,
          expectedTail: mean,
          tailBound: (logits.length - k) / (k + 1),
          tailZ: (observed - mean) / Math.sqrt(variance / draws),
        },
      );
    }
    progress((i + 1) / cases.length);
  });
}

/** T4: a search that missed the best key, with the gap it left understated and stated. */
export function missedKey({ params: { draws }, seed, record }: GuaranteeContext): void {
  const cases = [
    { name: "n = 400, k = 20, sd 1.5", logits: createRng(seed).split("missed").fillNormal(new Float64Array(400), { std: 1.5 }), k: 20 },
    { name: "clustered keys, k = 16", logits: exactRow(attentionData("clustered", { keys: 1024, queries: 1, seed }), 0).logits, k: 16 },
  ];
  for (const { name, logits, k } of cases) {
    const { trueGap, ...distribution } = distributionOf(logits, k, 1);
    const best = logits.indexOf(Math.max(...logits));
    const truth = softmax(logits).weights[best] as number;
    for (const [label, gap] of [
      ["gap understated", 0],
      ["gap stated", trueGap],
    ] as const) {
      const wider = { ...distribution, gap };
      const { draw } = createLazyGumbelSampler(wider);
      const { mean, variance } = expectedTail(wider);
      const rng = createRng(seed).split(`${name} ${label}`);
      let [hits, tails] = [0, 0];
      for (let t = 0; t < draws; t++) {
        const { index, tail } = draw(rng);
        if (index === best) hits++;
        tails += tail;
      }
      const [frequency, error] = [hits / draws, Math.sqrt((truth * (1 - truth)) / draws)];
      record(
        { series: `${name}, ${label}` },
        {
          frequency,
          truth,
          missedZ: (frequency - truth) / error,
          gap,
          tail: tails / draws,
          expectedTail: mean,
          missedTailZ: (tails / draws - mean) / Math.sqrt(variance / draws),
        },
      );
    }
  }
}
