import { join } from "node:path";
import { childEnvironment } from "./child-environment.js";
import { ensureInstalled, InstallError } from "./install.js";
import { runCommand } from "./run-command.js";
import { ROOT } from "./workspace-root.js";

/** @param {string} line */
const toStderr = (line) => process.stderr.write(`${line}\n`);

/**
 * Installs the workspace if need be and returns the environment to run its tools in; ends the process with a message when that fails.
 *
 * @param {{ quiet: boolean }} options - `quiet` keeps stdout free for the command's own output
 */
export async function prepareEnvironment({ quiet }) {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    toStderr(`attnlab: Node must be 20 or newer; got ${process.versions.node}. Install a current Node from https://nodejs.org.`);
    process.exit(1);
  }
  try {
    const { pnpmFolder } = await ensureInstalled(ROOT, { output: quiet ? "stderr" : "inherit", log: toStderr });
    const stream = quiet ? process.stderr : process.stdout;
    return childEnvironment(process.env, { folders: [join(ROOT, "node_modules", ".bin"), pnpmFolder], color: stream.isTTY === true });
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    toStderr(`\nattnlab: ${error.message}`);
    process.exit(1);
  }
}

/**
 * Builds what `target` needs; a second build of unchanged sources takes a tenth of a second. Says nothing unless it fails.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} target - name of a workspace package
 */
export async function buildOrExit(env, target) {
  const args = ["run", "build", `--filter=${target}...`, "--output-logs=errors-only", "--log-order=grouped"];
  const { code, stdout, stderr, interrupted } = await runCommand("turbo", args, { cwd: ROOT, env, output: "capture" });
  if (interrupted) process.exit(130);
  if (code === 0) return;
  toStderr(`${stdout}${stderr}\nattnlab: the build failed; the messages are above.`);
  process.exit(code);
}
