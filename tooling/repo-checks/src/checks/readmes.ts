import { dirname, join } from "node:path/posix";
import type { Check, Problem } from "../check.ts";
import { publicExports } from "../workspace/public-exports.ts";
import { publicPackages, type TextFile, type Workspace } from "../workspace/workspace.ts";

const SECTIONS = ["Install", "Example", "Exports", "Numerics and limits", "References"];

/**
 * Every package has a README with the same headings that names all it exports, and a line in the front README; links inside the
 * repository lead somewhere.
 */
export const readmes: Check = {
  name: "READMEs are complete and their links lead somewhere",
  run(workspace) {
    const problems: Problem[] = [];
    for (const one of publicPackages(workspace)) {
      const path = `${one.folder}/README.md`;
      const readme = workspace.files.find((file) => file.path === path);
      if (readme === undefined) {
        problems.push({ file: path, text: "is missing. It is the package's page in the registry." });
        continue;
      }
      const front = workspace.files.find((file) => file.path === "README.md");
      if (front !== undefined && !front.text.includes(`](${one.folder})`)) {
        problems.push({ file: "README.md", text: `must list every package; missing: ${one.manifest.name}, with a link to ${one.folder}.` });
      }
      if (one.group !== "packages") continue;
      const wanted = [`# ${one.manifest.name}`, ...SECTIONS.map((name) => `## ${name}`)];
      const found = outsideFences(readme.text).filter((line) => /^##? /.test(line));
      if (found.join("\n") !== wanted.join("\n")) {
        problems.push({ file: path, text: `must have exactly these headings: ${wanted.join(", ")}; got ${found.join(", ") || "none"}.` });
      }
      const listed = section(readme.text, "Exports");
      const values = publicExports(one).filter(({ typeOnly, name }) => !typeOnly && name !== "*");
      const missing = values
        .map(({ name }) => name)
        .filter((name) => !new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`).test(listed));
      if (missing.length > 0)
        problems.push({ file: path, text: `"## Exports" must name every exported value; missing: ${missing.join(", ")}.` });
    }
    for (const file of workspace.files) if (file.path.endsWith(".md")) problems.push(...deadLinks(workspace, file));
    return problems;
  },
};

/** The lines of a Markdown text that are not inside a fenced block. */
function outsideFences(text: string): string[] {
  let fence: string | undefined;
  return text.split("\n").filter((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark.startsWith(fence)) fence = undefined;
      return false;
    }
    return fence === undefined;
  });
}

function section(text: string, heading: string): string {
  const start = text.indexOf(`\n## ${heading}\n`);
  if (start < 0) return "";
  const end = text.indexOf("\n## ", start + 4);
  return text.slice(start, end < 0 ? undefined : end);
}

function deadLinks(workspace: Workspace, { path, text }: TextFile): Problem[] {
  return outsideFences(text)
    .flatMap((line) => [...line.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)])
    .flatMap(([, target]) => {
      const file = (target ?? "").split("#")[0] ?? "";
      if (file === "" || /^[a-z]+:/i.test(file)) return [];
      const resolved = join(dirname(path), decodeURI(file)).replace(/\/$/, "");
      const there = workspace.files.some((other) => other.path === resolved || other.path.startsWith(`${resolved}/`));
      return there ? [] : [{ file: path, text: `links to ${target}, which does not exist.` }];
    });
}
