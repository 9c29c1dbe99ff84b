import { OptionError, ShapeError, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, grad, mean, neg, softplus, type Tensor, trace } from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import { checkGradient, expectClose, spread } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import {
  initTwoLayerTransformer,
  type TwoLayerTransformerParams,
  twoLayerSignCounts,
  twoLayerStageMeasures,
  twoLayerStages,
  twoLayerTransformer,
  twoLayerTransformerLogits,
  twoLayerTransformerPass,
  twoLayerTransformerTrackers,
} from "./index.ts";

const [SAMPLES, PATCHES, DIM, KEY_DIM, NEURONS] = [3, 5, 7, 2, 11];
const f64 = (shape: readonly number[], values: ArrayLike<number>): TensorData => tensorData("float64", shape, Array.from(values));
const patches = f64([SAMPLES, PATCHES, DIM], spread(SAMPLES * PATCHES * DIM));
const params = initTwoLayerTransformer(createRng(3), { dim: DIM, keyDim: KEY_DIM, neurons: NEURONS, std: 0.7 });

const output = (weights: TwoLayerTransformerParams<TensorData>, given: TensorData): Float64Array =>
  toNumbers(
    evaluate(
      trace((p, x) => twoLayerTransformer(p, { patches: x }), [weights, given] as const),
      [weights, given],
    ),
  );

describe("two-layer transformer", () => {
  test("its gradient is that of central differences in every weight, with five patches", () => {
    for (const name of ["query", "key", "value"] as const) {
      const loss = (own: Tensor, rest: TwoLayerTransformerParams, x: Tensor): Tensor =>
        mean(softplus(neg(twoLayerTransformer({ ...rest, [name]: own }, { patches: x }))));
      const values = trace((own: Tensor, rest, x: Tensor) => loss(own, rest as TwoLayerTransformerParams, x), [
        params[name],
        params,
        patches,
      ] as const);
      const slopes = trace((own: Tensor, rest, x: Tensor) => grad((w: Tensor) => loss(w, rest as TwoLayerTransformerParams, x))(own), [
        params[name],
        params,
        patches,
      ] as const);
      const at = (w: Float64Array): TensorData => f64(params[name].shape, w);
      checkGradient(
        (w) => toNumbers(evaluate(values, [at(w), params, patches]))[0] as number,
        (w) => toNumbers(evaluate(slopes, [at(w), params, patches])),
        toNumbers(params[name]),
      );
    }
  });

  test("the order of patches changes nothing", () => {
    const values = toNumbers(patches);
    const turned = Float64Array.from(values, (_, i) => {
      const [sample, patch, k] = [Math.floor(i / (PATCHES * DIM)), Math.floor(i / DIM) % PATCHES, i % DIM];
      return values[(sample * PATCHES + ((patch + 2) % PATCHES)) * DIM + k] as number;
    });
    expectClose(output(params, f64([SAMPLES, PATCHES, DIM], turned)), output(params, patches));
  });

  test("groups of value neurons swap the sign, and more classes have their own scores", () => {
    const value = toNumbers(params.value);
    const swapped = { ...params, value: f64([2, NEURONS, DIM], [...value.slice(NEURONS * DIM), ...value.slice(0, NEURONS * DIM)]) };
    expectClose(
      output(swapped, patches),
      output(params, patches).map((x) => -x),
    );
    const three = initTwoLayerTransformer(createRng(3), { dim: DIM, keyDim: KEY_DIM, neurons: NEURONS, classes: 3, std: 0.7 });
    const logits = evaluate(
      trace((p, x) => twoLayerTransformerLogits(p, { patches: x }), [three, patches] as const),
      [three, patches],
    );
    expect(logits.shape).toEqual([SAMPLES, 3]);
    const two = { ...three, value: f64([2, NEURONS, DIM], toNumbers(three.value).slice(0, 2 * NEURONS * DIM)) };
    const scores = toNumbers(logits);
    expectClose(
      output(two, patches),
      Array.from({ length: SAMPLES }, (_, i) => (scores[3 * i] as number) - (scores[3 * i + 1] as number)),
    );
  });

  test("weights depend on the generator's name alone and have the spread asked for", () => {
    const big = initTwoLayerTransformer(createRng(1), { dim: 400, std: 0.02 });
    const query = toNumbers(big.query);
    expect(query.length).toBe(30 * 400);
    // The standard error of a standard deviation is 1 / sqrt(2 n): 0.65% here; four of them.
    expect(Math.abs(Math.sqrt(query.reduce((s, w) => s + w * w, 0) / query.length) / 0.02 - 1)).toBeLessThan(0.026);
    const narrow = initTwoLayerTransformer(createRng(1), { dim: 400, std: 0.02, keyDim: 3, dtype: "float32" });
    expect(narrow.value.dtype).toBe("float32");
    expect(toNumbers(narrow.value)).toEqual(Float64Array.from(toNumbers(big.value), Math.fround));
    expect(initTwoLayerTransformer(createRng(2), { dim: 4 }).query).not.toEqual(initTwoLayerTransformer(createRng(1), { dim: 4 }).query);
  });

  test("bad sizes and options are refused", () => {
    const run = (weights: TwoLayerTransformerParams<TensorData>, given: TensorData) => () => output(weights, given);
    expect(run({ ...params, key: f64([3, DIM], spread(3 * DIM)) }, patches)).toThrow(
      new ShapeError(
        "twoLayerTransformer: patches [samples, patches, dim], query and key [keyDim, dim] and value [classes, neurons, dim] must fit; " +
          "got [3, 5, 7], [2, 7], [3, 7], [2, 11, 7]. Give all of them the same dim, and query and key the same keyDim.",
      ),
    );
    expect(run(params, f64([SAMPLES, PATCHES * DIM], toNumbers(patches)))).toThrow(ShapeError);
    expect(run({ ...params, value: f64([3, 1, DIM], spread(3 * DIM)) }, patches)).toThrow(
      "twoLayerTransformer: value must be [2, neurons, dim]; got [3, 1, 7]. Use twoLayerTransformerLogits for more classes.",
    );
    expect(() => initTwoLayerTransformer(createRng(1), {} as never)).toThrow(
      "initTwoLayerTransformer: dim must be a whole number >= 1; got nothing.",
    );
    expect(() => initTwoLayerTransformer(createRng(1), { dim: 2, classes: 1 })).toThrow("classes must be a whole number >= 2; got 1.");
    expect(() => initTwoLayerTransformer(createRng(1), { dim: 2, std: -1 })).toThrow(OptionError);
    // @ts-expect-error: no such option
    expect(() => initTwoLayerTransformer(createRng(1), { dim: 2, width: 3 })).toThrow(OptionError);
    // @ts-expect-error: no such option
    expect(() => trace((p, x) => twoLayerTransformer(p, { patches: x }, { gradient: "stable" }), [params, patches] as const)).toThrow(
      OptionError,
    );
  });
});

