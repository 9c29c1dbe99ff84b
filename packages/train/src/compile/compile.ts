import { problem, ShapeError, type TensorData, toNumbers, UsageError } from "@attnlab/check";
import {
  add,
  cast,
  constantOf,
  evaluate,
  flatten,
  type Leaf,
  loop,
  lower,
  mapLeaves,
  type Program,
  specOf,
  stack,
  type Tensor,
  trace,
} from "@attnlab/graph";
import type { OnnxModel } from "@attnlab/onnx";
import type { Session } from "@attnlab/runtime/node";
import type { DataOf, TrainDefinition, TrainState } from "./definition.ts";
import { explainNonFinite, firstNonFinite } from "./finite-check.ts";
import { type CompileLoopOptions, type CompileOptions, compileOptions } from "./options.ts";
import { type StepResult, type SymbolicState, stepFunction } from "./step-function.ts";
import type { Trainer, TrainResult } from "./trainer.ts";

/**
 * Compiles one training step, forward, backward and update, into one ONNX graph and opens a session for it.
 *
 * Each run takes one step and hands parameters and metrics back. For many short steps {@link compileLoop} is faster.
 *
 * @throws {@link UsageError} when the loss function does not return a scalar tensor, or parameters are no tree of tensor data.
 */
export function compileStep<P, B = readonly [], D = readonly []>(
  definition: TrainDefinition<P, B, D>,
  options: CompileOptions,
): Promise<Trainer<P, B, D>> {
  return compile(definition, { ...options, steps: 1 }, false);
}

/**
 * Compiles `steps` training steps into one ONNX graph with a `Loop`: one run takes them all without leaving ONNX Runtime.
 *
 * Gives the same numbers as {@link compileStep}. Batches get a leading axis of `steps`.
 */
export function compileLoop<P, B = readonly [], D = readonly []>(
  definition: TrainDefinition<P, B, D>,
  options: CompileLoopOptions,
): Promise<Trainer<P, B, D>> {
  return compile(definition, options, true);
}

async function compile<P, B, D>(
  definition: TrainDefinition<P, B, D>,
  options: CompileLoopOptions,
  looped: boolean,
): Promise<Trainer<P, B, D>> {
  const { createSession, session: sessionOptions, checkFinite, steps } = compileOptions.parse({ ...options });
  const batch = definition.batch ?? ([] as B);
  const data = definition.data ?? ([] as D);
  const step = stepFunction(definition);
  const state = initialState(definition);
  const specs = [specOf(state), looped ? stackedSpec(batch, steps) : specOf(batch), specOf(data)] as const;
  const names = ["state", "batch", "data"];
  const traced = looped ? loopedStep(step, steps) : singleStep(step);
  const program = trace(traced as (...args: readonly unknown[]) => unknown, specs as readonly unknown[], { names });
  const session = await createSession(trainModel(program), { name: "train", ...sessionOptions });
  const run = runner<P, B, D>({ program, session, state, data });
  return {
    stepsPerRun: steps,
    looped,
    program,
    initialState: state,
    run: async (from, given, otherData) => {
      const result = await run(from, given, otherData);
      if (checkFinite !== "none") {
        const bad = firstNonFinite(result, checkFinite === "all");
        if (bad !== undefined) {
          const replay = { definition, from, batch: given, data: otherData ?? data, steps, looped, createSession };
          throw await explainNonFinite(replay, bad);
        }
      }
      return result;
    },
    dispose: () => session.dispose(),
    [Symbol.asyncDispose]: () => session.dispose(),
  };
}

/** The ONNX model of a training program. */
function trainModel(program: Program): OnnxModel {
  return lower(program, { name: "train" });
}

