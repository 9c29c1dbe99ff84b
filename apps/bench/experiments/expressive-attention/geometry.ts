import { attentionWeights, expressiveAttentionWeights } from "@attnlab/attention";
import { integerOption, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, specOf, type Tensor, trace } from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import {
  defineExperiment,
  judged,
  type MetricRow,
  notRun,
  numberListOption,
  parameter,
  pick,
  showNumber,
  summarize,
  valuesOf,
} from "../../src/experiment/index.ts";
import { KINDS, type Kind } from "./attention-kinds.ts";
import { EXPRESSIVE_ATTENTION_PAPER } from "./paper.ts";

const FULL_TURN = 360;

/** φ(r cos θ) of the specification, by r and angle. */
const TABLE: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  0.5: { 0: 0.2, 30: 0.157895, 60: 0.058824, 90: 0, 120: 0.058824, 150: 0.157895, 180: 0.2 },
  1: { 0: 0.5, 30: 0.428571, 60: 0.2, 90: 0, 120: 0.2, 150: 0.428571, 180: 0.5 },
  3: { 0: 0.9, 30: 0.870968, 60: 0.692308, 90: 0, 120: 0.692308, 150: 0.870968, 180: 0.9 },
};

/** Share of the keys that a query attends to when its scores are normal with a standard deviation of σ. */
const SHARES: Readonly<Record<number, Readonly<Record<Kind, number>>>> = {
  0.02: { expressive: 0.334, "dot-product": 1 },
  1: { expressive: 0.628, "dot-product": 0.371 },
  2.1: { expressive: 0.773, "dot-product": 0.03 },
  10: { expressive: 0.941, "dot-product": 0.0005 },
};

const WEIGHTS = {
  "dot-product": (query: Tensor, key: Tensor): Tensor => attentionWeights(query, key, { scale: "none" }),
  expressive: (query: Tensor, key: Tensor): Tensor => expressiveAttentionWeights(query, key, { scale: "none" }),
} as const;

/** Weights of one query over keys, both given as vectors of `dim` numbers, by the float64 interpreter. */
function weightsOf(kind: Kind, dim: number, query: readonly number[], keys: Float64Array): Float64Array {
  const args = [tensorData("float64", [1, dim], Float64Array.from(query)), tensorData("float64", [keys.length / dim, dim], keys)] as const;
  return toNumbers(evaluate(trace(WEIGHTS[kind], [specOf(args[0]), specOf(args[1])]), args));
}

/** Weights before they are normalised, recovered by their ratio to a first key whose weight is known. */
function weightAt(rows: readonly MetricRow[], kind: string, size: number): (angle: number) => number {
  const own = new Map(pick(rows, { metric: "weight", series: `${kind} r=${size}` }).map(({ step, value }) => [step, value]));
  return (angle) => own.get(angle) ?? Number.NaN;
}

