import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { type TensorData, toNumbers } from "@attnlab/check";

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

/** Python interpreters in the order in which they are tried; `ATTNLAB_PYTHON` comes first. */
function interpreters(): readonly string[] {
  const chosen = process.env.ATTNLAB_PYTHON;
  return [...(chosen === undefined ? [] : [chosen]), "python3", "/usr/bin/python3", "python"];
}

/** The first Python that can import a module, or `undefined`. */
export function findPython(module: string): string | undefined {
  return interpreters().find((python) => spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore", timeout: 60_000 }).status === 0);
}

/**
 * Starts PyTorch as a peer; `undefined` when no Python with torch is found.
 *
 * @param blasThreads - threads of the matrix library below PyTorch, which `torch.set_num_threads` does not always reach.
 *   Default: its own choice.
 */
export function openTorch(blasThreads?: number): Promise<Peer | undefined> {
  return openPython("torch", blasThreads);
}

/** Starts NumPy as a peer; `undefined` when no Python has it. */
export function openNumpy(blasThreads?: number): Promise<Peer | undefined> {
  return openPython("numpy", blasThreads);
}

async function openPython(module: "torch" | "numpy", blasThreads: number | undefined): Promise<Peer | undefined> {
  const python = findPython(module);
  if (python === undefined) return undefined;
  const limits = blasThreads === undefined ? {} : { OPENBLAS_NUM_THREADS: `${blasThreads}`, MKL_NUM_THREADS: `${blasThreads}` };
  const env = { ...process.env, ...limits };
  const child = spawn(python, [join(packageRoot(), "adapters", module, "peer.py")], { stdio: ["pipe", "pipe", "pipe"], env });
  const lines = createInterface({ input: child.stdout });
  const answers = lines[Symbol.asyncIterator]();
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const next = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await answers.next();
    if (done) throw new Error(`the ${module} peer ended: ${errors.trim().split("\n").at(-1) ?? ""}`);
    return JSON.parse(value) as Record<string, unknown>;
  };
  const ask = (request: unknown): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return next();
  };
  const { version } = await next();
  return {
    version: `${module} ${String(version)}`,
    open: async ({ tensors, ...work }) => {
      const plain = Object.entries(tensors).map(([name, t]) => [name, { shape: t.shape, values: Array.from(toNumbers(t)) }]);
      await ask({ op: "open", ...work, tensors: Object.fromEntries(plain) });
    },
    run: async (steps) => (await ask({ op: "run", steps })) as PeerRun,
    [Symbol.asyncDispose]: () => close(child, lines),
  };
}

async function close(child: ChildProcessWithoutNullStreams, lines: Interface): Promise<void> {
  lines.close();
  child.stdin.end();
  if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
}

/** The folder of this package, seen from the sources and from the build alike. */
function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}
