import { type Comment, type Node, type ParseResult, parseSync } from "oxc-parser";

/** One import or re-export as written. */
export interface ModuleImport {
  readonly specifier: string;
  readonly line: number;
  /** Erased when the types are stripped. */
  readonly typeOnly: boolean;
}

/** One exported name, with the module it comes from when it is passed on. */
export interface ModuleExport {
  readonly name: string;
  /** Its name where it is declared. */
  readonly localName: string;
  readonly from: string | undefined;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** A parsed TypeScript file: what crosses its border, and its syntax tree. */
export interface SourceModule {
  readonly program: ParseResult["program"];
  readonly comments: readonly Comment[];
  readonly imports: readonly ModuleImport[];
  readonly exports: readonly ModuleExport[];
  /** Syntax errors, empty for a well-formed file. */
  readonly errors: readonly string[];
  readonly lineAt: (offset: number) => number;
}

/** Parses one TypeScript or JavaScript file. */
export function parseModule(path: string, text: string): SourceModule {
  const { program, comments, module, errors } = parseSync(path, text);
  const lineAt = lineCounter(text);
  const imports: ModuleImport[] = [];
  const exports: ModuleExport[] = [];
  const cameFrom = new Map<string, { specifier: string; name: string }>();
  for (const one of module.staticImports) {
    const typeOnly = one.entries.length > 0 && one.entries.every((entry) => entry.isType);
    imports.push({ specifier: one.moduleRequest.value, line: lineAt(one.start), typeOnly });
    for (const entry of one.entries) {
      cameFrom.set(entry.localName.value, { specifier: one.moduleRequest.value, name: entry.importName.name ?? "*" });
    }
  }
  for (const statement of module.staticExports) {
    for (const entry of statement.entries) {
      const name = entry.exportName.name ?? (entry.exportName.kind === "Default" ? "default" : "*");
      const localName = entry.localName.name ?? entry.importName.name ?? name;
      const passedOn = cameFrom.get(localName);
      const from = entry.moduleRequest?.value ?? passedOn?.specifier;
      const declared = entry.moduleRequest === null ? (passedOn?.name ?? localName) : localName;
      exports.push({ name, localName: declared, from, typeOnly: entry.isType, line: lineAt(statement.start) });
    }
    const first = statement.entries[0]?.moduleRequest;
    if (first) {
      imports.push({
        specifier: first.value,
        line: lineAt(statement.start),
        typeOnly: statement.entries.every((entry) => entry.isType),
      });
    }
  }
  for (const one of module.dynamicImports) {
    const written = text.slice(one.moduleRequest.start, one.moduleRequest.end);
    const literal = /^(["'`])([^"'`$]+)\1$/.exec(written)?.[2];
    if (literal !== undefined) imports.push({ specifier: literal, line: lineAt(one.start), typeOnly: false });
  }
  return { program, comments, imports, exports, errors: errors.map((error) => error.message), lineAt };
}

/** Calls `visit` on every node of a syntax tree. */
export function walkNodes(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walkNodes(child, visit);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
