// node src/cli.ts [--result FILE]: runs every check on this repository.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CHECKS } from "./all-checks.ts";
import { showProblem } from "./check.ts";
import { readWorkspace } from "./workspace/workspace.ts";

const { values } = parseArgs({ options: { result: { type: "string" } } });
const workspace = readWorkspace(fileURLToPath(new URL("../../..", import.meta.url)));
const failures: { name: string; reason: string }[] = [];
for (const { name, run } of CHECKS) {
  const problems = run(workspace).map(showProblem);
  process.stdout.write(`${problems.length === 0 ? "ok  " : "FAIL"} ${name}\n${problems.map((line) => `       ${line}\n`).join("")}`);
  if (problems.length > 0) failures.push({ name, reason: problems.join("\n") });
}
if (values.result !== undefined) {
  writeFileSync(values.result, JSON.stringify({ passed: CHECKS.length - failures.length, failures }));
}
process.exitCode = failures.length === 0 ? 0 : 1;
