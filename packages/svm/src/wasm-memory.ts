import { PAGE, webAssembly } from "./wasm-assembler.ts";

/** Memory and the functions of a module on it. */
export interface WasmWorkspace<F> {
  /** The next `length` numbers, not cleared, from a multiple of 16 bytes on. */
  readonly take: (length: number) => Float64Array;
  readonly functions: F;
}

/** What one memory belongs to. */
interface Instance<F> {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly functions: F;
}

/** 4 GiB, all that 32 bits address. */
const MOST_PAGES = 65_536;

/**
 * A way to open workspaces for one module, which is assembled on first use. What it returns gives `undefined` where there is no SIMD or not so
 * much room.
 *
 * Fresh pages cost as much time as the work in them, so each workspace takes the memory of the last one, unless that has been collected meanwhile:
 * whoever opens one writes every number before it is read, copies out what is returned, and is done before the next is opened.
 */
export function wasmWorkspaces<F extends object>(module: () => Uint8Array): (bytes: number) => WasmWorkspace<F> | undefined {
  /** Compiled once; `null` where WebAssembly or its SIMD is missing or forbidden. */
  let compiled: object | null | undefined;
  let last: WeakRef<Instance<F>> | undefined;

  const instantiate = (pages: number): Instance<F> | undefined => {
    const wasm = webAssembly();
    if (wasm === undefined || compiled === null) return undefined;
    try {
      compiled ??= new wasm.Module(module());
    } catch {
      // A page's security policy may forbid compilation, an old engine may lack SIMD: plain loops do the same.
      compiled = null;
      return undefined;
    }
    try {
      const memory = new wasm.Memory({ initial: pages });
      const { exports } = new wasm.Instance(compiled, { host: { memory } });
      return { memory, functions: exports as Readonly<Record<string, unknown>> & F };
    } catch {
      return undefined; // no room
    }
  };
  return (bytes) => {
    const pages = Math.max(1, Math.ceil(bytes / PAGE));
    if (pages > MOST_PAGES) return undefined;
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
    let next = 0;
    const take = (length: number): Float64Array => {
      const values = new Float64Array(memory.buffer, next, length);
      next += 16 * Math.ceil(length / 2);
      return values;
    };
    return { take, functions };
  };
}
