import { PAGE, webAssembly } from "../wasm-assembler.ts";
import { EXP_FRACTIONS, EXP_STEPS } from "./negative-exp.ts";
import { type SmoFunctions, smoModule } from "./smo-module.ts";

/** Memory that a solver's arrays share with the functions that sweep over them. */
export interface SmoMemory {
  /** The next `length` numbers, not cleared, from a multiple of 16 bytes on. */
  readonly take: (length: number) => Float64Array;
  readonly functions: SmoFunctions;
  /** Address of the powers that `rbf` reads. */
  readonly fractions: number;
  /** Where functions leave their results. */
  readonly result: Float64Array;
}

/** What one memory belongs to. */
interface Instance {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly functions: SmoFunctions;
}

const FRACTIONS_AT = 0;
const RESULT_AT = FRACTIONS_AT + 8 * EXP_STEPS;
const RESULTS = 12;
const FIRST_FREE = RESULT_AT + 8 * RESULTS;
/** 4 GiB, all that 32 bits address. */
const MOST_PAGES = 65_536;

/** Compiled on first use, once; `null` where WebAssembly or its SIMD is missing or forbidden. */
let compiled: object | null | undefined;
// Fresh pages cost a quarter of the time of a fit. The next fit takes the memory of the last one, unless it has been collected meanwhile: every number
// in it is written before it is read, so results do not depend on which.
let last: WeakRef<Instance> | undefined;

/**
 * Memory of so many bytes with the functions on it, or `undefined` where there is no SIMD or not so much room. It is taken from whoever had it before: a
 * solver copies out what it returns, and runs from start to end without another one in between.
 */
export function openSmoMemory(bytes: number): SmoMemory | undefined {
  const pages = Math.ceil((FIRST_FREE + bytes) / PAGE);
  if (compiled === null || pages > MOST_PAGES) return undefined;
  const instance = last?.deref() ?? instantiate(pages);
  if (instance === undefined) return undefined;
  last = new WeakRef(instance);
  const { memory, functions } = instance;
  const missing = pages - memory.buffer.byteLength / PAGE;
  try {
    if (missing > 0) memory.grow(missing);
  } catch {
    return undefined;
  }
  let next = FIRST_FREE;
  return {
    take: (length) => {
      const values = new Float64Array(memory.buffer, next, length);
      next += 16 * Math.ceil(length / 2);
      return values;
    },
    functions,
    fractions: FRACTIONS_AT,
    result: new Float64Array(memory.buffer, RESULT_AT, RESULTS),
  };
}

function instantiate(pages: number): Instance | undefined {
  const wasm = webAssembly();
  if (wasm === undefined) return undefined;
  try {
    compiled ??= new wasm.Module(smoModule());
  } catch {
    // A page's security policy may forbid compilation, an old engine may lack SIMD: the plain loops do the same.
    compiled = null;
    return undefined;
  }
  try {
    const memory = new wasm.Memory({ initial: pages });
    new Float64Array(memory.buffer, FRACTIONS_AT, EXP_STEPS).set(EXP_FRACTIONS);
    const functions = new wasm.Instance(compiled, { host: { memory } }).exports as Pick<SmoFunctions, keyof SmoFunctions>;
    return { memory, functions };
  } catch {
    return undefined; // no room
  }
}
