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
  const packages = readPackages(root);
  // Results of an earlier run must not pass for this one's; turbo puts them back for packages that have not changed.
  for (const { folder } of packages.values()) rmSync(join(folder, ".cache", "tests.json"), { force: true });
  const runs = join(root, ".turbo", "runs");
  rmSync(runs, { recursive: true, force: true });

  /** @type {Map<string, string>} */
  const output = new Map();
  /** @type {(event: { source: string, text: string }) => void} */
  const onEvent = ({ source, text }) => {
    output.set(source, `${output.get(source) ?? ""}${text}\n`);
    const [packageName = "", task] = source.split("#");
    if (task === "test" && text.includes("JSON report written to"))
      onTests(packageName, testResults(packages.get(packageName)?.folder ?? "", ""));
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
  for (const [packageName, { folder, scripts }] of packages) {
    for (const task of tasks.filter((name) => scripts.includes(name))) {
      const taskId = `${packageName}#${task}`;
      const exitCode = ran.find((/** @type {{ taskId: string }} */ one) => one.taskId === taskId)?.execution?.exitCode;
      const said = stripVTControlCharacters(output.get(taskId) ?? "");
      outcomes.push({ task, packageName, results: resultsOf(task, folder, exitCode, said) });
    }
  }
  return { code, interrupted, outcomes, complaint: stderr };
}

/**
 * @param {string} task
 * @param {string} folder
 * @param {number | undefined} exitCode - absent when turbo left the task out
 * @param {string} said - the task's output
 * @returns {Results}
 */
function resultsOf(task, folder, exitCode, said) {
  if (exitCode === undefined) return failed(`${task} did not run`, "The build of a package it depends on failed.");
  if (task === "test") return testResults(folder, exitCode === 0 ? "" : said);
  return exitCode === 0 ? { passed: 1, skipped: 0, failures: [] } : failed(task, said);
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
 * @returns {Map<string, { folder: string, scripts: string[] }>} every package of the workspace by name, dependencies first: where a
 *   failure has its cause in another package, the cause is reported first
 */
function readPackages(root) {
  /** @type {Map<string, { folder: string, scripts: string[], needs: string[] }>} */
  const found = new Map();
  for (const group of ["packages", "apps", "tooling"]) {
    for (const name of existsSync(join(root, group)) ? readdirSync(join(root, group)) : []) {
      const folder = join(root, group, name);
      if (!existsSync(join(folder, "package.json"))) continue;
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const needs = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
      found.set(manifest.name, { folder, scripts: Object.keys(manifest.scripts ?? {}), needs });
    }
  }
  /** @type {Map<string, { folder: string, scripts: string[] }>} */
  const ordered = new Map();
  /** @param {string} name */
  const visit = (name) => {
    const one = found.get(name);
    if (one === undefined || !found.delete(name)) return;
    for (const need of one.needs) visit(need);
    ordered.set(name, one);
  };
  for (const name of [...found.keys()]) visit(name);
  return ordered;
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
