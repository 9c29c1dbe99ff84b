// npm start: install, build, reproduce the papers at the quick scale, write the report and say where it is.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildOrExit, prepareEnvironment } from "./prepare.js";
import { runCommand } from "./run-command.js";
import { ROOT } from "./workspace-root.js";

const started = Date.now();
const env = await prepareEnvironment({ quiet: false });
process.stdout.write("Building the workspace.\n");
await buildOrExit(env, "@attnlab/bench");

const cli = join(ROOT, "apps", "bench", "dist", "src", "cli.js");
const report = join(ROOT, "results", "report");
const args = ["run", "--scale", "quick", "--report", report, ...process.argv.slice(2)];
process.stdout.write("Training, solving and measuring: attnlab run --scale quick. Ctrl-C stops; the same command goes on from there.\n");
const { code } = await runCommand("node", [cli, ...args], { cwd: ROOT, env, output: "inherit", stdin: "inherit" });
for (const page of newPages(report)) process.stdout.write(`\nThe report: ${pathToFileURL(page)}\n`);
// 1 says that a claim does not hold: a result, which the report shows, and no failure of this command (attnlab run keeps the code).
process.exitCode = code === 1 ? 0 : code;

/**
 * HTML files of a folder that were written since the start.
 * @param {string} folder
 */
function newPages(folder) {
  try {
    const pages = readdirSync(folder).filter((name) => name.endsWith(".html"));
    return pages.map((name) => join(folder, name)).filter((path) => statSync(path).mtimeMs >= started);
  } catch {
    return [];
  }
}
