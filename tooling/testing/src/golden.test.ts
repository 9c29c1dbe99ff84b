import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { loadGolden } from "./golden.ts";

const folder = mkdtempSync(join(tmpdir(), "golden "));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: object): URL {
  writeFileSync(join(folder, name), JSON.stringify(content));
  return pathToFileURL(join(folder, name));
}

test("reads the head and the values", () => {
  const url = write("a.json", { producer: "numpy 1.24", script: "tooling/goldens/x/a.py", seed: 3, values: [1, 2] });
  const golden = loadGolden<{ values: number[] }>(url);
  expect([golden.producer, golden.script, golden.seed, golden.values]).toEqual(["numpy 1.24", "tooling/goldens/x/a.py", 3, [1, 2]]);
});

test.each([{ values: [] }, { producer: "numpy" }, { script: "a.py" }])("refuses %o, which nobody can compute again", (content) => {
  expect(() => loadGolden(write("b.json", content))).toThrow("must name its producer and its script");
});
