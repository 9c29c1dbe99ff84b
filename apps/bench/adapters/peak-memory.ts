import type { AttentionStepConfig } from "../cases/attention-step.ts";
import { measuringProcess } from "./measuring-process.ts";

/** Most memory that a process held which ran one step of attention, in bytes, with everything that a process needs anyway. */
export function peakMemory({ form, length, causal, backward }: Omit<AttentionStepConfig, "repeats" | "seed">): Promise<number> {
  return measuringProcess("attention-memory", [form, length, causal, backward]);
}
