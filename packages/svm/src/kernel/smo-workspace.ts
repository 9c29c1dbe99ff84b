import type { KernelSource } from "./kernel-source.ts";
import { listedKernel, type OrderedKernel, packedKernel, packedLength } from "./ordered-kernel.ts";
import { openSmoMemory } from "./smo-memory.ts";
import { plainSweeps, type SmoSweeps, simdSweeps } from "./smo-sweeps.ts";

/** What a solver computes with: arrays, kernel values in its order, and sweeps over them. */
export interface SmoWorkspace {
  /** An array of the caller's to clear. */
  readonly take: (length: number) => Float64Array;
  readonly kernel: OrderedKernel;
  readonly sweeps: SmoSweeps;
}

/** Below this many variables setting up costs more than it gains. */
const LEAST = 128;

/**
 * The workspace of one solver; the next one takes its memory.
 *
 * @param rowAt - the row of each variable by position, which the solver reorders.
 * @param numbers - how many it will take.
 */
export function openWorkspace(source: KernelSource, rowAt: Int32Array, numbers: number): SmoWorkspace {
  const { dense } = source;
  const ownNumbers = dense === undefined ? 0 : packedLength(rowAt.length, dense.rows.cols);
  const memory = rowAt.length < LEAST ? undefined : openSmoMemory(8 * (numbers + ownNumbers));
  if (memory === undefined) {
    return { take: (length) => new Float64Array(length), kernel: listedKernel(source, rowAt), sweeps: plainSweeps };
  }
  const kernel = dense === undefined ? listedKernel(source, rowAt) : packedKernel(dense, memory, rowAt);
  return { take: memory.take, kernel, sweeps: simdSweeps(memory) };
}
