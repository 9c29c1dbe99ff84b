import { createSession, type SessionOptions } from "@attnlab/runtime/node";
import { compileLoop as compileLoopWith, compileStep as compileStepWith } from "../compile/compile.ts";
import type { TrainDefinition } from "../compile/definition.ts";
import type { CompileLoopOptions, CompileOptions } from "../compile/options.ts";
import type { Trainer } from "../compile/trainer.ts";

/** Options of `compileStep` on Node. */
export type NodeCompileOptions = Omit<CompileOptions, "createSession">;

/** Options of `compileLoop` on Node. */
export type NodeCompileLoopOptions = Omit<CompileLoopOptions, "createSession">;

const open = (model: Parameters<typeof createSession>[0], options?: SessionOptions): ReturnType<typeof createSession> =>
  createSession(model, options);

/** `compileStep` with sessions of onnxruntime-node. */
export function compileStep<P, B = readonly [], D = readonly []>(
  definition: TrainDefinition<P, B, D>,
  options: NodeCompileOptions = {},
): Promise<Trainer<P, B, D>> {
  return compileStepWith(definition, { ...options, createSession: open });
}

/** `compileLoop` with sessions of onnxruntime-node. */
export function compileLoop<P, B = readonly [], D = readonly []>(
  definition: TrainDefinition<P, B, D>,
  options: NodeCompileLoopOptions,
): Promise<Trainer<P, B, D>> {
  return compileLoopWith(definition, { ...options, createSession: open });
}
