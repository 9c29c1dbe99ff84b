import { execFileSync } from "node:child_process";
import { arch, availableParallelism, cpus, release, totalmem, type } from "node:os";
import { dependencyVersion, packageVersion } from "./package-version.ts";

/** The machine as it is stored beside every run. */
export function describeMachine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model.trim() || "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    architecture: arch(),
  };
}

/** The versions as they are stored beside every run. */
export function describeVersions(): Record<string, string> {
  const versions: Record<string, string> = { attnlab: packageVersion(), node: process.versions.node };
  for (const name of ["onnxruntime-node", "@duckdb/node-api"]) {
    const version = dependencyVersion(name);
    if (version !== undefined) versions[name] = version;
  }
  const commit = gitCommit();
  if (commit !== undefined) versions.commit = commit;
  return versions;
}

/** The commit these sources are at, marked when files differ from it; undefined outside a git repository. */
function gitCommit(): string | undefined {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", import.meta.dirname, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return `${git("rev-parse", "--short=12", "HEAD")}${git("status", "--porcelain", "--untracked-files=no") === "" ? "" : " with changes"}`;
  } catch {
    return undefined;
  }
}