function initialState<P, B, D>(definition: TrainDefinition<P, B, D>): TrainState<P> {
  const { params, optimizer } = definition;
  mapLeaves((leaf: Leaf, path) => checkData(leaf, path), params);
  const program = trace((symbolic: unknown): unknown => optimizer.init(symbolic), [specOf(params as unknown)] as readonly unknown[], {
    outputName: "optimizer",
  });
  const state = evaluate(program, [params]);
  return { params: params as DataOf<P>, optimizer: state, step: { dtype: "int64", shape: [], data: BigInt64Array.of(0n) } };
}

function checkData(leaf: Leaf, path: string): Leaf {
  if ("data" in leaf) return leaf;
  const fix = "Make it with tensorData(dtype, shape, values), or with the init function of a model.";
  throw new UsageError(
    problem({ where: "train", expected: `params.${path} must be tensor data`, got: "a specification without values", fix }),
  );
}

function stackedSpec(batch: unknown, steps: number): unknown {
  return mapLeaves((leaf: TensorData) => ({ dtype: leaf.dtype, shape: [steps, ...leaf.shape] }), batch);
}

type Traced = (state: SymbolicState, batch: unknown, data: unknown) => Record<string, unknown>;

// Results are named so that no output has the name of an input.
function outputs({ state, loss, metrics }: Omit<StepResult, "grads">): Record<string, unknown> {
  return { next: state, loss: cast(loss, "float64"), metrics };
}

function singleStep(step: ReturnType<typeof stepFunction>): Traced {
  return (state, batch, data) => {
    const { state: next, loss, metrics } = step(state, batch, data);
    const lead = (x: Tensor): Tensor => stack([x], 0);
    return outputs({ state: next, loss: lead(loss), metrics: mapLeaves(lead, metrics) as StepResult["metrics"] });
  };
}

function loopedStep(step: ReturnType<typeof stepFunction>, steps: number): Traced {
  return (state, batch, data) => {
    // The step number follows from the iteration: carrying it would cost a node in every step.
    const { carry, results } = loop(
      (carried: Omit<SymbolicState, "step">, slice: unknown, index) => {
        const { state: next, loss, metrics } = step({ ...carried, step: add(state.step, index) }, slice, data);
        return { carry: { params: next.params, optimizer: next.optimizer }, results: { loss, metrics } };
      },
      { params: state.params, optimizer: state.optimizer },
      { count: steps, slices: batch },
    );
    const next = { ...carry, step: add(state.step, constantOf("int64", [], [steps])) };
    return outputs({ state: next, loss: results.loss, metrics: results.metrics });
  };
}

interface Compiled<P, D> {
  readonly program: Program;
  readonly session: Session;
  readonly state: TrainState<P>;
  readonly data: D;
}

function runner<P, B, D>({
  program,
  session,
  state,
  data,
}: Compiled<P, D>): (from: TrainState<P>, batch?: DataOf<B>, other?: DataOf<D>) => Promise<TrainResult<P>> {
  const ports = program.inputs.map(({ name }) => name);
  const structure = { next: state };
  return async (from, batch, other) => {
    const leaves = flatten<TensorData>([from, batch ?? [], other ?? data]);
    if (leaves.length !== ports.length) {
      const got = `${leaves.length} tensors for ${ports.length} inputs (${ports.slice(0, 12).join(", ")}${ports.length > 12 ? ", …" : ""})`;
      const fix = "Pass state, batch and data in the structure that was compiled.";
      throw new ShapeError(problem({ where: "Trainer.run", expected: "every input must be given", got, fix }));
    }
    const feeds: Record<string, TensorData> = {};
    for (let i = 0; i < ports.length; i++) feeds[ports[i] as string] = (leaves[i] as { readonly leaf: TensorData }).leaf;
    const results = await session.run(feeds);
    const { next } = mapLeaves((_: Leaf, path) => results[path], structure) as { readonly next: TrainState<P> };
    const metrics: Record<string, TensorData> = {};
    for (const name in results) if (name.startsWith("metrics.")) metrics[name.slice("metrics.".length)] = results[name] as TensorData;
    return { state: next, loss: toNumbers(results.loss as TensorData), metrics };
  };
}
