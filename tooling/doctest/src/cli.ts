// node src/cli.ts [--result FILE] [PATH ...]: type-checks and runs every example of the repository, or those in files whose path contains PATH.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { collectExamples, homeOf } from "./collect.ts";
import type { Example } from "./find-examples.ts";
import { instrument } from "./instrument.ts";
import { runExamples } from "./run-examples.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const here = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({ options: { result: { type: "string" } }, allowPositionals: true });
const wanted = (file: string): boolean => positionals.length === 0 || positionals.some((part) => file.includes(part));

const { examples, problems } = collectExamples(root);
const written = new Map<string, Example>();
const folders = new Set<string>();
for (const example of examples.filter(({ file }) => wanted(file))) {
  const folder = join(root, homeOf(root, example), ".cache", "doctest");
  // Files of an earlier run would be type-checked again.
  if (!folders.has(folder)) rmSync(folder, { recursive: true, force: true });
  folders.add(folder);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${example.file.replaceAll("/", "_").replace(/\.\w+$/, "")}.${example.line}.ts`);
  // Blank lines in front keep the document's line numbers in every message.
  writeFileSync(path, `${"\n".repeat(example.line - 1)}${instrument(example.code, example.line)}\nexport {};\n`);
  written.set(path, example);
}

const failures = problems.filter(({ file }) => wanted(file)).map(({ file, line, reason }) => ({ name: `${file}:${line}`, reason }));
const typeErrors = typeCheck([...written.keys()]);
const runnable = [...written].filter(([, { run }]) => run).map(([path]) => path);
const results = await runExamples(runnable, { workers: availableParallelism(), timeoutMs: 60_000, conditions: ["@attnlab/source"] });
let passed = 0;
for (const [path, { file, line }] of written) {
  const reasons = [...(typeErrors.get(relative(root, path)) ?? []), ...(results.get(path) ?? [])];
  if (reasons.length === 0) passed++;
  else failures.push({ name: `${file}:${line}`, reason: reasons.join("\n").replaceAll(path, join(root, file)) });
}
for (const { name, reason } of failures) process.stdout.write(`FAIL ${name}\n${reason.replace(/^/gm, "       ")}\n`);
process.stdout.write(`${passed} examples passed, ${failures.length} failed\n`);
if (values.result !== undefined) writeFileSync(values.result, JSON.stringify({ passed, failures }));
process.exitCode = failures.length === 0 ? 0 : 1;

/** Type errors of the examples, by file relative to the root. */
function typeCheck(files: readonly string[]): Map<string, string[]> {
  const errors = new Map<string, string[]>();
  if (files.length === 0) return errors;
  const project = join(here, ".cache", "tsconfig.json");
  mkdirSync(join(here, ".cache"), { recursive: true });
  const compilerOptions = { noEmit: true, noUnusedLocals: false };
  writeFileSync(
    project,
    JSON.stringify({ extends: "../../../tsconfig.base.json", compilerOptions, files: ["../src/ambient.d.ts", ...files] }),
  );
  try {
    execFileSync("tsc", ["-p", project, "--pretty", "false"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  } catch (error) {
    let file = "";
    for (const text of String((error as { stdout?: string }).stdout ?? error).split("\n")) {
      // Continuation lines of a message are indented.
      file = /^([^\s(][^(]*)\(/.exec(text)?.[1] ?? file;
      if (text.trim() !== "") errors.set(file, [...(errors.get(file) ?? []), text.replace(/^.*?\((\d+),\d+\): /, "line $1: ")]);
    }
  }
  return errors;
}
