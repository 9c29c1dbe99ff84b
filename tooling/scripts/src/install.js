import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { childEnvironment } from "./child-environment.js";
import { runCommand } from "./run-command.js";
import { PNPM } from "./workspace-root.js";

const WORKSPACE_FOLDERS = ["packages", "apps", "tooling"];

/** What went wrong with the installation, in words for the person at the terminal. */
export class InstallError extends Error {
  /** @override */
  name = "InstallError";
}

/**
 * Identifies what an installation depends on: the lockfile, the manifests, the platform.
 * @param {string} root
 */
export function installFingerprint(root) {
  const hash = createHash("sha256").update(`${PNPM} ${process.platform} ${process.arch}`);
  const manifests = WORKSPACE_FOLDERS.flatMap((folder) =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}/package.json`) : [],
  );
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...manifests.sort()]) {
    if (existsSync(join(root, file))) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/**
 * Installs the workspace when its packages are missing or its lockfile changed; a few milliseconds otherwise.
 *
 * @param {string} root
 * @param {{ output: "inherit" | "stderr", log: (line: string) => void }} how - where pnpm's progress goes
 * @returns {Promise<{ pnpmFolder: string }>} the folder that holds the pnpm executable, which turbo looks for on the path
 * @throws {InstallError} when the packages cannot be fetched
 */
export async function ensureInstalled(root, { output, log }) {
  const record = join(root, "node_modules", ".attnlab-install.json");
  const fingerprint = installFingerprint(root);
  const known = readRecord(record);
  const installed = known?.fingerprint === fingerprint && existsSync(join(root, "node_modules", ".bin", "node"));
  if (installed && known !== undefined && hasPnpm(known.pnpmFolder)) return { pnpmFolder: known.pnpmFolder };

  // npm waits a minute and more before it says that there is no network.
  const patience = { npm_config_fetch_retry_mintimeout: "2000", npm_config_fetch_retry_maxtimeout: "8000" };
  const env = { ...patience, ...childEnvironment(process.env, { color: output === "inherit" && process.stdout.isTTY === true }) };
  if (!installed) {
    log(`Installing the workspace's packages with ${PNPM}. The first time this downloads about 350 MB.`);
    const { code, interrupted } = await runNpx(["--yes", PNPM, "install", "--frozen-lockfile"], root, env, output);
    if (interrupted) throw new InstallError("The installation was interrupted. Run the command again; it goes on where it stopped.");
    if (code !== 0) throw new InstallError(await explain(root, env, code));
  }
  const pnpmFolder = await findPnpm(root, env);
  writeFileSync(record, `${JSON.stringify({ fingerprint, pnpmFolder })}\n`);
  return { pnpmFolder };
}

/**
 * @param {string} file
 * @returns {{ fingerprint: string, pnpmFolder: string } | undefined}
 */
function readRecord(file) {
  try {
    const record = JSON.parse(readFileSync(file, "utf8"));
    return typeof record.fingerprint === "string" && typeof record.pnpmFolder === "string" ? record : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} folder */
function hasPnpm(folder) {
  return ["pnpm", "pnpm.cmd", "pnpm.exe"].some((name) => existsSync(join(folder, name)));
}

/**
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 * @param {"inherit" | "stderr" | "capture"} output
 */
function runNpx(args, cwd, env, output) {
  // npm says where it is, and its npx lies beside it: no search on the path, no shell, no trouble with spaces.
  const npm = process.env.npm_execpath ?? "";
  const npx = join(dirname(npm), "npx-cli.js");
  return npm.endsWith("npm-cli.js") && existsSync(npx)
    ? runCommand(process.env.npm_node_execpath ?? process.execPath, [npx, ...args], { cwd, env, output })
    : runCommand("npx", args, { cwd, env, output });
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
async function findPnpm(root, env) {
  const { stdout } = await runNpx(["--yes", `--package=${PNPM}`, "--", "node", "-p", "process.env.PATH"], root, env, "capture");
  const path = `${stdout.trim()}${delimiter}${env.PATH ?? ""}`;
  const folder = path.split(delimiter).find((candidate) => candidate !== "" && hasPnpm(candidate));
  if (folder === undefined) throw new InstallError(`${PNPM} is not on this machine and could not be fetched. ${OFFLINE}`);
  return folder;
}

const OFFLINE =
  "The packages come from the npm registry: connect to the network (behind a proxy or with a registry of your own, set it with npm config), then run the command again.";

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {number} code
 */
async function explain(root, env, code) {
  const quick = { ...env, npm_config_fetch_retries: "0", npm_config_fetch_timeout: "10000" };
  const npm = process.env.npm_execpath ?? "";
  const { code: ping } = npm.endsWith("npm-cli.js")
    ? await runCommand(process.execPath, [npm, "ping"], { cwd: root, env: quick, output: "capture" })
    : await runCommand("npm", ["ping"], { cwd: root, env: quick, output: "capture" });
  return ping === 0
    ? `pnpm could not install the packages (exit code ${code}); its message is above. After an edit of a package.json, bring the lockfile up to date with: npx ${PNPM} install`
    : `The npm registry cannot be reached, so the packages could not be installed. ${OFFLINE}`;
}
