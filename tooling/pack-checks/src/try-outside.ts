import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { examplesInMarkdown, instrument, runExamples } from "@attnlab/doctest";
import type { PackedPackage } from "./pack-workspace.ts";

/**
 * Uses the installed packages as their users would: imports every entry point and runs the README's examples against the build.
 *
 * @returns for each package what went wrong.
 */
export async function tryOutside(packed: readonly PackedPackage[], project: string, workers: number): Promise<Map<string, string[]>> {
  const owners = new Map<string, string>();
  const write = (name: string, label: string, code: string): void => {
    const path = join(project, `${name.replace(/^.*\//, "")}.${label}.ts`);
    writeFileSync(path, code);
    owners.set(path, name);
  };
  for (const { folder, manifest } of packed) {
    for (const entry of Object.keys(manifest.exports ?? {}))
      write(manifest.name, `entry${entry.replaceAll(/[./]+/g, "-")}`, entryTest(manifest.name, entry));
    const readme = join(folder, "README.md");
    // A missing README is reported with the tarball.
    for (const { line, code, run } of existsSync(readme) ? examplesInMarkdown(readme, readFileSync(readme, "utf8")) : []) {
      if (run) write(manifest.name, `readme-${line}`, `${"\n".repeat(line - 1)}${instrument(code, line)}\nexport {};\n`);
    }
  }
  const results = await runExamples([...owners.keys()], { workers, timeoutMs: 60_000, conditions: [] });
  const problems = new Map<string, string[]>();
  for (const [path, reasons] of results) {
    const name = owners.get(path) ?? path;
    problems.set(name, [...(problems.get(name) ?? []), ...reasons]);
  }
  return problems;
}

function entryTest(name: string, entry: string): string {
  const specifier = `${name}${entry.slice(1)}`;
  if (entry.endsWith(".json"))
    return `import manifest from "${specifier}" with { type: "json" };\nmanifest.name; // checked by the import\n`;
  return `import * as entry from "${specifier}";\nif (Object.keys(entry).length === 0) throw new Error("${specifier} exports nothing at run time.");\n`;
}
