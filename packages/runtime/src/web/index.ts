export type { Session } from "../session.ts";
export type { Optimization, SessionOptions } from "../session-options.ts";
export { availableProviders, createSession, type WebSessionOptions } from "./create-session.ts";
export type { WasmPaths } from "./onnxruntime.ts";
