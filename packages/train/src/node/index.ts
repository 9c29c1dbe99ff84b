export { type Json, type LoadedCheckpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint-files.ts";
export { compileLoop, compileStep, type NodeCompileLoopOptions, type NodeCompileOptions } from "./compile-on-node.ts";
