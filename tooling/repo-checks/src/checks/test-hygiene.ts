import type { Node } from "oxc-parser";
import type { Check, Problem } from "../check.ts";
import { walkNodes } from "../workspace/source-module.ts";

const RUNNERS = new Set(["test", "it", "describe"]);
const SWITCHES: Readonly<Record<string, string>> = {
  only: "leaves every other test out. Remove it.",
  skip: "never runs. Use skipIf with its condition, or delete the test.",
  todo: "never runs. Write the test or delete it.",
  fails: "passes when the code is wrong. State what the code must do.",
};

/** Every test runs and can fail; a package with code has tests. */
export const testHygiene: Check = {
  name: "tests run and can fail",
  run({ packages, files }) {
    const problems: Problem[] = [];
    for (const { sources, folder, manifest } of packages) {
      const tests = sources.filter(({ path }) => /\.test\.ts$/.test(path));
      if (tests.length === 0 && sources.some(({ path }) => path.startsWith(`${folder}/src/`))) {
        problems.push({ file: `${folder}/package.json`, text: `${manifest.name} has no tests. Put x.test.ts beside x.ts.` });
      }
      for (const { path, module } of tests) {
        walkNodes(module.program, (node) => {
          const text = switchedOff(node);
          if (text !== undefined) problems.push({ file: path, line: module.lineAt(node.start), text });
        });
      }
    }
    for (const { path, text } of files) {
      if (/(?:vitest\.config\.ts|package\.json)$/.test(path) && /passWithNoTests/i.test(text)) {
        problems.push({ file: path, text: "passWithNoTests lets an empty suite pass. Remove it." });
      }
    }
    return problems;
  },
};

function switchedOff(node: Node): string | undefined {
  if (node.type !== "MemberExpression" || node.object.type !== "Identifier" || node.property.type !== "Identifier") return undefined;
  if (!RUNNERS.has(node.object.name)) return undefined;
  const reason = SWITCHES[node.property.name];
  return reason === undefined ? undefined : `${node.object.name}.${node.property.name} ${reason}`;
}
