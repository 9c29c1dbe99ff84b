import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { MethodName } from "../cases/sub-quadratic-attention.ts";

/** Which attention, and of how many tokens in clusters. */
export interface ExtraMemoryCase {
  readonly method: MethodName;
  readonly tokens: number;
}

/** Bytes that a process of its own needed at its peak for one attention, beside its queries, keys, values and output. */
export async function extraMemory({ method, tokens }: ExtraMemoryCase): Promise<number> {
  const script = new URL(`./knn-memory${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    "--expose-gc",
    fileURLToPath(script),
    method,
    String(tokens),
  ]);
  return Number(stdout);
}
