import { OptionError } from "@attnlab/check";
import { describe, expect, test } from "vitest";
import {
  adam,
  adamw,
  addWeightDecay,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  constantSchedule,
  cosineSchedule,
  entropyMirrorMap,
  exponentialSchedule,
  gradientDescent,
  linearWarmup,
  lpMirrorMap,
  mirrorDescent,
  mirrorOptimizer,
  momentum,
  nesterov,
  normalize,
  normalizedGradientDescent,
  pNormMirrorMap,
  scale,
  scaleByLearningRate,
  signDescent,
  signum,
  stepSchedule,
} from "./index.ts";

/** Options as a caller without types could pass them. */
type Loose = Readonly<Record<string, unknown>>;

const BAD_RATES: readonly unknown[] = [-0.1, Number.NaN, Number.POSITIVE_INFINITY, "0.1", null];
const BAD_SHARES: readonly unknown[] = [-0.1, 1, Number.NaN, "0.9"];

const FUNCTIONS: readonly (readonly [
  name: string,
  call: (options: Loose) => unknown,
  good: Loose,
  bad: Readonly<Record<string, readonly unknown[]>>,
])[] = [
  ["gradientDescent", (o) => gradientDescent(o as never), { learningRate: 1 }, { learningRate: [...BAD_RATES, undefined] }],
  ["momentum", (o) => momentum(o as never), { learningRate: 1 }, { learningRate: BAD_RATES, momentum: BAD_SHARES }],
  ["nesterov", (o) => nesterov(o as never), { learningRate: 1 }, { learningRate: BAD_RATES, momentum: BAD_SHARES }],
  ["signDescent", (o) => signDescent(o as never), { learningRate: 1 }, { learningRate: BAD_RATES }],
  ["signum", (o) => signum(o as never), { learningRate: 1 }, { learningRate: BAD_RATES, momentum: BAD_SHARES }],
  ["adam", (o) => adam(o as never), {}, { learningRate: BAD_RATES, b1: BAD_SHARES, b2: BAD_SHARES, eps: [-1e-8, Number.NaN] }],
  ["adamw", (o) => adamw(o as never), {}, { learningRate: BAD_RATES, b1: BAD_SHARES, weightDecay: [-1, "0"], mask: [true, null] }],
  ["normalize", (o) => normalize(o as never), {}, { ord: [0.5, Number.NaN], eps: [-1], batchAxes: [-1, 0.5] }],
  ["normalizedGradientDescent", (o) => normalizedGradientDescent(o as never), { learningRate: 1 }, { learningRate: BAD_RATES, ord: [0] }],
  [
    "mirrorDescent",
    (o) => mirrorDescent(o as never),
    { p: 1.5, learningRate: 1 },
    {
      p: [1, 0.5, -2, Number.NaN, Number.POSITIVE_INFINITY, "2"],
      learningRate: [...BAD_RATES, undefined],
      mode: ["exact", null],
      normalized: [1],
      batchAxes: [-1, 1.5],
    },
  ],
  [
    "mirrorOptimizer",
    (o) => mirrorOptimizer(scale(1), o as never),
    { map: lpMirrorMap(2) },
    { map: [undefined, {}, null], mode: ["exact"] },
  ],
  ["entropyMirrorMap", (o) => entropyMirrorMap(o as never), {}, { simplex: [1, "yes"] }],
  ["pNormMirrorMap", ({ p, ...o }) => pNormMirrorMap(p as never, o as never), { p: 3 }, { p: [1, Number.NaN], batchAxes: [-1] }],
  ["lpMirrorMap", ({ p }) => lpMirrorMap(p as never), { p: 3 }, { p: [1, 0, Number.NaN, Number.POSITIVE_INFINITY] }],
  ["clipByValue", ({ limit }) => clipByValue(limit as never), { limit: 1 }, { limit: [0, -1, Number.NaN] }],
  ["clipByNorm", ({ limit, ...o }) => clipByNorm(limit as never, o as never), { limit: 1 }, { limit: [0, -1], batchAxes: [-1] }],
  ["clipByGlobalNorm", ({ limit, ...o }) => clipByGlobalNorm(limit as never, o as never), { limit: 1 }, { limit: [0], batchAxes: [0.5] }],
  [
    "addWeightDecay",
    ({ weightDecay, ...o }) => addWeightDecay(weightDecay as never, o as never),
    { weightDecay: 0 },
    { weightDecay: [-1, Number.NaN], mask: ["weight"] },
  ],
  ["scale", ({ factor }) => scale(factor as never), { factor: -1 }, { factor: [Number.NaN, Number.POSITIVE_INFINITY, "1"] }],
  [
    "scaleByLearningRate",
    ({ learningRate }) => scaleByLearningRate(learningRate as never),
    { learningRate: 0 },
    { learningRate: BAD_RATES },
  ],
  [
    "constantSchedule",
    ({ learningRate }) => constantSchedule(learningRate as never),
    { learningRate: 0 },
    { learningRate: [-1, Number.NaN] },
  ],
  [
    "cosineSchedule",
    (o) => cosineSchedule(o as never),
    { learningRate: 1, steps: 5 },
    { learningRate: [-1, undefined], steps: [0, 1.5, undefined], finalRate: [-1] },
  ],
  [
    "exponentialSchedule",
    (o) => exponentialSchedule(o as never),
    { learningRate: 1, factor: 0.5 },
    { learningRate: [-1], factor: [0, -1] },
  ],
  [
    "stepSchedule",
    (o) => stepSchedule(o as never),
    { learningRate: 1, factor: 0.5, every: 2 },
    { learningRate: [-1], factor: [0], every: [0, 0.5] },
  ],
  [
    "linearWarmup",
    ({ learningRate, ...o }) => linearWarmup(learningRate as never, o as never),
    { learningRate: 1, steps: 2 },
    { learningRate: BAD_RATES, steps: [0, undefined], startFactor: [-0.1, 1.1] },
  ],
];

