import { dirname, join } from "node:path/posix";
import type { ModuleExport } from "./source-module.ts";
import type { SourceFile, WorkspacePackage } from "./workspace.ts";

/** One name that users can import, and the place of its declaration. */
export interface PublicExport {
  readonly name: string;
  readonly typeOnly: boolean;
  /** The entry file that lists it. */
  readonly entry: SourceFile;
  readonly line: number;
  /** Where it is declared; absent when the trail leads out of the package or nowhere. */
  readonly declaration: { readonly file: SourceFile; readonly name: string } | undefined;
}

/** The source files behind a package's `exports`, through the source condition. */
function entryFiles(one: WorkspacePackage): SourceFile[] {
  return Object.values(one.manifest.exports ?? {}).flatMap((target) => {
    const source = typeof target === "string" ? target : target["@attnlab/source"];
    const path = source === undefined ? undefined : join(one.folder, source);
    return one.sources.filter((file) => file.path === path);
  });
}

/** Every public name of a package, each followed to its declaration. */
export function publicExports(one: WorkspacePackage): PublicExport[] {
  return entryFiles(one).flatMap((entry) =>
    entry.module.exports.map((exported) => ({
      name: exported.name,
      typeOnly: exported.typeOnly,
      entry,
      line: exported.line,
      declaration: follow(one, entry, exported, 0),
    })),
  );
}

function follow(one: WorkspacePackage, file: SourceFile, exported: ModuleExport, depth: number): PublicExport["declaration"] {
  if (exported.from === undefined) return { file, name: exported.localName };
  const path = join(dirname(file.path), exported.from);
  const next = one.sources.find((source) => source.path === path);
  const further = next?.module.exports.find(({ name }) => name === exported.localName);
  return next === undefined || further === undefined || depth > 20 ? undefined : follow(one, next, further, depth + 1);
}
