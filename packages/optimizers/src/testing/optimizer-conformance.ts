import { NumericalError, problem, show, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, flatten, loop, type Program, print, specOf, type Tensor, trace, valueAndGrad } from "@attnlab/graph";
import type { Optimizer, OptimizerStep } from "../optimizer.ts";
import { quadratic, rosenbrock, type TestProblem } from "./test-problem.ts";

/** How an optimizer is to solve one of the two test problems. */
export interface Goal {
  /** Makes the optimizer, with a rate that suits the problem. */
  readonly create: () => Optimizer;
  readonly steps: number;
  /** The loss that must be reached; the minimum is 0. */
  readonly loss: number;
}

/** An optimizer under test. */
export interface OptimizerSubject {
  readonly name: string;
  /** $\tfrac12 \sum c_i (w_i - t_i)^2$, five weights, all positive at start and end; the loss starts at 9.0625. */
  readonly quadratic: Goal;
  /** Rosenbrock's function in two weights from (0.5, 0.75); the loss starts at 25.25. */
  readonly rosenbrock: Goal;
}

/** Another implementation of programs than the interpreter. */
export interface ConformanceBackend {
  /** Runs a program on the trees it was traced for, and resolves to one tensor per output, in order. */
  readonly run: (program: Program, args: readonly unknown[]) => Promise<readonly TensorData[]>;
  /** The bytes of the lowered program. */
  readonly bytes: (program: Program) => Uint8Array;
}

