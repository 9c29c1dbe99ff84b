import { dirname, join } from "node:path/posix";
import type { Check, Problem } from "../check.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Neither packages nor folders import each other in a circle; imports of types alone are free.
 *
 * Files of one folder may: the gradient of a sum is a broadcast and the gradient of a broadcast is a sum.
 */
export const importCycles: Check = {
  name: "no import cycles",
  run(workspace) {
    const packageCycles = findCycles(packageGraph(workspace)).map((cycle) => ({
      file: `${cycle[0]}/package.json`,
      text: `depends on itself through ${[...cycle, cycle[0]].join(" → ")}. Remove one of these dependencies.`,
    }));
    const fileCycles = findCycles(fileGraph(workspace))
      .filter((cycle) => new Set(cycle.map((path) => dirname(path))).size > 1)
      .map((cycle) => ({
        file: cycle[0] as string,
        text: `imports itself through ${[...cycle.slice(1), cycle[0]].join(" → ")}. Move what both need into a file of its own.`,
      }));
    return [...packageCycles, ...fileCycles] satisfies Problem[];
  },
};

function packageGraph({ packages }: Workspace): Map<string, string[]> {
  const folders = new Map(packages.map((one) => [one.manifest.name, one.folder]));
  return new Map(
    packages.map(({ folder, manifest }) => {
      const names = [manifest.dependencies, manifest.devDependencies, manifest.peerDependencies].flatMap((list) => Object.keys(list ?? {}));
      return [folder, names.flatMap((name) => folders.get(name) ?? [])];
    }),
  );
}

function fileGraph({ packages }: Workspace): Map<string, string[]> {
  return new Map(
    packages.flatMap(({ sources }) =>
      sources.map(({ path, module }): [string, string[]] => [
        path,
        module.imports
          .filter(({ specifier, typeOnly }) => specifier.startsWith(".") && !typeOnly)
          .map(({ specifier }) => join(dirname(path), specifier)),
      ]),
    ),
  );
}

/** One cycle for every back edge of a depth-first walk; each starts at the node that closes it. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): void => {
    const at = path.indexOf(node);
    if (at >= 0) cycles.push(path.slice(at));
    if (at >= 0 || done.has(node)) return;
    path.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    path.pop();
    done.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return cycles;
}