describe("trackers", () => {
  const labels = [1, -1, -1];
  const signal = [0.9, 0, 0, 0, 0, 0, 0];
  const noise = spread(SAMPLES * DIM, 5).map((x, i) => (i % DIM === 0 ? 0 : x));
  const two = labels.flatMap((y, i) => [...signal.map((x) => y * x), ...noise.slice(i * DIM, (i + 1) * DIM)]);
  const given = [params, f64([SAMPLES, 2, DIM], two), f64([SAMPLES], labels)] as const;
  const traced = trace((p, x, y) => {
    const pass = twoLayerTransformerPass(p, { patches: x });
    const trackers = twoLayerTransformerTrackers(pass, y);
    return { trackers, measures: twoLayerStageMeasures(trackers), output: pass.output };
  }, given);
  const { trackers, measures, output: F } = evaluate(traced, given);
  const row = (matrix: TensorData, r: number): readonly number[] => Array.from(toNumbers(matrix).slice(r * DIM, (r + 1) * DIM));
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, k) => sum + x * (b[k] as number), 0);
  const signed = (i: number): number[] => Array.from(noise.slice(i * DIM, (i + 1) * DIM), (x) => (labels[i] as number) * x);
  const all = Array.from({ length: SAMPLES }, (_, i) => i);

  test("are the projections of their definition", () => {
    for (const [name, matrix] of [
      ["query", params.query],
      ["key", params.key],
    ] as const) {
      for (const r of [0, 1]) {
        expectClose(toNumbers(trackers[`${name}Signal`])[r] as number, dot(row(matrix, r), signal));
        expectClose(
          toNumbers(trackers[`${name}Noise`]).slice(r * SAMPLES, (r + 1) * SAMPLES),
          all.map((i) => dot(row(matrix, r), signed(i))),
        );
      }
    }
    const value = toNumbers(params.value);
    const v = Array.from({ length: DIM }, (_, k) => {
      let sum = 0;
      for (let r = 0; r < NEURONS; r++) sum += ((value[r * DIM + k] as number) - (value[(NEURONS + r) * DIM + k] as number)) / NEURONS;
      return sum;
    });
    expectClose(toNumbers(trackers.valueSignal), [dot(v, signal)]);
    expectClose(
      toNumbers(trackers.valueNoise),
      all.map((i) => dot(v, signed(i))),
    );
  });

  test("give the attention and the output by the formulas of the paper's quantities", () => {
    const [qs, ks, qn, kn] = [trackers.querySignal, trackers.keySignal, trackers.queryNoise, trackers.keyNoise].map(toNumbers) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
    const z = (own: (r: number) => number, i: number): number =>
      [0, 1].reduce((sum, r) => sum + own(r) * ((ks[r] as number) - (kn[r * SAMPLES + i] as number)), 0);
    const s11 = all.map((i) => sigmoid(z((r) => qs[r] as number, i)));
    const s21 = all.map((i) => sigmoid(z((r) => qn[r * SAMPLES + i] as number, i)));
    expectClose(toNumbers(trackers.signalToSignal), s11);
    expectClose(toNumbers(trackers.noiseToSignal), s21);
    const valueSignal = toNumbers(trackers.valueSignal)[0] as number;
    expectClose(
      toNumbers(F).map((f, i) => f * (labels[i] as number)),
      all.map((i) => {
        const toSignal = (s11[i] as number) + (s21[i] as number);
        return toSignal * valueSignal + (2 - toSignal) * (toNumbers(trackers.valueNoise)[i] as number);
      }),
    );
    expectClose(toNumbers(measures.meanSignalToSignal), s11.reduce((a, b) => a + b) / SAMPLES);
    expectClose(toNumbers(measures.meanNoiseToSignal), s21.reduce((a, b) => a + b) / SAMPLES);
    expectClose(toNumbers(measures.largestNoiseToSignal), Math.max(...s21));
    expectClose(toNumbers(measures.smallestValueNoise), Math.min(...toNumbers(trackers.valueNoise)));
  });

  test("sign counts count strict agreement", () => {
    const counted = [
      f64([2], [1, -2]),
      f64([2], [-3, -1]),
      f64([2, 3], [1, 1, -5, -1, 0, -2]),
      f64([2, 3], [2, -1, -1, -3, 1, 5]),
    ] as const;
    const counts = evaluate(
      trace(
        (querySignal, keySignal, queryNoise, keyNoise) => twoLayerSignCounts({ querySignal, keySignal, queryNoise, keyNoise }),
        counted,
      ),
      counted,
    );
    const read = (name: keyof typeof counts): number => toNumbers(counts[name])[0] as number;
    expectClose(read("alignment"), 3 / 6);
    expectClose(read("opposition"), 1 / 2);
    expectClose(read("majority"), 1 / 2); // 1 against -3, -2 with -3
    expectClose(read("keyAgreement"), 2 / 6);
    expectClose(read("queryAgreement"), 4 / 6);
  });

  test("other patches and labels are refused", () => {
    const track = (x: TensorData, y: TensorData) => () =>
      trace((p, a, b) => twoLayerTransformerTrackers(twoLayerTransformerPass(p, { patches: a }), b), [params, x, y] as const);
    expect(track(patches, given[2])).toThrow(
      "twoLayerTransformerTrackers: a pass on patches [samples, 2, dim] and labels [samples] are needed; got [3, 5] values and [3] labels. " +
        "Pass data of signalNoiseData.",
    );
    expect(track(given[1], f64([2], [1, 1]))).toThrow(ShapeError);
  });
});

