import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));

/** How a run is spread out. */
export interface RunOptions {
  readonly workers: number;
  /** Milliseconds that one example may take. */
  readonly timeoutMs: number;
  /** Conditions under which packages resolve; `@attnlab/source` takes their sources instead of their builds. */
  readonly conditions: readonly string[];
}

/**
 * Runs instrumented example files in a few processes.
 *
 * @returns for each path the reasons why it is wrong; an empty list is a pass.
 */
export async function runExamples(
  paths: readonly string[],
  { workers, timeoutMs, conditions }: RunOptions,
): Promise<Map<string, readonly string[]>> {
  const results = new Map<string, readonly string[]>();
  const queue = [...paths];
  const lane = async (): Promise<void> => {
    let worker: ChildProcess | undefined;
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      worker ??= fork(WORKER, { execArgv: conditions.map((name) => `--conditions=${name}`), stdio: ["ignore", "pipe", "pipe", "ipc"] });
      const reasons = await runOne(worker, path, timeoutMs);
      results.set(path, reasons);
      // After a failure the process may be in any state.
      if (reasons.length > 0) {
        worker.kill("SIGKILL");
        worker = undefined;
      }
    }
    worker?.kill();
  };
  await Promise.all(Array.from({ length: Math.min(workers, paths.length) }, lane));
  return results;
}

function runOne(worker: ChildProcess, path: string, timeoutMs: number): Promise<readonly string[]> {
  return new Promise((resolve) => {
    let printed = "";
    const onText = (text: Buffer): void => {
      printed += text;
    };
    const finish = (reasons: readonly string[]): void => {
      clearTimeout(timer);
      worker.off("message", finish).off("exit", onExit);
      for (const stream of [worker.stdout, worker.stderr]) stream?.off("data", onText);
      resolve(reasons);
    };
    const onExit = (code: number | null, signal: string | null): void => {
      finish([
        `it ended the process with ${signal ?? `exit code ${code}`}${printed === "" ? "" : ` after printing:\n${printed.slice(-2000)}`}`,
      ]);
    };
    const timer = setTimeout(
      () => finish([`it ran for more than ${timeoutMs / 1000} s. Make it smaller, or mark the block "ts no-run".`]),
      timeoutMs,
    );
    worker.on("message", finish).on("exit", onExit);
    for (const stream of [worker.stdout, worker.stderr]) stream?.on("data", onText);
    worker.send(path);
  });
}
