// npm test: everything that must hold, with one line of totals at the end.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { prepareEnvironment } from "./prepare.js";
import { runCommand } from "./run-command.js";
import { Tally } from "./test-results.js";
import { runTurboTasks } from "./turbo-tasks.js";
import { ROOT } from "./workspace-root.js";

/** @typedef {import("./test-results.js").Results} Results */

/** @type {readonly { name: string, command: string, args: readonly string[], writesResult: boolean }[]} */
const BEFORE_BUILD = [
  {
    name: "format and lint",
    command: "biome",
    args: ["check", "--error-on-warnings", "--diagnostic-level=warn", "--max-diagnostics=200", "--reporter=concise", "."],
    writesResult: false,
  },
  { name: "repository rules", command: "node", args: ["tooling/repo-checks/src/cli.ts"], writesResult: true },
  {
    name: "unused files, exports and dependencies",
    command: "knip",
    args: ["--no-progress", "--treat-config-hints-as-errors"],
    writesResult: false,
  },
];
const AFTER_BUILD = [
  { name: "examples", command: "node", args: ["tooling/doctest/src/cli.ts"], writesResult: true },
  { name: "packed tarballs", command: "node", args: ["tooling/pack-checks/src/cli.ts"], writesResult: true },
];

const started = performance.now();
const env = await prepareEnvironment({ quiet: false });
const tally = new Tally();
const scratch = mkdtempSync(join(tmpdir(), "attnlab-test-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);
const seconds = () => `${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s`;

/**
 * @param {string} name
 * @param {Results} results
 */
function announce(name, { passed, skipped, failures }) {
  const counts = [
    `${passed} passed`,
    ...(failures.length > 0 ? [`${failures.length} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  say(`${seconds()}  ${failures.length === 0 && passed > 0 ? "ok  " : "FAIL"}  ${name}: ${counts.join(", ")}`);
}

/** @param {boolean} interrupted */
function stopIfInterrupted(interrupted) {
  if (!interrupted) return;
  say("\nattnlab: interrupted.");
  process.exit(130);
}

/** @param {(typeof BEFORE_BUILD)[number]} step */
async function runStep({ name, command, args, writesResult }) {
  const file = join(scratch, `${name.replaceAll(" ", "-")}.json`);
  const { code, stdout, stderr, interrupted } = await runCommand(command, writesResult ? [...args, "--result", file] : args, {
    cwd: ROOT,
    env,
    output: "capture",
  });
  stopIfInterrupted(interrupted);
  const said = stripVTControlCharacters(`${stdout}${stderr}`).trim();
  /** @type {Results} */
  let results = {
    passed: code === 0 ? 1 : 0,
    skipped: 0,
    failures: code === 0 ? [] : [{ name: `${command} ${args.join(" ")}`, reason: said }],
  };
  if (writesResult) {
    try {
      results = { skipped: 0, ...JSON.parse(readFileSync(file, "utf8")) };
    } catch {
      // The step itself broke: its output, already in the results, says how.
    }
  }
  announce(name, results);
  tally.add(name, results);
}

say(
  `attnlab: checking everything on ${availableParallelism()} cores with Node ${(await runCommand("node", ["--version"], { cwd: ROOT, env, output: "capture" })).stdout.trim()}`,
);
for (const step of BEFORE_BUILD) await runStep(step);

const { code, interrupted, outcomes, complaint } = await runTurboTasks(ROOT, env, ["build", "typecheck", "test"], (name, results) =>
  announce(`${name} tests`, results),
);
stopIfInterrupted(interrupted);
for (const [task, title] of [
  ["build", "build"],
  ["typecheck", "types"],
]) {
  const ofTask = outcomes.filter((outcome) => outcome.task === task);
  const failures = ofTask.flatMap(({ packageName, results }) =>
    results.failures.map(({ name, reason }) => ({ name: `${packageName}: ${name}`, reason })),
  );
  const results = { passed: ofTask.length - failures.length, skipped: 0, failures };
  announce(`${title}, by package`, results);
  tally.add("", results);
}
for (const { packageName, results } of outcomes.filter(({ task }) => task === "test")) tally.add(packageName, results);
if (code !== 0 && tally.failed === 0) tally.add("turbo", { passed: 0, skipped: 0, failures: [{ name: "run", reason: complaint }] });

for (const step of AFTER_BUILD) await runStep(step);
process.stdout.write(`${tally}`);
process.exitCode = tally.failed === 0 ? 0 : 1;
