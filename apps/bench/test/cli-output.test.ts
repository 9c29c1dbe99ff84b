import { describe, expect, test } from "vitest";
import { FIXTURES, runCli, temporaryFolder } from "./cli-process.ts";

const COMMANDS = ["list", "run", "report", "compare", "export", "data", "doctor"];

describe("help", () => {
  test("names every command and the exit codes", async () => {
    const { code, stdout } = await runCli(["--help"]);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
    expect(stdout).toContain("Exit codes: 0");
  });

  test.each(COMMANDS)("%s --help ends with examples", async (command) => {
    const { code, stdout } = await runCli([command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples:\\n {2}(ATTNLAB_DATA=\\S+ )?attnlab ${command}`));
  });
});

describe("list", () => {
  test("--json gives every experiment with its claims, parameters, run counts and data", async () => {
    const { code, stdout, stderr } = await runCli(["list", "--json", ...FIXTURES]);
    expect([code, stderr]).toEqual([0, ""]);
    const { experiments } = JSON.parse(stdout) as { experiments: Record<string, unknown>[] };
    expect(experiments.map((experiment) => experiment.id)).toContain("fixture/refuted");
    const steady = experiments[0] as Record<string, unknown>;
    expect(steady).toMatchObject({
      id: "fixture/steady",
      runs: { quick: 4, full: 9 },
      seeds: { quick: 2, full: 3 },
      parameters: { rate: { quick: [1, 2], full: [1, 2, 3], expected: "a non-empty list of finite numbers > 0" } },
      claims: [{ id: "S1", provenance: "ours", rule: "mean > 0" }],
    });
    expect(experiments.find((experiment) => experiment.id === "fixture/needs-data")?.data).toEqual([{ name: "imdb", present: false }]);
  });

  test("chooses by glob", async () => {
    const { stdout } = await runCli(["list", "fixture/*s", ...FIXTURES]);
    expect(stdout.match(/^fixture\/\S+/gm)).toEqual(["fixture/throws", "fixture/crashes"]);
  });
});

describe("run and report", () => {
  test("--json prints one document on stdout, progress goes to stderr, and a second run skips", async () => {
    using folder = temporaryFolder();
    const args = ["run", "fixture/steady", "--json", "--seeds", "3", "--set", "rate=4", "--workers", "2", ...FIXTURES];
    const first = await runCli(args, { cwd: folder.path });
    expect(first.code).toBe(0);
    const document = JSON.parse(first.stdout);
    expect(document).toMatchObject({
      command: "run",
      exitCode: 0,
      experiments: [
        {
          id: "fixture/steady",
          study: { params: { rate: [4], steps: 5, pauseMs: 0 }, seeds: [1, 2, 3] },
          outcome: { total: 3, done: 3, skipped: 0, left: 0 },
          claims: [{ id: "S1", verdict: "holds", measured: "12" }],
        },
      ],
    });
    expect(first.stderr).toContain("[3/3] fixture/steady: seed");
    const second = await runCli(args, { cwd: folder.path });
    expect(JSON.parse(second.stdout).experiments[0].outcome).toMatchObject({ total: 3, done: 0, skipped: 3 });
    const forced = await runCli([...args, "--force"], { cwd: folder.path });
    expect(JSON.parse(forced.stdout).experiments[0].outcome).toMatchObject({ total: 3, done: 3, skipped: 0 });
    const listed = await runCli(["list", "--stored", ...FIXTURES], { cwd: folder.path });
    expect(listed.stdout).toMatch(/^[0-9a-f]{12} {2}\S+ \S+ {2}quick {2}fixture\/steady {2}3 seeds\n$/);
  });

  test("a claim that fails gives exit code 1, in run and in report", async () => {
    using folder = temporaryFolder();
    const run = await runCli(["run", "fixture/refuted", ...FIXTURES], { cwd: folder.path });
    expect(run.code).toBe(1);
    expect(run.stdout).toContain("✗ REFUTED fails   There are rows.");
    const report = await runCli(["report", "fixture/refuted", "--json", ...FIXTURES], { cwd: folder.path });
    expect(report.code).toBe(1);
    expect(JSON.parse(report.stdout).experiments[0].claims[0]).toMatchObject({ verdict: "fails", measured: "3 rows" });
  });

  test.each([
    ["throws", "seed two is cursed"],
    ["crashes", "The worker process was killed by SIGKILL"],
  ])("a run that %s is stored as failed, the others go on, its claims are not run, and the exit code is 3", async (name, error) => {
    using folder = temporaryFolder();
    const args = ["run", `fixture/${name}`, "--json", "--workers", "1", ...FIXTURES];
    const { code, stdout } = await runCli(args, { cwd: folder.path });
    expect(code).toBe(3);
    const [experiment] = JSON.parse(stdout).experiments;
    expect(experiment.outcome).toMatchObject({ total: 3, done: 2, left: 0, failures: [{ label: "seed 2" }] });
    expect(experiment.outcome.failures[0].error).toContain(error);
    expect(experiment.claims[0]).toMatchObject({ verdict: "not run", note: "1 of 3 runs are missing, 1 of them failed" });
    // Failed runs are tried again, finished ones are not.
    const again = await runCli(args, { cwd: folder.path });
    expect(JSON.parse(again.stdout).experiments[0].outcome).toMatchObject({ total: 3, done: 0, skipped: 2 });
  });

  test("a judge that throws is an internal error, not a failed claim", async () => {
    using folder = temporaryFolder();
    const { code, stderr, stdout } = await runCli(["run", "fixture/broken-judge", ...FIXTURES], { cwd: folder.path });
    expect(code).toBe(3);
    expect(stderr).toContain("internal error: fixture/broken-judge BROKEN-JUDGE: TypeError");
    expect(stdout).toContain("not run");
  });
});

describe("compare and export", () => {
  test("compare shows what changed between two studies and export writes every row", async () => {
    using folder = temporaryFolder();
    const inside = { cwd: folder.path };
    await runCli(["run", "fixture/steady", "--set", "rate=1", "--workers", "1", ...FIXTURES], inside);
    await runCli(["run", "fixture/steady", "--set", "rate=1", "--set", "steps=10", "--workers", "1", ...FIXTURES], inside);
    const ids = (await runCli(["list", "--stored", ...FIXTURES], inside)).stdout.match(/^[0-9a-f]{12}/gm) as string[];
    const { code, stdout } = await runCli(["compare", ids[1] as string, ids[0] as string, "--json", ...FIXTURES], inside);
    expect(code).toBe(0);
    const { claims, metrics } = JSON.parse(stdout);
    expect(claims).toEqual([{ experiment: "fixture/steady", claim: "S1", a: "holds: 3", b: "holds: 5.5", worse: false }]);
    expect(metrics[0]).toMatchObject({ series: "slope 1", metric: "x", a: 5.0015, b: 10.0015 });
    const written = await runCli(["export", "--format", "csv,json,parquet", ...FIXTURES], inside);
    expect(written.stdout.match(/^wrote/gm)).toHaveLength(6);
    const { readFileSync } = await import("node:fs");
    const csv = readFileSync(`${folder.path}/results/export/metrics.csv`, "utf8").trim().split("\n");
    expect(csv[0]).toBe("run,seed,series,step,metric,value");
    expect(csv).toHaveLength(1 + 2 * 2 * 5 + 2 * 2 * 10);
    expect(csv[1]).toBe("1,1,slope 1,1.0,x,1.001");
  });
});
