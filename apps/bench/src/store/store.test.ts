import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RowColumns, RunRecord } from "./run-record.ts";
import { openStore, type Store } from "./store.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attnlab-store-"));
  path = join(folder, "deep/store.duckdb");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const RUN: RunRecord = {
  experiment: "paper/one",
  cell: "c1",
  params: { p: [1.75, 2], mode: "it's" },
  seeds: [1, 2],
  scale: "quick",
  codeVersion: "0.0.0+a",
  machine: { cores: 2 },
  versions: { node: "24" },
  startedMs: 1_700_000_000_123,
  endedMs: 1_700_000_001_456,
  status: "ok",
  error: "",
};

function rows(values: readonly number[], words: readonly string[] = ["series é", "m"]): RowColumns {
  return {
    words,
    seed: Int32Array.from(values, (_, i) => i % 2),
    series: new Int32Array(values.length),
    step: Float64Array.from(values, (_, i) => i + 0.5),
    metric: new Int32Array(values.length).fill(1),
    value: Float64Array.from(values),
  };
}

async function statusAndValues(store: Store): Promise<[string, number[]][]> {
  const runs = await store.runs("paper/one");
  return Promise.all(
    runs.map(async (run): Promise<[string, number[]]> => [`${run.status} ${run.codeVersion}`, [...(await store.rows(run.id)).value]]),
  );
}

test("what is committed is read back after closing, bit for bit", async () => {
  const values = [0.1, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324, -0];
  {
    await using store = await openStore(path, { write: true });
    await store.commitRun(RUN, rows(values));
    await store.saveStudy({ id: "s", experiment: "paper/one", scale: "full", params: { p: 3 }, seeds: [1] }, 1_700_000_000_789);
  }
  await using store = await openStore(path, { write: false });
  expect(await store.runs("paper/one")).toEqual([{ ...RUN, id: 1 }]);
  const { value, ...places } = await store.rows(1);
  expect(value.map((v, i) => Object.is(v, values[i]))).toEqual([true, true, true, true, true]);
  expect(places).toEqual({
    seed: [0, 1, 0, 1, 0],
    series: Array(5).fill("series é"),
    step: [0.5, 1.5, 2.5, 3.5, 4.5],
    metric: Array(5).fill("m"),
  });
  const [study] = await store.studies();
  expect(study).toEqual({ id: "s", experiment: "paper/one", scale: "full", params: { p: 3 }, seeds: [1], requestedMs: 1_700_000_000_789 });
  expect(await store.runs("paper/two")).toEqual([]);
});

test("a finished run replaces earlier ones of its cell and code, a failed run only failed ones", async () => {
  await using store = await openStore(path, { write: true });
  const failed: RunRecord = { ...RUN, status: "failed", error: "no" };
  await store.commitRun(failed, rows([]));
  await store.commitRun(RUN, rows([1, 2]));
  expect(await statusAndValues(store)).toEqual([["ok 0.0.0+a", [1, 2]]]);
  await store.commitRun(failed, rows([]));
  await store.commitRun(failed, rows([]));
  expect((await statusAndValues(store)).map(([status]) => status)).toEqual(["ok 0.0.0+a", "failed 0.0.0+a"]);
  await store.commitRun({ ...RUN, codeVersion: "0.0.0+b" }, rows([3]));
  await store.commitRun(RUN, rows([4]));
  expect(await statusAndValues(store)).toEqual([
    ["ok 0.0.0+b", [3]],
    ["ok 0.0.0+a", [4]],
  ]);
});

test("a run whose rows cannot be written is not there at all, and what it would have replaced stays", async () => {
  await using store = await openStore(path, { write: true });
  await store.commitRun(RUN, rows([1]));
  await expect(store.commitRun(RUN, rows([2, 3], ["only one word"]))).rejects.toThrow();
  expect(await statusAndValues(store)).toEqual([["ok 0.0.0+a", [1]]]);
  await store.commitRun({ ...RUN, cell: "c2" }, rows([5]));
  expect(await statusAndValues(store)).toEqual([
    ["ok 0.0.0+a", [1]],
    ["ok 0.0.0+a", [5]],
  ]);
});

test("asking for a study again renews its time and moves it to the front", async () => {
  await using store = await openStore(path, { write: true });
  const study = { id: "a", experiment: "paper/one", scale: "quick", params: {}, seeds: [1] } as const;
  await store.saveStudy(study, 1000);
  await store.saveStudy({ ...study, id: "b" }, 2000);
  await store.saveStudy(study, 3000);
  expect((await store.studies()).map(({ id, requestedMs }) => [id, requestedMs])).toEqual([
    ["a", 3000],
    ["b", 2000],
  ]);
});

test("1e5 rows commit in seconds", async () => {
  await using store = await openStore(path, { write: true });
  const many = Array.from({ length: 100_000 }, (_, i) => Math.sqrt(i));
  await store.commitRun(RUN, rows(many));
  expect((await store.rows(1)).value).toEqual(many);
}, 20_000);