describe.each(FUNCTIONS)("%s", (name, call, good, bad) => {
  test("takes good options", () => {
    expect(() => call(good)).not.toThrow();
  });

  test.each(Object.entries(bad).flatMap(([option, values]) => values.map((value) => [option, value] as const)))(
    "refuses %s = %s",
    (option, value) => {
      expect(() => call({ ...good, [option]: value })).toThrow(OptionError);
      expect(() => call({ ...good, [option]: value })).toThrow(new RegExp(`^${name}: ${option} must be .*; got `));
    },
  );
});

test("an unknown option is named with the known ones", () => {
  expect(() => adam({ beta1: 0.9 } as never)).toThrow(
    'adam: every option must be known; got "beta1". Known options: learningRate, b1, b2, eps.',
  );
});

test("p at the edge is refused with a fix", () => {
  expect(() => mirrorDescent({ p: 1, learningRate: 0.1 })).toThrow(
    "mirrorDescent: p must be a finite number > 1; got 1. Exponent of the potential.",
  );
});

test("mirrorDescent wants exactly one geometry", () => {
  const text = "mirrorDescent: exactly one of p and map must be given; got";
  expect(() => mirrorDescent({ learningRate: 1 })).toThrow(`${text} none.`);
  expect(() => mirrorDescent({ learningRate: 1, p: 2, map: lpMirrorMap(2) })).toThrow(`${text} both.`);
});

test("a map without a dual norm takes no normalised steps", () => {
  const map = { toDual: lpMirrorMap(3).toDual, toPrimal: lpMirrorMap(3).toPrimal };
  expect(() => mirrorDescent({ learningRate: 1, map, normalized: true })).toThrow(
    "mirrorDescent: map must have a dualExponent for normalized steps; got undefined.",
  );
});
