import { type WasmWorkspace, wasmWorkspaces } from "../wasm-memory.ts";
import { EXP_FRACTIONS, EXP_STEPS } from "./negative-exp.ts";
import { type SmoFunctions, smoModule } from "./smo-module.ts";

/** Memory that a solver's arrays share with the functions that sweep over them. */
export interface SmoMemory extends WasmWorkspace<SmoFunctions> {
  /** The powers that `rbf` reads. */
  readonly fractions: Float64Array;
  /** Where functions leave their results. */
  readonly result: Float64Array;
}

const RESULTS = 12;
const open = wasmWorkspaces<SmoFunctions>(smoModule);

/** Memory with room for so many bytes, or `undefined` where there is no SIMD or not so much room; see {@link wasmWorkspaces} for how long it is good. */
export function openSmoMemory(bytes: number): SmoMemory | undefined {
  const workspace = open(8 * (EXP_STEPS + RESULTS) + bytes);
  if (workspace === undefined) return undefined;
  const fractions = workspace.take(EXP_STEPS);
  fractions.set(EXP_FRACTIONS);
  return { ...workspace, fractions, result: workspace.take(RESULTS) };
}
