import { createSession, type WebSessionOptions } from "@attnlab/runtime/web";
import { compileLoop as compileLoopWith, compileStep as compileStepWith } from "../compile/compile.ts";
import type { TrainDefinition } from "../compile/definition.ts";
import type { CompileLoopOptions, CompileOptions } from "../compile/options.ts";
import type { Trainer } from "../compile/trainer.ts";

/** Options of `compileStep` in the browser. */
export type WebCompileOptions = Omit<CompileOptions, "createSession">;

/** Options of `compileLoop` in the browser. */
export type WebCompileLoopOptions = Omit<CompileLoopOptions, "createSession">;

const open = (model: Parameters<typeof createSession>[0], options?: WebSessionOptions): ReturnType<typeof createSession> =>
  createSession(model, options);

/** `compileStep` with sessions of onnxruntime-web. */
export function compileStep<P, B = readonly [], D = readonly []>(
  definition: TrainDefinition<P, B, D>,
  options: WebCompileOptions = {},
): Promise<Trainer<P, B, D>> {
  return compileStepWith(definition, { ...options, createSession: open });
}

/** `compileLoop` with sessions of onnxruntime-web. */
export function compileLoop<P, B = readonly [], D = readonly []>(
  definition: TrainDefinition<P, B, D>,
  options: WebCompileLoopOptions,
): Promise<Trainer<P, B, D>> {
  return compileLoopWith(definition, { ...options, createSession: open });
}
