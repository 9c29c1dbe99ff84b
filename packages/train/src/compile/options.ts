import { customOption, integerOption, oneOfOption, optionTable } from "@attnlab/check";
import type { OnnxModel } from "@attnlab/onnx";
import type { Session, SessionOptions } from "@attnlab/runtime/node";

/** Opens a session: `createSession` of `@attnlab/runtime/node` or `/web`. */
export type CreateSession = (model: Uint8Array | OnnxModel, options?: SessionOptions) => Promise<Session>;

/** Options of `compileStep`. */
export interface CompileOptions {
  /** How sessions are opened; the `./node` and `./web` entries fill it in. */
  readonly createSession: CreateSession;
  /** Provider, threads and the like, passed to `createSession`. Default: one thread on the CPU. */
  readonly session?: SessionOptions;
  /** What is checked for NaN and infinity after each run: the losses, the losses and the new parameters, or nothing. Default `"loss"`. */
  readonly checkFinite?: "loss" | "all" | "none";
}

/** Options of `compileLoop`. */
export interface CompileLoopOptions extends CompileOptions {
  /** Steps per run. */
  readonly steps: number;
}

/** The rules of {@link CompileLoopOptions}. */
export const compileOptions = optionTable("compileLoop", {
  createSession: customOption<CreateSession>({
    doc: "createSession of @attnlab/runtime/node or /web; the entries @attnlab/train/node and /web fill it in.",
    expected: "a function",
    accepts: (v) => typeof v === "function",
    required: true,
    invalid: [null, "cpu"],
  }),
  session: customOption<SessionOptions>({
    doc: "Session options such as { threads: 2 }.",
    default: {},
    expected: "an object",
    accepts: (v) => typeof v === "object" && v !== null && !Array.isArray(v),
    invalid: [null, 2, []],
  }),
  checkFinite: oneOfOption(["loss", "all", "none"], { doc: "What is checked for NaN and infinity after each run.", default: "loss" }),
  steps: integerOption({ doc: "Steps per run.", min: 1, default: 1 }),
});
