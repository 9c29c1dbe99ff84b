import { type TensorData, toNumbers } from "@attnlab/check";
import { openPython } from "./python-process.ts";

/** A case in another library: the same work on the same numbers. */
export interface PeerCase {
  readonly case: string;
  readonly threads: number;
  readonly config: Readonly<Record<string, number | string>>;
  /** Weights and data by name. */
  readonly tensors: Readonly<Record<string, TensorData>>;
}

/** What a block of steps took, and the loss of each. */
export interface PeerRun {
  readonly seconds: number;
  readonly losses: readonly number[];
}

/** A library running in a process of its own; it stays idle between requests, so blocks of both sides can alternate. */
export interface Peer extends AsyncDisposable {
  readonly version: string;
  open(work: PeerCase): Promise<void>;
  run(steps: number): Promise<PeerRun>;
}

/**
 * Starts PyTorch as a peer; `undefined` when no Python with torch is found.
 *
 * @param blasThreads - threads of the matrix library below PyTorch, which `torch.set_num_threads` does not always reach.
 *   Default: its own choice.
 */
export function openTorch(blasThreads?: number): Promise<Peer | undefined> {
  return openPeer("torch", blasThreads);
}

/** Starts NumPy as a peer; `undefined` when no Python has it. */
export function openNumpy(blasThreads?: number): Promise<Peer | undefined> {
  return openPeer("numpy", blasThreads);
}

async function openPeer(module: "torch" | "numpy", blasThreads: number | undefined): Promise<Peer | undefined> {
  const python = await openPython({ folder: module, modules: [module], blasThreads });
  if (python === undefined) return undefined;
  return {
    version: `${module} ${String(python.greeting.version)}`,
    open: async ({ tensors, ...work }) => {
      const plain = Object.entries(tensors).map(([name, t]) => [name, { shape: t.shape, values: Array.from(toNumbers(t)) }]);
      await python.ask({ op: "open", ...work, tensors: Object.fromEntries(plain) });
    },
    run: async (steps) => (await python.ask({ op: "run", steps })) as PeerRun,
    [Symbol.asyncDispose]: () => python[Symbol.asyncDispose](),
  };
}
