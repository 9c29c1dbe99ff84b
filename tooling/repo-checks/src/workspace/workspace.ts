import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseModule, type SourceModule } from "./source-module.ts";

/** The parts of a `package.json` that the checks read. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly license?: string;
  readonly description?: string;
  readonly sideEffects?: unknown;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly repository?: { readonly directory?: string };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One text file; `path` is relative to the root, with `/` between folders. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** A TypeScript or JavaScript file of a package. */
export interface SourceFile extends TextFile {
  /** Test files and everything under the package's `test` folder. */
  readonly isTest: boolean;
  readonly module: SourceModule;
}

/** One package of the workspace. */
export interface WorkspacePackage {
  readonly manifest: Manifest;
  /** For example `packages/graph`. */
  readonly folder: string;
  readonly group: "packages" | "apps" | "tooling";
  /** The folder's own name, for example `graph`. */
  readonly shortName: string;
  readonly sources: readonly SourceFile[];
}

/** Everything the checks look at, read once. */
export interface Workspace {
  readonly root: string;
  readonly packages: readonly WorkspacePackage[];
  /** Every text file of the repository, packages included. */
  readonly files: readonly TextFile[];
}

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", ".git", ".turbo", ".cache", "coverage"]);
const TEXT = /\.(?:ts|mts|cts|tsx|js|mjs|cjs|json|jsonc|md|yml|yaml|py|sh|html|css|svg|vue|toml|txt)$|^(?:[^.]+|\.[^.]+)$/;
const CODE = /\.(?:ts|mts|tsx|js|mjs)$/;

/** Reads a repository: its text files, and its packages with every source parsed. */
export function readWorkspace(root: string): Workspace {
  return toWorkspace(
    root,
    listFiles(root, "").map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })),
  );
}

/** Finds the packages among `files`. */
export function toWorkspace(root: string, files: readonly TextFile[]): Workspace {
  const packages = files.flatMap((file): WorkspacePackage[] => {
    const [, folder = "", group, shortName = ""] = /^((packages|apps|tooling)\/([^/]+))\/package\.json$/.exec(file.path) ?? [];
    if (!isGroup(group)) return [];
    const sources = files.filter(({ path }) => path.startsWith(`${folder}/`) && CODE.test(path) && !path.endsWith(".d.ts"));
    return [{ manifest: JSON.parse(file.text), folder, group, shortName, sources: sources.map((one) => sourceFile(one, folder)) }];
  });
  return { root, packages, files };
}

function isGroup(word: string | undefined): word is WorkspacePackage["group"] {
  return word === "packages" || word === "apps" || word === "tooling";
}

function listFiles(root: string, folder: string): string[] {
  const paths: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    // The bench app writes its results to a folder of this name at the root, which is not part of the repository.
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name) && path !== "results") paths.push(...listFiles(root, path));
    else if (entry.isFile() && TEXT.test(entry.name)) paths.push(path);
  }
  return paths;
}

function sourceFile(file: TextFile, folder: string): SourceFile {
  let parsed: SourceModule | undefined;
  const inside = file.path.slice(folder.length + 1);
  return {
    ...file,
    isTest: /\.test(?:-d)?\.[a-z]+$/.test(inside) || inside.startsWith("test/") || inside === "vitest.config.ts",
    get module(): SourceModule {
      parsed ??= parseModule(file.path, file.text);
      return parsed;
    },
  };
}

/** Public packages: those a user can install. */
export function publicPackages(workspace: Workspace): readonly WorkspacePackage[] {
  return workspace.packages.filter((one) => one.manifest.private !== true);
}

/** The part of a bare specifier that names the package: `@scope/name/entry` → `@scope/name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
