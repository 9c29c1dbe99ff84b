import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PackedManifest, PackedPackage } from "./pack-workspace.ts";

/** Installed third-party packages by name, as folders. */
export type ExternalPackages = ReadonlyMap<string, string>;

/** The third-party packages that installing `packed` brings in, transitively, found where the workspace has them installed. */
export function externalDependencies(packed: readonly PackedPackage[]): ExternalPackages {
  const own = new Set(packed.map(({ manifest }) => manifest.name));
  const found = new Map<string, string>();
  const visit = (folder: string, manifest: PackedManifest): void => {
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      if (own.has(name) || found.has(name)) continue;
      const installed = locate(folder, name);
      if (installed === undefined) throw new Error(`${name}, a dependency of ${manifest.name}, is not installed.`);
      found.set(name, installed);
      visit(installed, JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as PackedManifest);
    }
  };
  for (const { folder, manifest } of packed) visit(folder, manifest);
  return found;
}

/** The peers of `packed` that the workspace has installed: a user adds these by hand. */
export function installedPeers(packed: readonly PackedPackage[]): ExternalPackages {
  const found = new Map<string, string>();
  for (const { folder, manifest } of packed) {
    for (const name of Object.keys(manifest.peerDependencies ?? {})) {
      const installed = locate(folder, name);
      if (installed !== undefined) found.set(name, installed);
    }
  }
  return found;
}

/** Node's own search for a package: `node_modules` here, then in every folder above. */
function locate(from: string, name: string): string | undefined {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return realpathSync(candidate);
    if (dirname(folder) === folder) return undefined;
  }
}
