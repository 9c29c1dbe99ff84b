import type { Node } from "oxc-parser";
import type { Check, Problem } from "../check.ts";
import { publicExports } from "../workspace/public-exports.ts";
import { publicPackages, type SourceFile } from "../workspace/workspace.ts";

/** Every public name has a TSDoc comment at its declaration. */
export const exportsDocumented: Check = {
  name: "public exports have TSDoc",
  run(workspace) {
    const problems: Problem[] = [];
    for (const one of publicPackages(workspace)) {
      for (const { name, entry, line, declaration } of publicExports(one)) {
        if (name === "*" || name === "default") continue;
        if (declaration === undefined) {
          problems.push({
            file: entry.path,
            line,
            text: `exports ${name}, but its declaration is not in this package. Export it from where it is declared.`,
          });
          continue;
        }
        const statement = findDeclaration(declaration.file, declaration.name);
        if (statement === undefined) {
          problems.push({ file: declaration.file.path, text: `does not declare ${declaration.name}, which ${entry.path} exports.` });
        } else if (!hasDoc(declaration.file, statement)) {
          problems.push({
            file: declaration.file.path,
            line: declaration.file.module.lineAt(statement.start),
            text: `${declaration.name} is public and has no TSDoc. Start with one sentence on what it is or does.`,
          });
        }
      }
    }
    return unique(problems);
  },
};

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** The first top-level statement that declares `name`: the first of several overloads carries the documentation. */
function findDeclaration(file: SourceFile, name: string): Node | undefined {
  return file.module.program.body.find((statement) => {
    const declared = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declared === null) return false;
    if (declared.type === "VariableDeclaration")
      return declared.declarations.some(({ id }) => id.type === "Identifier" && id.name === name);
    return "id" in declared && declared.id?.type === "Identifier" && declared.id.name === name;
  });
}

function hasDoc(file: SourceFile, statement: Node): boolean {
  return file.module.comments.some(
    (comment) =>
      comment.type === "Block" &&
      /^\*\s*[^\s*@]/.test(comment.value.replace(/\n\s*\*/g, "\n")) &&
      comment.end <= statement.start &&
      file.text.slice(comment.end, statement.start).trim() === "",
  );
}
