import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@attnlab/random";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { experiment as cifar } from "../../experiments/mirror-descent/cifar.ts";
import { experiment as imdb } from "../../experiments/mirror-descent/imdb.ts";
import { experiment as planted } from "../../experiments/mirror-descent/planted-token.ts";
import { missingData, missingDataError } from "../../src/data/require-data.ts";
import { type Experiment, type MetricRow, pick, type Results, valuesOf } from "../../src/experiment/index.ts";
import { parseSetting, resolveParameters } from "../../src/run/resolve-parameters.ts";

// The settings of the paper that no CPU finishes, on files and models small enough to run whole.

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "attnlab-paper-settings-"));
  await writeReviews(join(directory, "aclImdb"));
  await writeImages(join(directory, "cifar-10-batches-bin"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function writeReviews(root: string): Promise<void> {
  for (const part of ["train", "test"]) {
    for (const polarity of ["neg", "pos"]) {
      await mkdir(join(root, part, polarity), { recursive: true });
      for (let id = 0; id < 10; id++) {
        const text = polarity === "pos" ? "a great film, great fun" : "an awful film, awful bore";
        await writeFile(join(root, part, polarity, `${id}_${polarity === "pos" ? 9 : 2}.txt`), text);
      }
    }
  }
}

async function writeImages(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, "batches.meta.txt"), `${Array.from({ length: 10 }, (_, i) => `class${i}`).join("\n")}\n`);
  const rng = createRng(5);
  for (const name of [...Array.from({ length: 5 }, (_, i) => `data_batch_${i + 1}.bin`), "test_batch.bin"]) {
    const records = Array.from({ length: 4 }, (_, i) => [i % 2, ...Array.from({ length: 3072 }, () => (i % 2) * 200 + rng.integer(40))]);
    await writeFile(join(root, name), Uint8Array.from(records.flat()));
  }
}

/** Runs every cell as the worker does, and returns what the store would hold. */
async function runAll(experiment: Experiment, assignments: readonly string[], seeds: readonly number[]): Promise<Results> {
  const params = resolveParameters(experiment, "quick", assignments.map(parseSetting));
  const rows: MetricRow[] = [];
  for (const [run, cell] of experiment.cells(params, seeds).entries()) {
    await experiment.run({
      ...cell,
      seed: cell.seeds[0] as number,
      scale: "quick",
      threads: 1,
      dataDirectory: directory,
      signal: new AbortController().signal,
      progress: () => undefined,
      record: ({ series = "", step = 0 }, metrics) => {
        for (const [metric, value] of Object.entries(metrics)) {
          rows.push({ run, params: cell.params, seed: cell.seeds[0] as number, series, step, metric, value });
        }
      },
    });
  }
  return { params, scale: "quick", seeds, rows };
}

function drawAll(experiment: Experiment, results: Results): void {
  for (const figure of experiment.figures) figure.draw(results);
  for (const table of experiment.tables ?? []) table.build(results);
}

const IMDB_TINY = ["sizes=3", "width=12", "mlpWidth=8", "length=8", "batchSize=5", "vocabulary=50", "epochs=3", "methods=p=1.1,p=2"];

describe("movie reviews", () => {
  test("are said to be absent with the place and the way to get them", () => {
    const missing = missingData(imdb, join(directory, "elsewhere"));
    expect(missingDataError(imdb, missing[0] as (typeof missing)[0]).message).toMatch(
      /^mirror-descent\/imdb: the data set imdb must be present; got nothing complete at .*elsewhere.*aclImdb\. Download aclImdb_v1\.tar\.gz/,
    );
    expect(missingData(imdb, directory)).toEqual([]);
    expect(imdb.byNameOnly).toBe(true);
  });

  test("run end to end; trials differ", async () => {
    const results = await runAll(imdb, [...IMDB_TINY, "methods=p=1.1"], [1, 2]);
    const losses = valuesOf(pick(results.rows, { metric: "loss", series: "test", step: 3 }));
    expect(losses.length).toBe(2);
    expect(losses[0]).not.toBe(losses[1]);
    drawAll(imdb, results);
    expect(imdb.claims.map((claim) => claim.judge(results).verdict)).toEqual(["not run", "not run", "not run"]);
  });

  test("stop once the running accuracy is reached", async () => {
    const results = await runAll(imdb, [...IMDB_TINY, "methods=p=2", "stopAt=0.0001"], [1]);
    expect(valuesOf(pick(results.rows, { metric: "accuracy", series: "test" })).length).toBe(1);
  });

  test("have the published step of each size and exponent, and ten trials at full scale", () => {
    const cells = imdb.cells(resolveParameters(imdb, "full", []), [1]);
    expect(cells.map(({ params }) => params.rate)).toEqual([8e-4, 4e-4, 4e-6, 6e-4, 4e-4, 6e-6, 1e-3, 1e-3, 1e-5]);
    expect(imdb.seeds.full).toBe(10);
  });

  test("refuse a size without a published step", () => {
    const params = resolveParameters(imdb, "quick", [parseSetting("sizes=5")]);
    expect(() => imdb.cells(params, [1])).toThrow(/sizes must be of 3, 4, 6 and methods of p=1\.1, p=2, p=3; got size 5 with p=1\.1/);
  });
});

describe("CIFAR-10", () => {
  test("is said to be absent with the place and the way to get it", () => {
    const missing = missingData(cifar, join(directory, "elsewhere"));
    expect(missingDataError(cifar, missing[0] as (typeof missing)[0]).message).toMatch(
      /got nothing complete at .*cifar-10-batches-bin\. Download cifar-10-binary/,
    );
    expect(missingData(cifar, directory)).toEqual([]);
  });

  test("runs end to end, learns two flat classes, and leaves the paper's numbers unjudged", async () => {
    const tiny = ["imageSize=8", "width=8", "depth=1", "heads=1", "headDim=8", "mlpWidth=8", "batchSize=5", "epochs=12", "rates=0.05,0.02"];
    const results = await runAll(cifar, tiny, [1]);
    const ends = pick(results.rows, { metric: "accuracy", series: "test", step: 12, params: { method: "adam" } });
    expect(valuesOf(ends)).toEqual([1]);
    drawAll(cifar, results);
    const verdicts = cifar.claims.map((claim) => [claim.id, claim.judge(results).verdict]);
    expect(verdicts.filter(([id]) => id !== "C12l").map(([, verdict]) => verdict)).toEqual(["not run", "not run"]);
  });
});

test("planted tokens: the same seed gives the same rows, and every method sees the same texts", async () => {
  const tiny = ["epochs=1", "methods=p=1.1,p=2"];
  const params = ["rates=0.003,0.01", ...tiny];
  const first = await runAll(planted, params, [1]);
  const second = await runAll(planted, ["epochs=1", "methods=p=1.1", "rates=0.003"], [1]);
  expect(second.rows).toEqual(pick(first.rows, { params: { method: "p=1.1" } }));
  const words = (method: string): string[] => pick(first.rows, { metric: "attention", params: { method } }).map((row) => row.series);
  expect(words("p=1.1")).toEqual(words("p=2"));
  expect(words("p=2").length).toBeGreaterThan(20);
  drawAll(planted, first);
});
