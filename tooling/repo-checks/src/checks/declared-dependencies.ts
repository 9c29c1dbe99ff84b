import { isBuiltin } from "node:module";
import type { Check, Problem } from "../check.ts";
import { packageOf } from "../workspace/workspace.ts";

/** What a file imports stands in its package's manifest: in `dependencies` or `peerDependencies` for code that is published. */
export const declaredDependencies: Check = {
  name: "imports are declared in package.json",
  run({ packages }) {
    const problems: Problem[] = [];
    for (const { manifest, sources, folder, group } of packages) {
      const published = new Set([...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})]);
      const all = new Set([...published, ...Object.keys(manifest.devDependencies ?? {})]);
      for (const source of sources) {
        const isShipped = group !== "tooling" && !source.isTest && source.path.startsWith(`${folder}/src/`);
        for (const { specifier, line } of source.module.imports) {
          const name = packageOf(specifier);
          if (specifier.startsWith(".") || isBuiltin(specifier) || name === manifest.name) continue;
          if (!(isShipped ? published : all).has(name)) {
            const where = isShipped ? "dependencies or peerDependencies" : "its dependencies";
            problems.push({
              file: source.path,
              line,
              text: `imports ${name}, which is not in ${where}. Declare it in ${folder}/package.json.`,
            });
          }
        }
      }
    }
    return problems;
  },
};
