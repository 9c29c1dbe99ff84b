import type { MethodName } from "../cases/sub-quadratic-attention.ts";
import { measuringProcess } from "./measuring-process.ts";

/** Which attention, and of how many tokens in clusters. */
export interface ExtraMemoryCase {
  readonly method: MethodName;
  readonly tokens: number;
}

/** Bytes that a process of its own needed at its peak for one attention, beside its queries, keys, values and output. */
export function extraMemory({ method, tokens }: ExtraMemoryCase): Promise<number> {
  return measuringProcess("knn-memory", [method, tokens]);
}
