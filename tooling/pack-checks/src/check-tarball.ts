import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PackedPackage } from "./pack-workspace.ts";
import { runTool } from "./run-tool.ts";

const BIN = fileURLToPath(new URL("../node_modules/.bin", import.meta.url));

/** What is wrong with one tarball: its contents, publint's findings, the resolution of its types. */
export async function checkTarball(packed: PackedPackage): Promise<string[]> {
  const problems = checkContents(packed);
  const lint = await runTool(join(BIN, "publint"), ["run", "--strict", packed.tarball], BIN);
  if (!lint.ok) problems.push(`publint --strict:\n${lint.output}`);
  // A command-line program has no types to resolve.
  if (packed.manifest.exports !== undefined) {
    const types = await runTool(join(BIN, "attw"), ["--profile", "esm-only", "--format", "ascii", "--no-color", packed.tarball], BIN);
    if (!types.ok) problems.push(`attw --profile esm-only:\n${types.output}`);
  }
  return problems;
}

/** Looks at the list of files and at the dependency ranges. */
export function checkContents({ files, manifest }: Pick<PackedPackage, "files" | "manifest">): string[] {
  const problems = ["README.md", "LICENSE", "package.json"]
    .filter((file) => !files.includes(file))
    .map((file) => `${file} is not in the tarball.`);
  const strays = files.filter((file) => /\.test(?:-d)?\.|(?:^|\/)(?:test|golden|node_modules|\.cache)\//.test(file));
  if (strays.length > 0) problems.push(`test files are in the tarball: ${strays.slice(0, 3).join(", ")}. Exclude them with "files".`);
  if (!files.some((file) => file.startsWith("dist/"))) problems.push("dist/ is empty. Build before packing.");
  const stale = files.filter((file) => isStale(file, files));
  if (stale.length > 0) problems.push(`the source of ${stale.slice(0, 3).join(", ")} is gone. Delete dist/ and build again.`);
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    if (/^(?:workspace|catalog|file|link):/.test(range))
      problems.push(`${name} has the range "${range}", which exists in this workspace only.`);
  }
  return problems;
}

/** Whether a built module has no source any more; only packages that ship their sources can tell. */
function isStale(file: string, files: readonly string[]): boolean {
  const module = /^dist\/(.*)\.js$/.exec(file)?.[1];
  return module !== undefined && files.some((one) => one.startsWith("src/")) && !files.includes(`src/${module}.ts`);
}
