import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instrument } from "./instrument.ts";
import { runExamples } from "./run-examples.ts";

let folder = "";
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "doctest "));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function reasonsFor(code: string, timeoutMs = 20_000): Promise<readonly string[]> {
  const path = join(folder, `example.${count++}.ts`);
  writeFileSync(path, `${"\n".repeat(9)}${instrument(code, 10)}\nexport {};\n`);
  return (await runExamples([path], { workers: 1, timeoutMs, conditions: [] })).get(path) ?? ["not run"];
}

test.each([
  ["a claim behind an expression", "1 + 1; // => 2"],
  ["a claim without a semicolon", "1 + 1 // => 2"],
  ["a claim below an expression", "[1, 2].map((x) => x * 2);\n// => [2, 4]"],
  ["a claim over several lines", '"a b c";\n// => a\n//    b\n//    c'],
  ["an ordinary comment below a claim", "1 + 1;\n// => 2\n// and so on"],
  ["a claim about a constant", "const x: number = 3; // => 3"],
  ["a claim about what is printed", 'console.log("text"); // => text'],
  ["a claim about an error", 'JSON.parse("{"); // => throws SyntaxError: …'],
  ["a claim about an awaited value", "await Promise.resolve(5); // => 5"],
  ["a claim inside a function", "function f(x: number): void {\n  x + 1; // => 3\n}\nf(2);"],
  ["an arrow in a string", 'const arrow = "// => 3";\narrow.length; // => 7'],
])("passes %s", async (_what, code) => {
  expect(await reasonsFor(code)).toEqual([]);
});

test.each([
  ["a wrong value", "const a = 1;\na + 1; // => 3", "line 11: expected 3\n  got 2"],
  ["a wrong constant", "const a = 1; // => 2", "line 10: expected 2\n  got 1"],
  ["a wrong printed value", "console.log([1]); // => [2]", "line 10: expected [2]\n  got [1]"],
  [
    "a claim without an expression",
    "if (1 < 2) {\n}\n// => 3",
    'line 12: "// => 3" follows no expression. Put it behind one, or on the line below it.',
  ],
  ["an error that does not come", "1; // => throws Error: no", "line 10: expected it to throw Error: no\n  got 1"],
  ["another error", 'throw1();\nfunction throw1(): never { throw new Error("a"); }\n', "Error: a"],
  ["a promise", "Promise.resolve(1); // => 1", "line 10: the value is a promise. Put await before it."],
])("fails on %s", async (_what, code, reason) => {
  expect((await reasonsFor(code)).join("\n")).toContain(reason);
});

test("names the line of the document in a stack", async () => {
  const reasons = await reasonsFor('const a = 1;\nif (a) throw new TypeError("here");');
  expect(reasons.join("\n")).toMatch(/TypeError: here[\s\S]*example\.\d+\.ts:11:/);
});

test("stops an example that does not end, and runs the next one in a new process", async () => {
  expect(await reasonsFor("for (;;);", 500)).toEqual(['it ran for more than 0.5 s. Make it smaller, or mark the block "ts no-run".']);
  expect(await reasonsFor("1; // => 1")).toEqual([]);
});

test("reports an example that ends the process, with what it printed", async () => {
  expect((await reasonsFor('console.log("last words");\nprocess.exit(3);')).join("\n")).toBe(
    "it ended the process with exit code 3 after printing:\nlast words\n",
  );
});
