import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";

/** A Python script in a process of its own that answers every line of JSON with one line of JSON; idle between requests. */
export interface PythonProcess extends AsyncDisposable {
  /** What the script says of itself when it starts. */
  readonly greeting: Readonly<Record<string, unknown>>;
  ask(request: unknown): Promise<unknown>;
}

/** Which script to start, and what it needs. */
export interface PythonProcessOptions {
  /** Folder under `adapters/` that holds the script `peer.py`. */
  readonly folder: string;
  /** Modules that Python must be able to import. */
  readonly modules: readonly string[];
  /** Threads of the matrix libraries; default: their own choice. */
  readonly blasThreads?: number | undefined;
}

/** Python interpreters in the order in which they are tried; `ATTNLAB_PYTHON` comes first. */
function interpreters(): readonly string[] {
  const chosen = process.env.ATTNLAB_PYTHON;
  return [...(chosen === undefined ? [] : [chosen]), "python3", "/usr/bin/python3", "python"];
}

/** The first Python that can import all modules, or `undefined`. */
export function findPython(...modules: readonly string[]): string | undefined {
  const code = `import ${modules.join(", ")}`;
  return interpreters().find((python) => spawnSync(python, ["-c", code], { stdio: "ignore", timeout: 60_000 }).status === 0);
}

/** Starts a script; `undefined` when no Python has its modules. */
export async function openPython({ folder, modules, blasThreads }: PythonProcessOptions): Promise<PythonProcess | undefined> {
  const python = findPython(...modules);
  if (python === undefined) return undefined;
  const count = `${blasThreads}`;
  const limits = blasThreads === undefined ? {} : { OPENBLAS_NUM_THREADS: count, MKL_NUM_THREADS: count, OMP_NUM_THREADS: count };
  // No byte code beside the scripts: the package may be installed where nothing can be written.
  const env = { ...process.env, ...limits, PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn(python, [join(packageRoot(), "adapters", folder, "peer.py")], { stdio: ["pipe", "pipe", "pipe"], env });
  const lines = createInterface({ input: child.stdout });
  const answers = lines[Symbol.asyncIterator]();
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  // A request to a process that has just ended fails here; the answer that is missing then says why.
  child.stdin.on("error", () => undefined);
  const next = async (): Promise<unknown> => {
    const { value, done } = await answers.next();
    if (done) throw new Error(`the ${folder} peer ended: ${errors.trim().split("\n").at(-1) ?? ""}`);
    return JSON.parse(value);
  };
  const greeting = (await next()) as Record<string, unknown>;
  return {
    greeting,
    ask: (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
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