export const experiment = defineExperiment({
  id: "expressive-attention/geometry",
  title: "Geometry: weight against angle",
  paper: EXPRESSIVE_ATTENTION_PAPER,
  summary:
    "The weight of a key by its angle to the query: dot-product attention falls from parallel to antiparallel, expressive attention is large for both and " +
    "zero for orthogonal keys. Below, the share of keys that are attended to when the scores are normal numbers: large scores make dot-product attention " +
    "pick one key, expressive attention take all.",
  parameters: {
    sizes: parameter(numberListOption({ doc: "Products r of the lengths of query and key.", above: 0 }), [0.5, 1, 3]),
    deviations: parameter(numberListOption({ doc: "Standard deviations of the scores.", above: 0 }), [0.02, 0.1, 1 / 3, 1, 2.1, 5, 10]),
    keys: parameter(integerOption({ doc: "Keys of the random scores.", min: 2 }), 4_096),
  },
  seeds: { quick: 1, full: 4 },

  run({ params: { sizes, deviations, keys }, seed, record }) {
    for (const kind of KINDS) {
      for (const size of sizes) {
        const circle = Float64Array.from({ length: 2 * (FULL_TURN / 2 + 1) }, (_, i) => {
          const angle = (Math.floor(i / 2) * Math.PI) / 180;
          return i % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
        });
        const weights = weightsOf(kind, 2, [size, 0], circle);
        // Of a parallel key the weight before the sum is known: φ(r), and 1 for dot-product attention relative to itself.
        const first = kind === "expressive" ? size ** 2 / (1 + size ** 2) : 1;
        weights.forEach((weight, angle) => {
          record({ series: `${kind} r=${size}`, step: angle }, { weight: (weight / (weights[0] as number)) * first });
        });
      }
      const rng = createRng(seed).split("scores");
      const normal = new Float64Array(keys);
      rng.fillNormal(normal);
      deviations.forEach((deviation, i) => {
        const weights = weightsOf(kind, 1, [deviation], normal);
        const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
        record({ series: kind, step: i }, { deviation, share: 1 / (keys * squares) });
      });
    }
  },

  claims: [
    {
      id: "angles",
      statement: "Expressive attention weighs parallel and antiparallel keys alike and orthogonal ones with zero.",
      where: "abstract; numbers from φ(r cos θ) = z²/(1+z²)",
      provenance: "derived",
      expected: "0.5, 0.428571, 0.2, 0, 0.2, 0.428571, 0.5 at 0°, 30°, …, 180° for r = 1, and likewise for 0.5 and 3",
      measure: "Largest difference from the table over all angles and sizes.",
      rule: "Holds when it is at most 1e-6.",
      judge: ({ rows }) => {
        const differences = Object.entries(TABLE).flatMap(([size, values]) =>
          Object.entries(values).map(([angle, value]) => Math.abs(weightAt(rows, "expressive", Number(size))(Number(angle)) - value)),
        );
        const worst = Math.max(...differences);
        return Number.isFinite(worst) ? judged(worst <= 1e-6, showNumber(worst)) : notRun("needs r = 0.5, 1 and 3");
      },
    },
    {
      id: "monotone",
      statement: "Dot-product attention falls from parallel to antiparallel keys.",
      where: "abstract",
      provenance: "derived",
      expected: "strictly falling over 0° to 180°",
      measure: "Largest rise of the weight from one degree to the next.",
      rule: "Holds when every step falls.",
      judge: ({ rows, params }) => {
        const rises = params.sizes.flatMap((size) => {
          const at = weightAt(rows, "dot-product", size);
          return Array.from({ length: FULL_TURN / 2 }, (_, angle) => at(angle + 1) - at(angle));
        });
        return judged(Math.max(...rises) < 0, showNumber(Math.max(...rises)));
      },
    },
    {
      id: "regimes",
      statement: "Large scores make expressive attention uniform and dot-product attention pick one key; small ones the other way round.",
      where: "limits of the two functions; shares from our reference samples",
      provenance: "derived",
      expected: "expressive 0.334, 0.628, 0.773, 0.941; dot-product 1, 0.371, 0.030, 0.0005 at σ = 0.02, 1, 2.1, 10",
      measure: "Effective share of keys (Σw)²/(nΣw²), mean over seeds; largest difference from the expected values.",
      rule: "Holds when it is at most 0.04, about three standard errors of a sample.",
      judge: ({ rows, params }) => {
        if (params.keys !== 4_096) return notRun("needs 4,096 keys: the shares of dot-product attention depend on the number");
        const differences = Object.entries(SHARES).flatMap(([deviation, shares]) => {
          const step = params.deviations.indexOf(Number(deviation));
          return KINDS.map((kind) =>
            Math.abs(summarize(valuesOf(pick(rows, { metric: "share", series: kind, step }))).mean - shares[kind]),
          );
        });
        const worst = Math.max(...differences);
        return Number.isFinite(worst) ? judged(worst <= 0.04, showNumber(worst)) : notRun("needs σ = 0.02, 1, 2.1 and 10");
      },
    },
  ],
  figures: [
    {
      id: "angles",
      title: "Weight against angle",
      caption:
        "Weight of a key before normalisation; that of dot-product attention relative to a parallel key. Expressive attention gives up a whole plane of keys.",
      draw: ({ rows, params }) => ({
        panels: KINDS.map((kind) => ({
          title: kind,
          x: { label: "angle (degrees)", domain: [0, 180] as const },
          y: { label: "weight", domain: [0, 1] as const },
          marks: params.sizes.map((size) => ({
            kind: "line" as const,
            series: `r = ${size}`,
            points: Array.from({ length: FULL_TURN / 2 + 1 }, (_, x) => ({ x, y: weightAt(rows, kind, size)(x) })),
          })),
        })),
        columns: 2,
      }),
    },
    {
      id: "regimes",
      title: "How many keys are attended to",
      caption: "Effective share of the keys for normal scores by their standard deviation, mean over seeds.",
      draw: ({ rows, params }) => ({
        panels: [
          {
            x: { label: "standard deviation of the scores", scale: "log" },
            y: { label: "share of the keys", domain: [0, 1] },
            marks: KINDS.map((kind) => ({
              kind: "line",
              series: kind,
              points: params.deviations.map((x, step) => ({
                x,
                y: summarize(valuesOf(pick(rows, { metric: "share", series: kind, step }))).mean,
              })),
            })),
          },
        ],
      }),
    },
  ],
});
