import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FormatError, NotFoundError, problem, show } from "@attnlab/check";
import { EXPERIMENTS, type ExperimentEntry } from "../../experiments/index.ts";
import type { Experiment } from "../experiment/index.ts";

/** The ids that match, in the order of the list: plain ids or globs in which `*` stands for anything. */
export function matchIds(patterns: readonly string[], ids: readonly string[]): string[] {
  const chosen = new Set<string>();
  for (const pattern of patterns) {
    const expression = new RegExp(`^${pattern.split("*").map(escapeExpression).join(".*")}$`);
    const found = ids.filter((id) => expression.test(id));
    if (found.length === 0) {
      const near = nearest(pattern, ids);
      const fix = `${near === undefined ? "" : `Did you mean ${near}? `}\`attnlab list\` shows every id; "paper/*" matches all of a paper.`;
      throw new NotFoundError(problem({ where: "attnlab", expected: "an experiment must be known", got: show(pattern), fix }));
    }
    for (const id of found) chosen.add(id);
  }
  return ids.filter((id) => chosen.has(id));
}

function escapeExpression(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}

/** The id with the smallest edit distance, unless it is a different word altogether. */
function nearest(text: string, ids: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(text.length / 3)) + 1;
  for (const id of ids) {
    for (const form of [id, id.slice(id.indexOf("/") + 1)]) {
      const distance = editDistance(text, form);
      if (distance < least) {
        least = distance;
        best = id;
      }
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A list of experiments and the module it comes from. */
export interface Registry {
  /** Address of the module that exports `EXPERIMENTS`; experiments lie beside it at `./<id>`. */
  readonly url: URL;
  readonly entries: readonly ExperimentEntry[];
}

/**
 * The built-in list, or the list of a module of one's own that exports `EXPERIMENTS`.
 * @throws NotFoundError when the file is absent, FormatError when it exports no list.
 */
export async function openRegistry(file: string | undefined): Promise<Registry> {
  if (file === undefined)
    return {
      url: new URL(`../../experiments/index${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
      entries: EXPERIMENTS,
    };
  const path = resolve(file);
  if (!existsSync(path)) {
    const fix = "Name a module that exports EXPERIMENTS, like apps/bench/experiments/index.ts.";
    throw new NotFoundError(problem({ where: "--experiments", expected: "the file must be there", got: show(file), fix }));
  }
  const url = pathToFileURL(path);
  const module = (await import(url.href)) as { readonly EXPERIMENTS?: readonly ExperimentEntry[] };
  if (!Array.isArray(module.EXPERIMENTS)) {
    const fix = "Export a list of { id, load } named EXPERIMENTS, like apps/bench/experiments/index.ts.";
    throw new FormatError(problem({ where: file, expected: "the module must export EXPERIMENTS", got: show(Object.keys(module)), fix }));
  }
  return { url, entries: module.EXPERIMENTS };
}

/** Loads the experiments that the patterns name, in the order of the list; all of them when there are none. */
export async function loadExperiments(registry: Registry, patterns: readonly string[]): Promise<Experiment[]> {
  const all = registry.entries.map((entry) => entry.id);
  const ids = patterns.length === 0 ? all : matchIds(patterns, all);
  const chosen = registry.entries.filter((entry) => ids.includes(entry.id));
  return Promise.all(chosen.map(async (entry) => (await entry.load()).experiment));
}

/** The file an experiment is written in: its id beside the list, with the list's own extension. */
export function sourceOf(registry: Registry, id: string): URL {
  return new URL(`./${id}${registry.url.pathname.endsWith(".ts") ? ".ts" : ".js"}`, registry.url);
}
