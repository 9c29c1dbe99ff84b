import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openStore } from "../src/store/store.ts";
import { FIXTURES, runCli, startCli, temporaryFolder } from "./cli-process.ts";

describe("usage errors exit with 2, say what to do, and leave stdout empty", () => {
  test.each([
    [["nonsense"], "unknown command 'nonsense'"],
    [["run", "--bogus"], "unknown option '--bogus'"],
    [["run", "--scale", "big"], 'OptionError: --scale: must be one of quick, full; got "big".'],
    [["run", "--seeds", "0"], 'OptionError: --seeds: must be a whole number from 1 to 1000000; got "0".'],
    [["run", "--workers", "two"], 'OptionError: --workers: must be a whole number from 1 to 1000000; got "two".'],
    [["run", "--set", "steps"], 'OptionError: --set: a setting must be written key=value; got "steps".'],
    [
      ["run", "--set", "speed=1", ...FIXTURES],
      'the parameter must belong to a chosen experiment; got "speed". Known parameters: rate, steps, pauseMs.',
    ],
    [
      ["run", "fixture/steady", "--set", "steps=half", ...FIXTURES],
      'OptionError: fixture/steady: steps must be a whole number >= 1; got "half".',
    ],
    [["run", "fixture/stedy", ...FIXTURES], 'an experiment must be known; got "fixture/stedy". Did you mean fixture/steady?'],
    [
      ["run", "fixture/needs-data", ...FIXTURES],
      "fixture/needs-data: the data set imdb must be present; got nothing complete at /nonexistent/attnlab-data/aclImdb.",
    ],
    [["run", "--experiments", "absent.ts"], 'NotFoundError: --experiments: the file must be there; got "absent.ts".'],
    [["report", "--format", "pdf"], 'OptionError: --format: must be a comma list out of html, md; got "pdf".'],
    [["data", "steal"], "the action must be one of list, check, fetch"],
    [["data", "check", "imagenet"], 'a data set must be known; got "imagenet". Known data sets: spam-assassin'],
    [["data", "fetch", "tiny-shakespeare"], "the data set must have a pinned download; got none."],
    [
      ["report", "--store", "absent.duckdb"],
      "NotFoundError: absent.duckdb: a result store must be there; got no such file. Run `attnlab run` first",
    ],
  ])("attnlab %j", async (args, message) => {
    using folder = temporaryFolder();
    const { code, stdout, stderr } = await runCli(args, { cwd: folder.path });
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, ""]);
  });

  test("a missing data set fails the check", async () => {
    expect((await runCli(["data", "check", "imdb", "--json"])).code).toBe(2);
    expect((await runCli(["data", "check", "mnist"])).code).toBe(0);
  });
});

describe("the store", () => {
  test("a damaged store is reported, exits with 2 and is left as it is", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "broken.duckdb");
    writeFileSync(path, "these are not the bytes of a database".repeat(500));
    for (const command of ["run", "report", "export"]) {
      const { code, stderr } = await runCli([command, "--store", path, ...FIXTURES], { cwd: folder.path });
      expect(code).toBe(2);
      expect(stderr).toContain(`FormatError: ${path}: the file must be an attnlab result store; got`);
      expect(stderr).toContain("Nothing was changed. Move the file away");
    }
    expect(readFileSync(path, "utf8")).toBe("these are not the bytes of a database".repeat(500));
  });

  test("a store whose blocks were overwritten is reported the same way", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "store.duckdb");
    expect((await runCli(["run", "fixture/steady", "--store", path, ...FIXTURES])).code).toBe(0);
    const bytes = readFileSync(path);
    bytes.fill(0, 12_288);
    writeFileSync(path, bytes);
    const { code, stderr } = await runCli(["report", "--store", path, ...FIXTURES], { cwd: folder.path });
    expect(stderr).toContain(`FormatError: ${path}: the file must be an attnlab result store; got Corrupt database file`);
    expect(code).toBe(2);
  });

  test("a database of something else is refused", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "other.duckdb");
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const instance = await DuckDBInstance.create(path);
    const connection = await instance.connect();
    await connection.run("CREATE TABLE recipes (name VARCHAR)");
    connection.closeSync();
    instance.closeSync();
    const { code, stderr } = await runCli(["run", "--store", path, ...FIXTURES]);
    expect(stderr).toContain("got a DuckDB database with other tables.");
    expect(code).toBe(2);
  });

  test("a store held by another process is reported with its process", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "store.duckdb");
    const holder = startCli(["run", "fixture/steady", "--set", "pauseMs=60000", "--store", path, "--workers", "1", ...FIXTURES]);
    try {
      while (!(await reachable(path))) await new Promise((resolve) => setTimeout(resolve, 50));
      for (const command of ["run", "report"]) {
        const { code, stderr } = await runCli([command, "--store", path, ...FIXTURES], { cwd: folder.path });
        expect(stderr).toContain(
          `the result store must be free: one process writes at a time; got a store in use by process ${holder.child.pid}`,
        );
        expect(code).toBe(2);
      }
    } finally {
      holder.child.kill("SIGKILL");
      await holder.finished;
    }
  });

  test("a folder that cannot be written is reported", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "file"), "");
    const store = await runCli(["run", "--store", "file/store.duckdb", ...FIXTURES], { cwd: folder.path });
    expect(store.stderr).toContain("UsageError: file/store.duckdb: the results must be writable; got");
    expect(store.code).toBe(2);
    mkdirSync(join(folder.path, "taken.duckdb"));
    const taken = await runCli(["run", "--store", "taken.duckdb", ...FIXTURES], { cwd: folder.path });
    expect(taken.stderr).toContain("taken.duckdb: the results must be writable; got");
    expect(taken.code).toBe(2);
    await runCli(["run", "fixture/steady", ...FIXTURES], { cwd: folder.path });
    const report = await runCli(["report", "--out", "file/report", ...FIXTURES], { cwd: folder.path });
    expect(report.stderr).toContain("UsageError: file/report: the results must be writable; got");
    expect(report.code).toBe(2);
  });
});

/** Whether the child has created the store: it is there and held. */
async function reachable(path: string): Promise<boolean> {
  try {
    await using _store = await openStore(path, { write: false });
    return false;
  } catch (error) {
    return (error as Error).name === "UsageError";
  }
}
