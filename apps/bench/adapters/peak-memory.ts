import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { AttentionStepConfig } from "../cases/attention-step.ts";

/** Most memory that a process held which ran one step of attention, in bytes, with everything that a process needs anyway. */
export async function peakMemory({ form, length, causal, backward }: Omit<AttentionStepConfig, "repeats" | "seed">): Promise<number> {
  const script = new URL(`./attention-memory${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    fileURLToPath(script),
    form,
    String(length),
    String(causal),
    String(backward),
  ]);
  return Number(stdout);
}
