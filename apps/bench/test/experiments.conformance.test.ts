import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EXPERIMENTS } from "../experiments/index.ts";
import { type Experiment, type Results, SCALES } from "../src/experiment/index.ts";
import { openRegistry, sourceOf } from "../src/registry/registry.ts";
import { planStudy, seedList } from "../src/run/plan-study.ts";
import { resolveParameters } from "../src/run/resolve-parameters.ts";

// What every experiment must satisfy; a new line in experiments/index.ts is checked without a new test.

const loaded = await Promise.all(EXPERIMENTS.map(async (entry) => ({ entry, experiment: (await entry.load()).experiment })));

function emptyResults(experiment: Experiment, scale: "quick" | "full"): Results {
  return { params: resolveParameters(experiment, scale, []), scale, seeds: seedList(experiment.seeds[scale]), rows: [] };
}

describe.each(loaded)("$entry.id", ({ entry, experiment }) => {
  test("lies where its id says", async () => {
    expect(experiment.id).toBe(entry.id);
    expect(entry.id).toMatch(/^[a-z0-9-]+\/[a-z0-9-]+$/);
    expect(existsSync(sourceOf(await openRegistry(undefined), entry.id))).toBe(true);
  });

  test("says what it is: no empty text, and every claim has a rule", () => {
    const texts = [experiment.title, experiment.paper, experiment.summary];
    for (const { doc } of Object.values(experiment.parameters).map((parameter) => parameter.rule)) texts.push(doc);
    for (const claim of experiment.claims) texts.push(claim.id, claim.statement, claim.where, claim.expected, claim.measure, claim.rule);
    for (const figure of experiment.figures) texts.push(figure.id, figure.title, figure.caption);
    expect(texts.filter((text) => text.trim() === "")).toEqual([]);
    expect(experiment.claims.length).toBeGreaterThan(0);
    for (const list of [experiment.figures, experiment.tables ?? []]) {
      const names = list.map(({ id }) => id);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((id) => !/^[a-z0-9-]+$/.test(id))).toEqual([]);
    }
    const claims = experiment.claims.map(({ id }) => id);
    expect(new Set(claims).size).toBe(claims.length);
  });

  test.each(SCALES)("its %s scale plans different runs that survive JSON", (scale) => {
    const params = resolveParameters(experiment, scale, []);
    const { cells } = planStudy(experiment, { scale, params, seeds: seedList(experiment.seeds[scale]) });
    expect(new Set(cells.map((cell) => cell.key)).size).toBe(cells.length);
    for (const cell of cells) {
      expect(JSON.parse(JSON.stringify(cell.params))).toEqual(cell.params);
      expect(cell.seeds.length).toBeGreaterThan(0);
    }
  });

  test.each(SCALES)("no claim holds without rows (%s)", (scale) => {
    for (const claim of experiment.claims) {
      let verdict: string;
      try {
        verdict = claim.judge(emptyResults(experiment, scale)).verdict;
      } catch {
        verdict = "threw";
      }
      expect(verdict, claim.id).not.toBe("holds");
    }
  });
});
