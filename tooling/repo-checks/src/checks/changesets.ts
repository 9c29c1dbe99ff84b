import { execFileSync } from "node:child_process";
import type { Check, Problem } from "../check.ts";
import { publicPackages, type TextFile, type Workspace, type WorkspacePackage } from "../workspace/workspace.ts";

/** Every public package that changed since its version was last set is named by a changeset; every changeset is one sentence for users. */
export const changesets: Check = {
  name: "changed packages have a changeset",
  run(workspace) {
    const problems: Problem[] = [];
    const announced = new Set<string>();
    const names = new Set(workspace.packages.map(({ manifest }) => manifest.name));
    for (const file of workspace.files) {
      if (!/^\.changeset\/(?!README)[^/]+\.md$/.test(file.path)) continue;
      const { bumps, problem } = readChangeset(file);
      if (problem !== undefined) problems.push({ file: file.path, text: problem });
      for (const name of bumps) {
        announced.add(name);
        if (!names.has(name)) problems.push({ file: file.path, text: `names ${name}, which is not a package of this workspace.` });
      }
    }
    for (const one of publicPackages(workspace)) {
      if (!announced.has(one.manifest.name) && isChanged(workspace, one)) {
        problems.push({
          file: `${one.folder}/package.json`,
          text: `${one.manifest.name} changed since version ${one.manifest.version} and no changeset names it. Run: npx changeset`,
        });
      }
    }
    return problems;
  },
};

function readChangeset({ text }: TextFile): { readonly bumps: string[]; readonly problem?: string } {
  const [, head, body] = /^---\n([\s\S]*?)\n?---\n([\s\S]*)$/.exec(text) ?? [];
  if (head === undefined || body === undefined)
    return { bumps: [], problem: 'must start with "---", one line `"package": bump` each, and "---".' };
  const bumps: string[] = [];
  for (const line of head.split("\n").filter((part) => part.trim() !== "")) {
    const name = /^["']?(@?[\w./-]+)["']?:\s*["']?(?:major|minor|patch|none)["']?\s*$/.exec(line)?.[1];
    if (name === undefined) return { bumps, problem: `the line ${line} must read "package": major, minor or patch.` };
    bumps.push(name);
  }
  // An empty changeset states that nothing users see has changed.
  if (bumps.length === 0) return { bumps };
  return /^\p{Lu}[\s\S]*[.!`)]$/u.test(body.trim())
    ? { bumps }
    : { bumps, problem: "must say what changes for a user, in a sentence that starts with a verb and ends in a full stop." };
}

/** Version 0.0.0 was never released. Later on, the commit that last set the version is the release. */
function isChanged({ root }: Workspace, { folder, manifest }: WorkspacePackage): boolean {
  if (manifest.version === "0.0.0") return true;
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const release = git("log", "-1", "--format=%H", '-G"version":', "--", `${folder}/package.json`);
    return release !== "" && git("diff", "--name-only", release, "--", `${folder}/src`, `${folder}/package.json`, ":!**/*.test.ts") !== "";
  } catch {
    // Without git, as in an unpacked archive, there is no history to compare with.
    return false;
  }
}