describe("stage boundaries", () => {
  const flat = (value: number): number[] => new Array<number>(6).fill(value);
  const history = {
    smallestValueNoise: [-1, 0, 1, 1, 1, 1],
    alignment: [0.5, 0.9, 0.98, 0.99, 0.5, 1],
    opposition: [1, 1, 0.9, 0.94, 0.95, 1],
    largestNoiseToSignal: [0.5, 0.4, 0.3, 0.02, 0.01, 0],
    keyAgreement: [0.5, 0.6, 0.7, 0.8, 0.9, 0.99],
    queryAgreement: flat(0.6),
    meanSignalToSignal: flat(0.5),
  };

  test("are the first steps at which their conditions hold; signals count only after the noise", () => {
    expect(twoLayerStages(history)).toEqual({
      valueNoise: 2,
      noiseAlignment: 3,
      signalOpposition: 4,
      attentionCollapse: 4,
      keyAlignment: 5,
      queryAlignment: Number.NaN,
      attentionOnNoise: Number.NaN,
    });
  });

  test("count from the first step of the history, and need the noise to align", () => {
    expect(twoLayerStages(history, 100)).toMatchObject({ valueNoise: 102, noiseAlignment: 103, signalOpposition: 104 });
    expect(twoLayerStages({ ...history, alignment: flat(0.98) })).toMatchObject({
      noiseAlignment: Number.NaN,
      signalOpposition: Number.NaN,
    });
  });
});
