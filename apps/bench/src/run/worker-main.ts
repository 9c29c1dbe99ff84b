import { AttnlabError } from "@attnlab/check";
import type { Experiment } from "../experiment/index.ts";
import { loadExperiments, openRegistry } from "../registry/registry.ts";
import type { RunRequest, WorkerMessage, WorkerRequest } from "./message.ts";
import { rowRecorder } from "./row-recorder.ts";

// Started by the pool: `node worker-main.js [experiments file]`, with an IPC channel to the parent.

const file = process.argv[2] === "" ? undefined : process.argv[2];
let abort = new AbortController();

function send(message: WorkerMessage): void {
  process.send?.(message);
}

const PROGRESS_MS = 100;

async function runCell(request: RunRequest): Promise<void> {
  const experiment = (await loadExperiments(await openRegistry(file), [request.experiment]))[0] as Experiment;
  const { params, seeds, scale, threads, dataDirectory } = request;
  const recorder = rowRecorder(request.experiment, seeds);
  let reported = 0;
  await experiment.run({
    params,
    seeds,
    seed: seeds[0] as number,
    scale,
    threads,
    dataDirectory,
    signal: abort.signal,
    record: recorder.record,
    progress(fraction, message = "") {
      const now = performance.now();
      if (now - reported < PROGRESS_MS) return;
      reported = now;
      send({ kind: "progress", fraction: Math.min(1, Math.max(0, fraction)), message });
    },
  });
  abort.signal.throwIfAborted();
  send({ kind: "done", rows: recorder.columns() });
}

function describe(error: unknown): string {
  if (error instanceof AttnlabError) return `${error.name}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
}

process.on("message", (request: WorkerRequest) => {
  if (request.kind === "abort") {
    abort.abort();
    return;
  }
  abort = new AbortController();
  runCell(request).catch((error: unknown) => send({ kind: "failed", error: describe(error) }));
});

// Ctrl-C reaches the whole process group; the parent decides what happens to the runs.
process.on("SIGINT", () => undefined);
// The parent is gone, even if it was killed: nobody would store the rows.
process.on("disconnect", () => process.exit(0));
