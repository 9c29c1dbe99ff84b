import { NumericalError, problem, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { constantOf, evaluate, grad, mul, type Program, sum, type Tensor, trace } from "@attnlab/graph";
import { type NaiveDefinition, type NaiveSizes, naiveAttention, type RowWeights, softmaxWeights } from "./naive-attention.ts";

/** An attention under test: `query [batch, heads, queries, headDim]` and so on, as for `attend`. */
export interface AttentionSubject {
  readonly name: string;
  /** With scale `1 / Math.sqrt(headDim)`; `mask` is bool `[queries, keys]`. */
  readonly attend: (query: Tensor, key: Tensor, value: Tensor, mask: Tensor) => Tensor;
  /** Normalised weights of one row from the scores of its visible keys, by the definition. Default: softmax. */
  readonly weights?: RowWeights;
}

/** Another implementation of programs than the interpreter. */
export interface AttentionBackend {
  /** Runs a program and resolves to one tensor per output, in order. */
  readonly run: (program: Program, args: readonly TensorData[]) => Promise<readonly TensorData[]>;
}

/** One check: call it in a test of its name. It throws when the attention fails. */
export interface AttentionCheck {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

const SIZES: NaiveSizes = { groups: 6, queries: 5, keys: 7, headDim: 3, valueDim: 11 };
const SHAPES = { query: [2, 3, 5, 3], key: [2, 3, 7, 3], value: [2, 3, 7, 11], mask: [5, 7] } as const;

interface Inputs {
  readonly query: Float64Array;
  readonly key: Float64Array;
  readonly value: Float64Array;
  readonly visible: Uint8Array;
}

/**
 * The checks that every exact attention must pass, for any test runner.
 *
 * @param subject - the attention.
 * @param backend - ONNX Runtime, or whatever else runs programs.
 * @returns checks to be run one by one.
 * @example
 * ```ts
 * import { attend } from "@attnlab/attention";
 * import { type AttentionSubject, attentionConformance } from "@attnlab/attention/testing";
 * const subject: AttentionSubject = { name: "attend", attend: (q, k, v, mask) => attend(q, k, v, { mask }) };
 * const [first] = attentionConformance(subject, { run: () => Promise.reject(new Error("no backend")) });
 * first?.run();
 * first?.name; // => "attend equals the loop of the definition"
 * ```
 */
export function attentionConformance(subject: AttentionSubject, backend: AttentionBackend): readonly AttentionCheck[] {
  const { name } = subject;
  return [
    { name: `${name} equals the loop of the definition`, run: () => equalsDefinition(subject) },
    { name: `${name} hides a token as if it were deleted`, run: () => hidesLikeDeleting(subject) },
    { name: `${name} does not depend on the order of the tokens`, run: () => ignoresOrder(subject) },
    { name: `${name} gives zeros, and no gradient, where no key is visible`, run: () => blindRows(subject) },
    { name: `${name} stays finite for huge scores`, run: () => hugeScores(subject) },
    { name: `${name} has the gradient of central differences`, run: () => gradients(subject) },
    { name: `${name} agrees with the backend in float64`, run: () => agrees(subject, backend, "float64", 1e-12) },
    { name: `${name} agrees with the backend in float32`, run: () => agrees(subject, backend, "float32", 1e-5) },
  ];
}

function fail(expected: string, got: string): never {
  throw new NumericalError(problem({ where: "attentionConformance", expected, got, fix: "Compare with attend, which passes." }));
}

function expectNear(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  if (actual.length !== expected.length) fail(`${what} must have ${expected.length} numbers`, String(actual.length));
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (!(Math.abs(a - e) <= tolerance * (1 + Math.abs(e)))) fail(`number ${i} of ${what} must be ${e}`, String(a));
  }
}

/** Numbers in (-1, 1) without repeats. */
function numbers(length: number, offset: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 2 * (((i + 1 + offset) * 0.6180339887498949) % 1) - 1);
}

/** Every query sees key 0 and about two thirds of the others. */
function inputs(scale = 2): Inputs {
  const visible = Uint8Array.from({ length: 35 }, (_, i) => (i % 7 === 0 || (i * 5) % 3 !== 0 ? 1 : 0));
  return { query: numbers(90, 0).map((v) => v * scale), key: numbers(126, 300).map((v) => v * scale), value: numbers(462, 900), visible };
}

function tensors({ query, key, value, visible }: Inputs, dtype: "float32" | "float64" = "float64"): readonly TensorData[] {
  return [
    tensorData(dtype, SHAPES.query, query),
    tensorData(dtype, SHAPES.key, key),
    tensorData(dtype, SHAPES.value, value),
    tensorData("bool", SHAPES.mask, visible),
  ];
}

function run({ attend }: AttentionSubject, args: readonly TensorData[]): Float64Array {
  return toNumbers(evaluate(program(attend, args), args));
}

function program(attend: AttentionSubject["attend"], args: readonly TensorData[]): Program<Tensor> {
  const [query, key, value, mask] = args as readonly [TensorData, TensorData, TensorData, TensorData];
  return trace((q: Tensor, k: Tensor, v: Tensor, m: Tensor) => attend(q, k, v, m), [query, key, value, mask] as const);
}

function definition({ weights = softmaxWeights }: AttentionSubject): NaiveDefinition {
  return { scale: 1 / Math.sqrt(SIZES.headDim), weights };
}

function equalsDefinition(subject: AttentionSubject): void {
  const all = inputs();
  expectNear("the result", run(subject, tensors(all)), naiveAttention(SIZES, all, definition(subject)), 1e-12);
}

