import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { externalDependencies, installedPeers } from "./external-packages.ts";
import type { PackedPackage } from "./pack-workspace.ts";
import { runTool } from "./run-tool.ts";

/**
 * Installs tarballs with npm into an empty project outside the repository, offline: third-party dependencies are packed from where
 * the workspace has them, so that nothing is fetched.
 *
 * @returns npm's complaint, or nothing when all went well.
 */
export async function installOutside(packed: readonly PackedPackage[], project: string): Promise<string | undefined> {
  const vendor = join(project, "vendor");
  mkdirSync(vendor, { recursive: true });
  for (const [name, folder] of externalDependencies(packed)) {
    // npm drops the first folder of a tarball, whatever it is called.
    const tarball = join(vendor, `${name.replaceAll(/[^\w.-]/g, "-")}.tgz`);
    const pack = await runTool("tar", ["-czf", tarball, "--exclude=node_modules", "-C", dirname(folder), basename(folder)], project);
    if (!pack.ok) return pack.output;
  }
  const tarballs = [...packed.map(({ tarball }) => tarball), ...readdirSync(vendor).map((file) => join(vendor, file))];
  writeFileSync(join(project, "package.json"), '{ "name": "outside", "private": true, "type": "module" }\n');
  const flags = [
    "--offline",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    "--omit=dev",
    "--omit=optional",
    "--omit=peer",
  ];
  const install = await runTool("npm", ["install", ...flags, ...tarballs], project);
  if (!install.ok) return install.output;
  // Native peers weigh hundreds of megabytes: a link is as good as a copy.
  for (const [name, folder] of installedPeers(packed)) {
    const link = join(project, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(folder, link, "junction");
  }
  return undefined;
}
