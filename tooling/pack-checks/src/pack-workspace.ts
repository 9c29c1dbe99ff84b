import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runTool } from "./run-tool.ts";

/** The parts of a packed manifest that the checks read. */
export interface PackedManifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One package as users will get it. */
export interface PackedPackage {
  /** Its folder in the workspace. */
  readonly folder: string;
  readonly tarball: string;
  /** Paths inside the tarball. */
  readonly files: readonly string[];
  readonly manifest: PackedManifest;
}

/** Packs every public package of the workspace into `destination` with pnpm, which turns `workspace:` ranges into versions. */
export async function packWorkspace(root: string, destination: string): Promise<PackedPackage[]> {
  const folders = ["packages", "apps"].flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)));
  const packed: PackedPackage[] = [];
  for (const folder of folders) {
    if (!existsSync(join(folder, "package.json"))) continue;
    if ((JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackedManifest).private === true) continue;
    const { ok, stdout, output } = await runTool("pnpm", ["pack", "--json", "--pack-destination", destination], folder);
    if (!ok) throw new Error(`pnpm pack failed in ${folder}:\n${output}`);
    const { filename, files } = JSON.parse(stdout) as { filename: string; files: { path: string }[] };
    const { stdout: manifest } = await runTool("tar", ["-xzOf", filename, "package/package.json"], folder);
    packed.push({ folder, tarball: filename, files: files.map(({ path }) => path), manifest: JSON.parse(manifest) as PackedManifest });
  }
  return packed;
}
