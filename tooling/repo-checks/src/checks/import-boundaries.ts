import { dirname, join } from "node:path/posix";
import type { Check, Problem } from "../check.ts";
import { LAYERS, WRAPPED } from "../layers.ts";
import { packageOf, type SourceFile, type WorkspacePackage } from "../workspace/workspace.ts";

const SCOPE = "@attnlab/";

/** Imports follow the layer table, wrapped libraries are met in one place, and pure code uses no Node module. */
export const importBoundaries: Check = {
  name: "imports follow the layers",
  run({ packages }) {
    const problems: Problem[] = [];
    for (const one of packages.filter(({ group }) => group === "packages")) {
      const rule = LAYERS[one.shortName];
      if (rule === undefined) {
        problems.push({
          file: `${one.folder}/package.json`,
          text: "has no line in tooling/repo-checks/src/layers.ts; add its layer there.",
        });
        continue;
      }
      for (const name of [...rule.mayImport, ...(rule.nodeMayImport ?? [])]) {
        const other = LAYERS[name];
        if (other === undefined || other.layer >= rule.layer) {
          problems.push({
            file: "tooling/repo-checks/src/layers.ts",
            text: `${one.shortName} may only import from a lower layer; got ${name}.`,
          });
        }
      }
    }
    for (const one of packages) {
      for (const source of one.sources) problems.push(...checkSource(one, source));
    }
    return [...problems, ...wrappedInOneFile(packages)];
  },
};

function checkSource(one: WorkspacePackage, source: SourceFile): Problem[] {
  const problems: Problem[] = [];
  const rule = LAYERS[one.shortName];
  const inNodeEntry = source.path.startsWith(`${one.folder}/src/node/`);
  const layered = one.group === "packages" && !source.isTest && rule !== undefined;
  const allowed = [...(rule?.mayImport ?? []), ...(inNodeEntry ? (rule?.nodeMayImport ?? []) : [])];
  for (const { specifier, line } of source.module.imports) {
    const at = { file: source.path, line };
    if (specifier.startsWith(".")) {
      if (leavesFolder(source.path, specifier, one.folder)) {
        problems.push({ ...at, text: `imports ${specifier}, outside its package. Import the other package by its name.` });
      }
      continue;
    }
    if (specifier.startsWith("node:")) {
      if (layered && !inNodeEntry) {
        problems.push({ ...at, text: `imports ${specifier} in code that must also run in a browser. Move it under src/node/.` });
      }
      continue;
    }
    if (one.group === "tooling") {
      const target = specifier.startsWith(SCOPE) ? packageOf(specifier).slice(SCOPE.length) : undefined;
      if (target !== undefined && target in LAYERS && !source.isTest) {
        problems.push({ ...at, text: `imports ${specifier}; tooling imports no package, so that it can never close a cycle.` });
      }
      continue;
    }
    const wrapped = WRAPPED.find(({ library }) => library.test(specifier));
    // The bench app times peer libraries against ours: its adapters meet them directly.
    const adapter = source.path.startsWith("apps/") && source.path.includes("/adapters/");
    if (wrapped !== undefined && !source.isTest && !adapter && one.shortName !== wrapped.owner) {
      problems.push({ ...at, text: `imports ${specifier}, which only ${SCOPE}${wrapped.owner} may. Use that package instead.` });
    }
    if (layered && specifier.startsWith(SCOPE)) {
      const target = packageOf(specifier).slice(SCOPE.length);
      if (target !== one.shortName && !allowed.includes(target)) {
        problems.push({
          ...at,
          text: `imports ${specifier}; ${one.shortName} (layer ${rule.layer}) may import ${allowed.join(", ") || "nothing"}. See tooling/repo-checks/src/layers.ts.`,
        });
      }
    }
  }
  return problems;
}

function leavesFolder(path: string, specifier: string, folder: string): boolean {
  return !join(dirname(path), specifier).startsWith(`${folder}/`);
}

function wrappedInOneFile(packages: readonly WorkspacePackage[]): Problem[] {
  const problems: Problem[] = [];
  for (const { library, owner } of WRAPPED.filter(({ oneFile }) => oneFile)) {
    const users = new Map<string, string>();
    for (const source of packages.find((one) => one.group === "packages" && one.shortName === owner)?.sources ?? []) {
      for (const { specifier, typeOnly, line } of source.isTest ? [] : source.module.imports) {
        if (typeOnly || !library.test(specifier)) continue;
        const first = users.get(packageOf(specifier));
        if (first !== undefined && first !== source.path) {
          problems.push({
            file: source.path,
            line,
            text: `imports ${specifier}, which ${first} already does. One file talks to a native library.`,
          });
        }
        users.set(packageOf(specifier), source.path);
      }
    }
  }
  return problems;
}
