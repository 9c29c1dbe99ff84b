import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../src/store/store.ts";
import { FIXTURES, runCli, startCli, temporaryFolder } from "./cli-process.ts";

const RUNS = ["run", "fixture/steady", "--seeds", "6", "--workers", "2", "--set", "pauseMs=250", ...FIXTURES];

async function storedRows(path: string): Promise<{ cells: string[]; rows: number[] }> {
  await using store = await openStore(path, { write: false });
  const runs = await store.runs("fixture/steady");
  const rows = await Promise.all(runs.map(async (run) => (await store.rows(run.id)).value.length));
  return { cells: runs.map((run) => run.cell), rows };
}

test("a process killed in the middle loses only the runs in progress, and the same command does the rest", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "results/attnlab.duckdb");
  const first = startCli(RUNS, { cwd: folder.path });
  await first.says("[4/12]");
  first.child.kill("SIGKILL");
  await first.finished;

  const before = await storedRows(path);
  expect(before.cells.length).toBeGreaterThanOrEqual(4);
  expect(before.cells.length).toBeLessThan(12);
  // Every stored run is whole: 5 steps of 2 metrics.
  expect(before.rows).toEqual(before.cells.map(() => 10));

  const second = await runCli([...RUNS, "--json"], { cwd: folder.path });
  expect(second.code).toBe(0);
  const outcome = { total: 12, done: 12 - before.cells.length, skipped: before.cells.length, failures: [], left: 0 };
  expect(JSON.parse(second.stdout).experiments[0].outcome).toEqual(outcome);
  const after = await storedRows(path);
  expect(after.cells.slice(0, before.cells.length)).toEqual(before.cells);
  expect(new Set(after.cells).size).toBe(12);
  expect(after.rows).toEqual(after.cells.map(() => 10));
});

test.skipIf(process.platform !== "linux")("workers of a killed process end by themselves", async () => {
  using folder = temporaryFolder();
  const running = startCli(["run", "fixture/steady", "--set", "pauseMs=30000", "--workers", "1", ...FIXTURES], { cwd: folder.path });
  await running.says("pausing");
  const worker = await childOf(running.child.pid as number);
  running.child.kill("SIGKILL");
  await running.finished;
  for (let tries = 0; tries < 100 && alive(worker); tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(alive(worker)).toBe(false);
});

test("Ctrl-C keeps finished runs, says how to resume, and exits with 130", async () => {
  using folder = temporaryFolder();
  const running = startCli(RUNS, { cwd: folder.path });
  await running.says("[2/12]");
  // As a terminal does it: to the whole process group, workers included.
  process.kill(-(running.child.pid as number), "SIGINT");
  const { code, stdout, stderr } = await running.finished;
  expect([code, stdout]).toEqual([130, ""]);
  expect(stderr).toContain("Stopping. Finished runs are stored");
  expect(stderr).toMatch(/Stopped with \d+ runs left\. The same command resumes where it stopped\./);
  expect(stderr).not.toContain("failed");
  const { cells, rows } = await storedRows(join(folder.path, "results/attnlab.duckdb"));
  expect(cells.length).toBeGreaterThanOrEqual(2);
  expect(rows).toEqual(cells.map(() => 10));
});

/** The worker process of a CLI, once it has one; Linux's process list by parent. */
async function childOf(parent: number): Promise<number> {
  const { readdirSync, readFileSync } = await import("node:fs");
  for (;;) {
    for (const entry of readdirSync("/proc")) {
      try {
        if (!/^\d+$/.test(entry) || !readFileSync(`/proc/${entry}/cmdline`, "utf8").includes("worker-main")) continue;
        if (new RegExp(`^PPid:\\s+${parent}$`, "m").test(readFileSync(`/proc/${entry}/status`, "utf8"))) return Number(entry);
      } catch {
        // The process ended between the two reads.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
