import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { RowColumns } from "../store/run-record.ts";
import type { RunRequest, WorkerMessage, WorkerRequest } from "./message.ts";

/** How a run ended. */
export type RunOutcome =
  | { readonly status: "ok"; readonly rows: RowColumns }
  | { readonly status: "failed"; readonly error: string }
  | { readonly status: "aborted" };

/** Worker processes that each do one run at a time. A process that dies fails its run and is replaced. */
export interface WorkerPool extends AsyncDisposable {
  readonly run: (request: RunRequest, onProgress: (fraction: number, message: string) => void) => Promise<RunOutcome>;
  /** Asks every running run to stop, and kills what has not stopped after a grace period. */
  readonly abort: () => void;
}

const GRACE_MS = 2_000;

/** A pool whose processes load experiments from the built-in list, or from `experiments`. Processes start when they are needed. */
export function workerPool(options: { readonly experiments: string | undefined }): WorkerPool {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  let aborted = false;

  const start = (): ChildProcess => {
    const script = new URL(`./worker-main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
    const child = fork(fileURLToPath(script), [options.experiments ?? ""], {
      serialization: "advanced",
      // stdout belongs to results; whatever a library prints goes to stderr.
      stdio: ["ignore", 2, 2, "ipc"],
    });
    all.add(child);
    child.once("exit", () => all.delete(child));
    return child;
  };

  return {
    async run(request, onProgress) {
      if (aborted) return { status: "aborted" };
      const child = idle.pop() ?? start();
      const outcome = await outcomeOf(child, request, onProgress);
      if (child.connected && child.exitCode === null && !aborted) idle.push(child);
      return aborted && outcome.status === "failed" ? { status: "aborted" } : outcome;
    },
    abort() {
      aborted = true;
      for (const child of all) {
        if (child.connected) child.send({ kind: "abort" } satisfies WorkerRequest);
        setTimeout(() => child.kill("SIGKILL"), GRACE_MS).unref();
      }
    },
    async [Symbol.asyncDispose]() {
      const exits = [...all].map((child) => once(child, "exit"));
      for (const child of all) {
        // An idle process ends by itself once the channel is closed; a busy one may be inside a long native call.
        if (idle.includes(child) && child.connected) child.disconnect();
        else child.kill("SIGKILL");
      }
      await Promise.all(exits);
    },
  };
}

function outcomeOf(child: ChildProcess, request: RunRequest, onProgress: (fraction: number, message: string) => void): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const finish = (outcome: RunOutcome): void => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve(outcome);
    };
    const onMessage = (message: WorkerMessage): void => {
      if (message.kind === "progress") onProgress(message.fraction, message.message);
      else if (message.kind === "done") finish({ status: "ok", rows: message.rows });
      else finish({ status: "failed", error: message.error });
    };
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
      const how = signal === null ? `ended with code ${code}` : `was killed by ${signal}`;
      finish({
        status: "failed",
        error: `The worker process ${how} in the middle of this run (out of memory, or a crash in native code).`,
      });
    };
    child.on("message", onMessage);
    child.once("exit", onExit);
    child.send(request satisfies WorkerRequest, (error) => {
      if (error !== null) finish({ status: "failed", error: `The worker process could not be reached: ${error.message}` });
    });
  });
}
