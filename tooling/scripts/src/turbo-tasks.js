import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { runCommand } from "./run-command.js";
import { readVitestResults } from "./test-results.js";

/** @typedef {import("./test-results.js").Results} Results */

/**
 * @typedef {object} TaskOutcome
 * @property {string} task - build, typecheck or test
 * @property {string} packageName
 * @property {Results} results - one "test" for a build or a type check
 */

/**
 * Runs tasks of every package through turbo, which knows their order and replays what has not changed.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[]} tasks
 * @param {(packageName: string, results: Results) => void} onTests - called as soon as a package's tests have ended
 * @returns {Promise<{ code: number, interrupted: boolean, outcomes: TaskOutcome[], complaint: string }>} `complaint` is what turbo itself said
 */
export async function runTurboTasks(root, env, tasks, onTests) {
  const folders = packageFolders(root);
  // Results of an earlier run must not pass for this one's; turbo puts them back for packages that have not changed.
  for (const folder of folders.values()) rmSync(join(folder, ".cache", "tests.json"), { force: true });
  const runs = join(root, ".turbo", "runs");
  rmSync(runs, { recursive: true, force: true });

  /** @type {Map<string, string>} */
  const output = new Map();
  /** @type {(event: { source: string, text: string }) => void} */
  const onEvent = ({ source, text }) => {
    output.set(source, `${output.get(source) ?? ""}${text}\n`);
    const [packageName = "", task] = source.split("#");
    if (task === "test" && text.includes("JSON report written to")) onTests(packageName, testResults(folders.get(packageName) ?? "", ""));
  };
  const args = ["run", ...tasks, "--json", "--summarize", "--continue=dependencies-successful", `--concurrency=${availableParallelism()}`];
  const { code, stderr, interrupted } = await runCommand("turbo", args, {
    cwd: root,
    env,
    output: "capture",
    onStdout: eachLine((line) => onEvent(JSON.parse(line))),
  });

  const summary = existsSync(runs) ? readdirSync(runs)[0] : undefined;
  const ran = summary === undefined ? [] : JSON.parse(readFileSync(join(runs, summary), "utf8")).tasks;
  /** @type {TaskOutcome[]} */
  const outcomes = [];
  for (const { taskId, task, package: packageName, command, execution, directory } of ran) {
    if (command === "<NONEXISTENT>" || command === "") continue;
    const said = stripVTControlCharacters(output.get(taskId) ?? "");
    const folder = join(root, directory);
    if (execution === undefined || execution === null) {
      outcomes.push({ task, packageName, results: failed(`${task} did not run`, "A package it depends on failed first.") });
    } else if (task === "test") {
      outcomes.push({ task, packageName, results: testResults(folder, execution.exitCode === 0 ? "" : said) });
    } else {
      const results = execution.exitCode === 0 ? { passed: 1, skipped: 0, failures: [] } : failed(task, said);
      outcomes.push({ task, packageName, results });
    }
  }
  return { code, interrupted, outcomes, complaint: stderr };
}

/**
 * @param {string} folder
 * @param {string} failureOutput - the task's output when it failed
 * @returns {Results}
 */
function testResults(folder, failureOutput) {
  const file = join(folder, ".cache", "tests.json");
  const results = existsSync(file) ? readVitestResults(readFileSync(file, "utf8"), folder) : { passed: 0, skipped: 0, failures: [] };
  // vitest can fail without a failed test: no tests at all, an error after the last one.
  if (failureOutput !== "" && results.failures.length === 0)
    return { ...results, failures: [{ name: "test", reason: lastLines(failureOutput) }] };
  return results;
}

/**
 * @param {string} name
 * @param {string} reason
 * @returns {Results}
 */
function failed(name, reason) {
  return { passed: 0, skipped: 0, failures: [{ name, reason: reason.trim() === "" ? "It said nothing." : reason }] };
}

/** @param {string} text */
function lastLines(text) {
  return text.trim().split("\n").slice(-20).join("\n");
}

/**
 * @param {string} root
 * @returns {Map<string, string>} absolute folders by package name
 */
function packageFolders(root) {
  /** @type {Map<string, string>} */
  const folders = new Map();
  for (const group of ["packages", "apps", "tooling"]) {
    for (const name of existsSync(join(root, group)) ? readdirSync(join(root, group)) : []) {
      const manifest = join(root, group, name, "package.json");
      if (existsSync(manifest)) folders.set(JSON.parse(readFileSync(manifest, "utf8")).name, join(root, group, name));
    }
  }
  return folders;
}

/**
 * @param {(line: string) => void} onLine
 * @returns {(text: string) => void}
 */
function eachLine(onLine) {
  let rest = "";
  return (text) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("{")) onLine(line);
  };
}
