import type { Node } from "oxc-parser";
import type { Check, Problem } from "../check.ts";
import { walkNodes } from "../workspace/source-module.ts";
import type { SourceFile } from "../workspace/workspace.ts";

/** What `object.property` stands for when code that must be pure and repeatable uses it; `*` is any property. */
const IMPURE: Readonly<Record<string, string>> = {
  "Math.random": "is chance that no seed controls. Take an rng from @attnlab/random as a parameter.",
  "crypto.getRandomValues": "is chance that no seed controls. Take an rng from @attnlab/random as a parameter.",
  "crypto.randomUUID": "is chance that no seed controls. Take an rng from @attnlab/random as a parameter.",
  "Date.now": "reads the clock. Let the caller measure time, or take the time as a parameter.",
  "process.env": "reads the environment. Take an option instead.",
  "process.stdout": "prints. Return the text or call back; only apps print.",
  "process.stderr": "prints. Return the text or call back; only apps print.",
  "process.exit": "ends the user's program. Throw an error.",
  "console.*": "prints. Return the text or call back; only apps print.",
};

/** Packages do not draw chance, read the clock or the environment, or print; no code switches types off or exports by default. */
export const forbiddenSyntax: Check = {
  name: "no hidden inputs, no switched-off types",
  run({ packages }) {
    return packages.flatMap(({ group, folder, sources }) =>
      sources.flatMap((source) => {
        const pure = group === "packages" && !source.isTest && source.path.startsWith(`${folder}/src/`);
        return [...checkTree(source, pure), ...checkExports(source)];
      }),
    );
  },
};

function checkTree(source: SourceFile, pure: boolean): Problem[] {
  const problems: Problem[] = source.module.errors.map((text) => ({ file: source.path, text }));
  const report = (node: Node, text: string): void => {
    problems.push({ file: source.path, line: source.module.lineAt(node.start), text });
  };
  walkNodes(source.module.program, (node) => {
    if (
      node.type === "TSAsExpression" &&
      node.expression.type === "TSAsExpression" &&
      node.expression.typeAnnotation.type === "TSUnknownKeyword"
    ) {
      report(node, '"as unknown as" switches the type checker off. Narrow the value, or give it the right type where it is made.');
    }
    if (
      node.type === "MemberExpression" &&
      node.object.type === "NewExpression" &&
      node.object.callee.type === "Identifier" &&
      node.object.callee.name === "URL" &&
      node.property.type === "Identifier" &&
      node.property.name === "pathname" &&
      source.text.slice(node.object.start, node.object.end).includes("import.meta")
    ) {
      report(node, "new URL(…).pathname is no path where a folder has a space in its name. Use fileURLToPath from node:url.");
    }
    if (!pure) return;
    if (node.type === "MemberExpression" && node.object.type === "Identifier" && node.property.type === "Identifier") {
      const reason = IMPURE[`${node.object.name}.${node.property.name}`] ?? IMPURE[`${node.object.name}.*`];
      if (reason !== undefined) report(node, `${node.object.name}.${node.property.name} ${reason}`);
    }
    if (node.type === "NewExpression" && node.callee.type === "Identifier" && node.callee.name === "Date") {
      report(node, `new Date ${IMPURE["Date.now"]}`);
    }
  });
  for (const comment of source.module.comments) {
    if (/@ts-(?:ignore|nocheck)/.test(comment.value)) {
      problems.push({
        file: source.path,
        line: source.module.lineAt(comment.start),
        text: "switches the type checker off. Give the value the right type, or use @ts-expect-error with a reason.",
      });
    }
  }
  return problems;
}

function checkExports(source: SourceFile): Problem[] {
  const isConfig = /(?:^|\/)(?:vitest\.config\.ts|\.vitepress\/.*)$/.test(source.path);
  return source.module.exports.flatMap(({ name, line }) => {
    if (name === "default" && !isConfig) return [{ file: source.path, line, text: "exports a default. Give it a name." }];
    return name === "*"
      ? [{ file: source.path, line, text: 'exports "*". List the names, so that the public interface is written down.' }]
      : [];
  });
}