/** Takes entries along the axis of the tokens. */
function pick(data: Float64Array | Uint8Array, tokens: number, inner: number, order: readonly number[]): Float64Array {
  const groups = data.length / (tokens * inner);
  const out: number[] = [];
  for (let g = 0; g < groups; g++) {
    for (const token of order) for (let d = 0; d < inner; d++) out.push(data[(g * tokens + token) * inner + d] as number);
  }
  return Float64Array.from(out);
}

function hidesLikeDeleting(subject: AttentionSubject): void {
  const all = inputs();
  const [hidden, kept] = [
    [2, 5],
    [0, 1, 3, 4, 6],
  ];
  const visible = Uint8Array.from({ length: 35 }, (_, i) => (hidden.includes(i % 7) ? 0 : 1));
  const masked = run(subject, tensors({ ...all, visible }));
  const shorter = [
    tensorData("float64", SHAPES.query, all.query),
    tensorData("float64", [2, 3, 5, 3], pick(all.key, 7, 3, kept)),
    tensorData("float64", [2, 3, 5, 11], pick(all.value, 7, 11, kept)),
    tensorData("bool", [5, 5], new Uint8Array(25).fill(1)),
  ];
  expectNear("the result without the hidden tokens", masked, run(subject, shorter), 1e-13);
}

function ignoresOrder(subject: AttentionSubject): void {
  const all = inputs();
  const before = run(subject, tensors(all));
  const [keys, queries] = [
    [3, 6, 0, 5, 2, 1, 4],
    [4, 0, 3, 1, 2],
  ];
  const mixedKeys = {
    ...all,
    key: pick(all.key, 7, 3, keys),
    value: pick(all.value, 7, 11, keys),
    visible: Uint8Array.from(pick(all.visible, 7, 1, keys)),
  };
  expectNear("the result with keys in another order", run(subject, tensors(mixedKeys)), before, 1e-12);
  const mixedQueries = { ...all, query: pick(all.query, 5, 3, queries), visible: Uint8Array.from(pick(all.visible, 5, 7, queries)) };
  expectNear("the result with queries in another order", run(subject, tensors(mixedQueries)), pick(before, 5, 11, queries), 1e-12);
}

/** A weighted sum of the result, and its gradient with respect to query, key and value. */
function gradientsOf({ attend }: AttentionSubject, args: readonly TensorData[]): readonly Float64Array[] {
  const [query, key, value, mask] = args as readonly [TensorData, TensorData, TensorData, TensorData];
  const traced = trace(
    (q: Tensor, k: Tensor, v: Tensor, m: Tensor) =>
      grad((x: readonly Tensor[]) => weighted(attend(...(x as [Tensor, Tensor, Tensor]), m)))([q, k, v]),
    [query, key, value, mask] as const,
  );
  return evaluate(traced, args).map((gradient) => toNumbers(gradient as TensorData));
}

function weighted(result: Tensor): Tensor {
  return sum(mul(result, constantOf(result.dtype, [2, 3, 5, 11], numbers(330, 77))));
}

function gradients(subject: AttentionSubject): void {
  const args = tensors(inputs());
  const total = (at: readonly TensorData[]): number => run(subject, at).reduce((s, v, i) => s + v * (numbers(330, 77)[i] as number), 0);
  gradientsOf(subject, args).forEach((gradient, k) => {
    const x = toNumbers(args[k] as TensorData);
    const direction = numbers(x.length, 11);
    const moved = (h: number): readonly TensorData[] =>
      args.map((arg, i) =>
        i === k
          ? tensorData(
              "float64",
              arg.shape,
              x.map((v, j) => v + h * (direction[j] as number)),
            )
          : arg,
      );
    const slope = gradient.reduce((s, v, j) => s + v * (direction[j] as number), 0);
    expectNear(`the slope along ${["query", "key", "value"][k]}`, [slope], [(total(moved(1e-6)) - total(moved(-1e-6))) / 2e-6], 1e-6);
  });
}

function blindRows(subject: AttentionSubject): void {
  const all = inputs();
  const visible = all.visible.map((v, i) => (Math.floor(i / 7) === 3 ? 0 : v));
  const args = tensors({ ...all, visible });
  const blind = pick(run(subject, args), 5, 11, [3]);
  if (blind.some((v) => v !== 0)) fail("a row without a visible key must be 0", String(blind.find((v) => v !== 0)));
  const [query] = gradientsOf(subject, args);
  const gradient = pick(query as Float64Array, 5, 3, [3]);
  if (gradient.some((v) => v !== 0)) fail("its query must have no gradient", String(gradient.find((v) => v !== 0)));
}

function hugeScores(subject: AttentionSubject): void {
  const all = inputs(1e4);
  const args = tensors(all);
  expectNear("the result for huge scores", run(subject, args), naiveAttention(SIZES, all, definition(subject)), 1e-12);
  for (const gradient of gradientsOf(subject, args)) {
    if (!gradient.every(Number.isFinite)) fail("gradients for huge scores must be finite", "NaN or infinity");
  }
}

async function agrees(
  subject: AttentionSubject,
  backend: AttentionBackend,
  dtype: "float32" | "float64",
  tolerance: number,
): Promise<void> {
  const all = inputs();
  const args = tensors({ ...all, visible: all.visible.map((v, i) => (Math.floor(i / 7) === 2 ? 0 : v)) }, dtype);
  const traced = program(subject.attend, args);
  const [result] = await backend.run(traced, args);
  expectNear(`the backend's ${dtype} result`, toNumbers(result as TensorData), toNumbers(evaluate(traced, args)), tolerance);
}