/** One check: call it in a test of its name. It throws when the optimizer fails. */
export interface ConformanceCheck {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/**
 * The checks that every optimizer must pass, for any test runner.
 *
 * @param subject - the optimizer and what it must reach.
 * @param backend - ONNX Runtime, or whatever else runs programs.
 * @returns checks to be run one by one.
 * @example
 * ```ts
 * import { gradientDescent } from "@attnlab/optimizers";
 * import { optimizerConformance } from "@attnlab/optimizers/testing";
 * const goal = { create: () => gradientDescent({ learningRate: 0.1 }), steps: 300, loss: 1e-12 };
 * const backend = { run: () => Promise.reject(new Error("no backend")), bytes: () => new Uint8Array() };
 * const [first] = optimizerConformance({ name: "descent", quadratic: goal, rosenbrock: goal }, backend);
 * first?.run();
 * first?.name; // => "descent minimises a quadratic"
 * ```
 */
export function optimizerConformance(subject: OptimizerSubject, backend: ConformanceBackend): readonly ConformanceCheck[] {
  const { name } = subject;
  const create = subject.quadratic.create;
  return [
    { name: `${name} minimises a quadratic`, run: () => reaches(quadratic(), subject.quadratic) },
    { name: `${name} minimises Rosenbrock's function`, run: () => reaches(rosenbrock(), subject.rosenbrock) },
    { name: `${name} keeps tree, shapes and dtypes`, run: () => keepsTypes(create()) },
    { name: `${name} keeps all it remembers in its state`, run: () => resumes(create()) },
    { name: `${name} traces to the same text and bytes twice`, run: () => tracesEqually(create, backend) },
    { name: `${name} agrees with the backend in float64`, run: () => agrees(create(), backend, "float64", 1e-12) },
    { name: `${name} agrees with the backend in float32`, run: () => agrees(create(), backend, "float32", 2e-5) },
  ];
}

function fail(expected: string, got: string): never {
  throw new NumericalError(problem({ where: "optimizerConformance", expected, got, fix: "Compare with gradientDescent, which passes." }));
}

function reaches({ loss, start }: TestProblem, { create, steps, loss: limit }: Goal): void {
  const optimizer = create();
  const program = trace(
    (params) => {
      const first = { params: { w: params.w }, state: optimizer.init(params) };
      const { carry } = loop(
        (before: typeof first) => {
          const { grads } = valueAndGrad(loss)(before.params);
          return { carry: optimizer.step(grads, before.state, before.params), results: [] };
        },
        first,
        { count: steps },
      );
      return loss(carry.params);
    },
    [specOf(start)],
  );
  const reached = toNumbers(evaluate(program, [start]))[0] as number;
  if (!(reached <= limit)) fail(`the loss after ${steps} steps must be at most ${limit}`, String(reached));
}

/** Parameters of several ranks, nested in objects and arrays, in both dtypes, all positive. */
function mixedParams(): Readonly<Record<string, unknown>> {
  const values = (count: number, offset: number): readonly number[] =>
    Array.from({ length: count }, (_, i) => 0.25 + ((i + offset) % 7) / 8);
  return {
    scalar: tensorData("float64", [], values(1, 3)),
    layers: [
      { weight: tensorData("float32", [2, 3], values(6, 0)), bias: tensorData("float32", [3], values(3, 2)) },
      { weight: tensorData("float64", [3, 5, 2], values(30, 4)), bias: tensorData("float64", [1], values(1, 5)) },
    ],
  };
}

function keepsTypes(optimizer: Optimizer): void {
  const params = mixedParams();
  const [state, next] = [initialState(optimizer, params), firstStep(optimizer, params, params)];
  const types = (tree: unknown): string =>
    flatten<Tensor>(tree)
      .map(({ path, leaf }) => `${path} ${leaf.dtype} [${leaf.shape}]`)
      .join("; ");
  if (types(next.params) !== types(params)) fail(`parameters must stay ${types(params)}`, types(next.params));
  if (types(next.state) !== types(state)) fail(`the state must stay ${types(state)}`, types(next.state));
}

function stepProgram(optimizer: Optimizer, grads: unknown, state: unknown, params: unknown): Program<OptimizerStep<unknown>> {
  const step = (g: unknown, s: unknown, p: unknown): OptimizerStep<unknown> => optimizer.step(g, s as never, p);
  const specs: readonly unknown[] = [grads, state, params].map((tree) => specOf<unknown>(tree));
  return trace(step as (...trees: readonly unknown[]) => OptimizerStep<unknown>, specs, { names: ["grads", "before", "at"] });
}

function initialState(optimizer: Optimizer, params: unknown): unknown {
  return evaluate(
    trace((p: unknown) => optimizer.init(p), [specOf<unknown>(params)] as readonly unknown[]),
    [params],
  );
}

function firstStep(optimizer: Optimizer, grads: unknown, params: unknown): { readonly params: unknown; readonly state: unknown } {
  const state = initialState(optimizer, params);
  return evaluate(stepProgram(optimizer, grads, state, params), [grads, state, params]) as { params: unknown; state: unknown };
}

/** Deterministic gradients that change sign and size from step to step. */
function gradientsAt(step: number, params: unknown): unknown {
  let salt = 0;
  return mapData(params, (leaf) => {
    salt++;
    return toNumbers(leaf).map((_, i) => Math.sin(1 + i * 0.7 + salt * 1.3 + step * 2.1) * 0.3);
  });
}

function mapData(tree: unknown, values: (leaf: TensorData) => Float64Array): unknown {
  if (Array.isArray(tree)) return tree.map((child) => mapData(child, values));
  if (typeof tree === "object" && tree !== null && "dtype" in tree) {
    const leaf = tree as TensorData;
    return tensorData(leaf.dtype, leaf.shape, values(leaf));
  }
  return Object.fromEntries(Object.entries(tree as object).map(([key, child]) => [key, mapData(child, values)]));
}

/** Fresh optimizers take turns: whatever one of them remembered outside its state would be missing. */
function resumes(optimizer: Optimizer): void {
  const params = mixedParams();
  const start = { params: params as unknown, state: initialState(optimizer, params) };
  const run = (): string => {
    let at = start;
    for (let step = 0; step < 4; step++) {
      const grads = gradientsAt(step, params);
      const program = stepProgram(optimizer, grads, at.state, at.params);
      at = evaluate(program, [grads, at.state, at.params]) as typeof start;
    }
    return flatten<TensorData>(at)
      .map(({ leaf }) => toNumbers(leaf).join())
      .join(";");
  };
  const [first, second] = [run(), run()];
  if (first !== second) fail("two runs from one state must end alike", "different values");
}

function tracesEqually(create: () => Optimizer, backend: ConformanceBackend): void {
  const params = mixedParams();
  const programs = [create(), create()].map((optimizer) => stepProgram(optimizer, params, initialState(optimizer, params), params));
  const [first, second] = programs as [Program, Program];
  if (print(first) !== print(second)) fail("two traces must print the same text", show(print(second)));
  const [bytes, others] = [backend.bytes(first), backend.bytes(second)];
  if (bytes.length !== others.length || bytes.some((byte, i) => byte !== others[i]))
    fail("two lowered traces must have the same bytes", "others");
}

async function agrees(optimizer: Optimizer, backend: ConformanceBackend, dtype: "float32" | "float64", tolerance: number): Promise<void> {
  const w = Array.from({ length: 12 }, (_, i) => 0.3 + i / 8);
  const params = { w: tensorData(dtype, [3, 4], w), b: tensorData(dtype, [2], [0.5, 1.25]) };
  let at = { params: params as unknown, state: initialState(optimizer, params) };
  for (let step = 0; step < 3; step++) {
    const grads = gradientsAt(step, params);
    const program = stepProgram(optimizer, grads, at.state, at.params);
    const args = [grads, at.state, at.params];
    const expected = evaluate(program, args) as typeof at;
    const actual = await backend.run(program, args);
    flatten<TensorData>(expected).forEach(({ path, leaf }, k) => {
      const numbers = toNumbers(actual[k] as TensorData);
      toNumbers(leaf).forEach((value, i) => {
        const other = numbers[i] as number;
        const near = Math.abs(other - value) <= tolerance * (Math.max(Math.abs(value), Math.abs(other)) + 0.1);
        if (!near) fail(`${path}[${i}] must be ${value} after step ${step + 1}`, String(other));
      });
    });
    at = expected;
  }
}
