import { type Comment, type Node, parseSync } from "oxc-parser";

/** The name under which an instrumented example reports a value; see `ambient.d.ts`. */
const REPORT = "__doctest";

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Rewrites an example so that it reports every value it claims.
 *
 * `expression; // => value` and a `// => value` line below an expression check the expression, as does `console.log(expression)`;
 * after `const name = …` the constant is checked. `// => throws Name: message` checks what the expression throws. Lines of the
 * form `//    more` right below a `// =>` line belong to its value. Line numbers stay as they are.
 */
export function instrument(code: string, firstLine: number): string {
  const { program, comments, errors } = parseSync("example.ts", code);
  // A broken example is left as it is: the type checker says what is wrong with it, in its own words.
  if (errors.length > 0) return code;
  const statements = collectStatements(program);
  const edits: Edit[] = [];
  for (let i = 0; i < comments.length; i++) {
    const comment = comments[i] as Comment;
    const first = /^\s*=>\s?(.*)$/s.exec(comment.value)?.[1];
    if (comment.type !== "Line" || first === undefined) continue;
    const expected = [first, ...continuation(code, comments, i)].join("\n").trim();
    const line = firstLine + code.slice(0, comment.start).split("\n").length - 1;
    edits.push(edit(code, statements, comment, expected, line));
  }
  let text = code;
  for (const { start, end, text: inserted } of edits.sort((a, b) => b.start - a.start))
    text = text.slice(0, start) + inserted + text.slice(end);
  return text;
}

function continuation(code: string, comments: readonly Comment[], index: number): string[] {
  const first = comments[index] as Comment;
  const alone = code.slice(code.lastIndexOf("\n", first.start) + 1, first.start).trim() === "";
  const lines: string[] = [];
  let end = first.end;
  for (const comment of alone ? comments.slice(index + 1) : []) {
    if (comment.type !== "Line" || !/^ {2,}\S/.test(comment.value) || !/^\n[ \t]*$/.test(code.slice(end, comment.start))) break;
    lines.push(comment.value);
    end = comment.end;
  }
  return lines;
}

function edit(code: string, statements: readonly Node[], comment: Comment, expected: string, line: number): Edit {
  const claim = `${line}, ${JSON.stringify(expected)}`;
  const before = statements.filter(({ end }) => end <= comment.start && /^[\s;]*$/.test(code.slice(end, comment.start)));
  const statement = before.at(-1);
  if (statement?.type === "ExpressionStatement") {
    const logged = loggedValue(statement);
    const { start, end } = logged ?? statement.expression;
    const value = code.slice(start, end);
    const throwing = /^(?:throws\b|\w*Error: )/.test(expected);
    const report = throwing ? `await ${REPORT}.thrown(${claim}, async () => (${value}))` : `${REPORT}.value(${claim}, (${value}))`;
    return { start: statement.expression.start, end: statement.expression.end, text: report };
  }
  if (
    statement?.type === "VariableDeclaration" &&
    statement.declarations.length === 1 &&
    statement.declarations[0]?.id.type === "Identifier"
  ) {
    return { start: statement.end, end: statement.end, text: `; ${REPORT}.value(${claim}, ${statement.declarations[0].id.name});` };
  }
  return { start: comment.start, end: comment.start, text: `; ${REPORT}.stray(${claim}); ` };
}

function loggedValue(statement: Node): Node | undefined {
  if (statement.type !== "ExpressionStatement" || statement.expression.type !== "CallExpression") return undefined;
  const { callee, arguments: args } = statement.expression;
  const isLog =
    callee.type === "MemberExpression" &&
    callee.object.type === "Identifier" &&
    callee.object.name === "console" &&
    callee.property.type === "Identifier" &&
    callee.property.name === "log";
  return isLog && args.length === 1 && args[0]?.type !== "SpreadElement" ? args[0] : undefined;
}

/** Statements that can carry a claim, in the order of their ends. */
function collectStatements(node: Node): Node[] {
  const found: Node[] = [];
  const visit = (one: Node): void => {
    if (one.type === "ExpressionStatement" || one.type === "VariableDeclaration") found.push(one);
    for (const value of Object.values(one)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child === "object" && child !== null && typeof child.type === "string") visit(child);
      }
    }
  };
  visit(node);
  return found.sort((a, b) => a.end - b.end);
}
