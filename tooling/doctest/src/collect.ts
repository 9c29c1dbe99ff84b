import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Example, emptyExampleTags, examplesInMarkdown, examplesInSource } from "./find-examples.ts";

/** Examples of a repository, and `@example` tags that have none. */
export interface Collected {
  readonly examples: readonly Example[];
  readonly problems: readonly { readonly file: string; readonly line: number; readonly reason: string }[];
}

const SKIPPED = new Set(["node_modules", "dist", "test", "golden"]);

/** Finds every example under `root`: in Markdown files, and in the TSDoc of `packages/*` and `tooling/*`. */
export function collectExamples(root: string): Collected {
  const examples: Example[] = [];
  const problems: { file: string; line: number; reason: string }[] = [];
  for (const file of listFiles(root, "")) {
    const text = readFileSync(join(root, file), "utf8");
    if (file.endsWith(".md")) examples.push(...examplesInMarkdown(file, text));
    else if (text.includes("@example")) {
      examples.push(...examplesInSource(file, text));
      for (const line of emptyExampleTags(file, text)) problems.push({ file, line, reason: "@example has no ```ts block to run." });
    }
  }
  return { examples, problems };
}

function listFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return SKIPPED.has(entry.name) || entry.name.startsWith(".") || path === "results" ? [] : listFiles(root, path);
    const isSource = /^(?:packages|tooling)\/.*\/src\/.*\.ts$/.test(path) && !path.endsWith(".test.ts");
    return isSource || /\.md$/.test(path) ? [path] : [];
  });
}

/** The folder whose package an example's imports start from: its own, or the bench app's, which has every package. */
export function homeOf(root: string, example: Example): string {
  for (let folder = dirname(example.file); folder !== "."; folder = dirname(folder)) {
    if (existsSync(join(root, folder, "package.json"))) return folder;
  }
  return "apps/bench";
}
