import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What a finished command left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves once stderr contains the text. */
  readonly says: (text: string) => Promise<void>;
}

/** Starts the CLI from source; data sets are looked for in a folder that does not exist. */
export function startCli(args: readonly string[], options: { readonly cwd?: string } = {}): RunningCli {
  const child = spawn(process.execPath, ["--conditions=@attnlab/source", join(ROOT, "src/cli.ts"), ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ATTNLAB_DATA: "/nonexistent/attnlab-data", NODE_OPTIONS: "", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, as a terminal gives to a command.
    detached: true,
  });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  const finished = new Promise<Finished>((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stderr.includes(text)) resolve();
      };
      listeners.add(look);
      look();
      child.once("close", () => reject(new Error(`ended without saying ${JSON.stringify(text)}: ${stderr}`)));
    });
  return { child, finished, says };
}

/** Runs the CLI from source to its end. */
export function runCli(args: readonly string[], options: { readonly cwd?: string } = {}): Promise<Finished> {
  return startCli(args, options).finished;
}

/** The fixture experiments instead of the built-in list. */
export const FIXTURES: readonly string[] = ["--experiments", join(ROOT, "test/fixture/index.ts")];

/** A fresh folder that disappears with the scope. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "attnlab-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
