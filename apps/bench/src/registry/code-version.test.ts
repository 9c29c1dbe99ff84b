import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { codeVersion } from "./code-version.ts";
import type { Registry } from "./registry.ts";

let folder: string;
let registry: Registry;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attnlab-code-"));
  mkdirSync(join(folder, "paper"));
  registry = { url: pathToFileURL(join(folder, "index.ts")), entries: [] };
  writeFileSync(join(folder, "paper/one.ts"), 'import { f } from "../maths.ts";\nexport const experiment = f;\n');
  writeFileSync(join(folder, "maths.ts"), "export const f = 1;\n");
  writeFileSync(join(folder, "unrelated.ts"), "export const g = 1;\n");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the version changes with the experiment and with what it imports, and with nothing else", () => {
  const before = codeVersion(registry, "paper/one");
  expect(before).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{12}$/);
  writeFileSync(join(folder, "unrelated.ts"), "export const g = 2;\n");
  expect(codeVersion(registry, "paper/one")).toBe(before);
  writeFileSync(join(folder, "maths.ts"), "export const f = 2;\n");
  const after = codeVersion(registry, "paper/one");
  expect(after).not.toBe(before);
  writeFileSync(join(folder, "paper/one.ts"), 'import { f } from "../maths.ts";\nexport const experiment = f + 1;\n');
  expect(codeVersion(registry, "paper/one")).not.toBe(after);
});

test("packages of the workspace count, dynamic imports too", () => {
  const before = codeVersion(registry, "paper/one");
  writeFileSync(join(folder, "maths.ts"), 'export const f = 1;\nawait import("@attnlab/linalg");\n');
  const withPackage = codeVersion(registry, "paper/one");
  writeFileSync(join(folder, "maths.ts"), 'export const f = 1;\nawait import("@attnlab/absent-package");\n');
  expect(new Set([before, withPackage, codeVersion(registry, "paper/one")]).size).toBe(3);
});
