import { isFloat, NumericalError, problem, type TensorData, toNumbers } from "@attnlab/check";
import { flatten, lower, mapLeaves, specOf, trace } from "@attnlab/graph";
import type { TrainDefinition, TrainState } from "./definition.ts";
import type { CreateSession } from "./options.ts";
import { type SymbolicState, stepFunction } from "./step-function.ts";
import type { TrainResult } from "./trainer.ts";

/** Where in a run a number stopped being finite. */
export interface NonFinite {
  /** Step inside the run, from 0. */
  readonly offset: number;
}

/** Finds the first step of a run whose loss, or whose last parameters, are not finite. */
export function firstNonFinite<P>(result: TrainResult<P>, checkParams: boolean): NonFinite | undefined {
  const offset = result.loss.findIndex((value) => !Number.isFinite(value));
  if (offset >= 0) return { offset };
  if (checkParams && badTensor(result.state.params, "") !== undefined) return { offset: result.loss.length - 1 };
  return undefined;
}

/** What is needed to take the steps of a failed run again, one at a time. */
export interface Replay<P, B, D> {
  readonly definition: TrainDefinition<P, B, D>;
  readonly from: TrainState<P>;
  readonly batch: unknown;
  readonly data: unknown;
  readonly steps: number;
  readonly looped: boolean;
  readonly createSession: CreateSession;
}

/**
 * Takes the steps of a failed run again, one at a time with every gradient in view, and names the first tensor that is not
 * finite, in the order in which it was computed: batch, data, parameters, loss, gradients, updated parameters.
 */
export async function explainNonFinite<P, B, D>(replay: Replay<P, B, D>, { offset }: NonFinite): Promise<NumericalError> {
  const { definition, from, data, createSession } = replay;
  const batchAt = (i: number): unknown =>
    replay.looped ? mapLeaves((leaf: TensorData) => sliceFirstAxis(leaf, i), replay.batch ?? []) : (replay.batch ?? []);
  const step = stepFunction(definition);
  const traced = (state: SymbolicState, batch: unknown, constants: unknown): unknown => {
    const { state: next, loss, grads } = step(state, batch, constants);
    return { next, loss, grads };
  };
  const specs: readonly unknown[] = [specOf(from), specOf(batchAt(0)), specOf(data)];
  const program = trace(traced as (...args: unknown[]) => unknown, specs, { names: ["state", "batch", "data"] });
  await using session = await createSession(lower(program, { name: "replay" }), { name: "replay" });
  const outside = badTensor(data, "data");
  let state: unknown = from;
  for (let i = 0; i <= offset; i++) {
    const batch = batchAt(i);
    const leaves = flatten<TensorData>([state, batch, data]);
    const feeds = Object.fromEntries(program.inputs.map(({ name }, k) => [name, leaves[k]?.leaf as TensorData]));
    const results = await session.run(feeds);
    const next = mapLeaves((_, path) => results[`next.${path}`], from) as TrainState<P>;
    const inOrder = [outside, badTensor(batch, "batch"), badTensor((state as TrainState<P>).params, "params")];
    const found =
      inOrder.find((bad) => bad !== undefined) ??
      badResult(results, "loss") ??
      badResult(results, "grads") ??
      badTensor(next.params, "params");
    if (found !== undefined) return describe(found, stepNumber(from) + i);
    state = next;
  }
  return describe({ name: "loss", value: Number.NaN, index: 0 }, stepNumber(from) + offset);
}

interface Bad {
  readonly name: string;
  readonly value: number;
  readonly index: number;
}

function describe({ name, value, index }: Bad, step: number): NumericalError {
  const got = `${value} in ${name}[${index}] at step ${step}`;
  const fix =
    name.startsWith("batch") || name.startsWith("data")
      ? "Clean the data."
      : "Lower the learning rate, clip the gradient, or check the loss for log(0) and 0/0.";
  return new NumericalError(problem({ where: "train", expected: "every number must stay finite", got, fix }));
}

function stepNumber(state: { readonly step: TensorData }): number {
  return toNumbers(state.step)[0] as number;
}

function badTensor(tree: unknown, root: string): Bad | undefined {
  for (const { path, leaf } of flatten<TensorData>(tree, root)) {
    const bad = badElement(path, leaf);
    if (bad !== undefined) return bad;
  }
  return undefined;
}

function badResult(results: Readonly<Record<string, TensorData>>, root: string): Bad | undefined {
  for (const [name, value] of Object.entries(results)) {
    if (name !== root && !name.startsWith(`${root}.`)) continue;
    const bad = badElement(name, value);
    if (bad !== undefined) return bad;
  }
  return undefined;
}

function badElement(name: string, tensor: TensorData): Bad | undefined {
  if (!isFloat(tensor.dtype)) return undefined;
  const data = tensor.data as Float32Array | Float64Array;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (!Number.isFinite(value)) return { name, value, index: i };
  }
  return undefined;
}

function sliceFirstAxis(tensor: TensorData, i: number): TensorData {
  const size = tensor.data.length / (tensor.shape[0] as number);
  return { ...tensor, shape: tensor.shape.slice(1), data: tensor.data.subarray(i * size, (i + 1) * size) } as TensorData;
}
