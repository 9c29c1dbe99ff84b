import { parseSync } from "oxc-parser";

/** One block of code in a document, with the place it stands at. */
export interface Example {
  /** The document, relative to the repository. */
  readonly file: string;
  /** Line of the first line of code, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** `ts no-run` blocks are type-checked only: they need a browser, a network or hours. */
  readonly run: boolean;
}

/** The ```` ```ts ```` blocks of a Markdown text. */
export function examplesInMarkdown(file: string, text: string): Example[] {
  return fencedBlocks(file, text.split("\n"), 1);
}

/** The blocks behind `@example` tags in the TSDoc comments of a source file. */
export function examplesInSource(file: string, text: string): Example[] {
  return exampleTags(file, text).flatMap(({ lines, firstLine }) => fencedBlocks(file, lines, firstLine));
}

/** The lines of `@example` tags without a block to run. */
export function emptyExampleTags(file: string, text: string): number[] {
  return exampleTags(file, text)
    .filter(({ lines, firstLine }) => fencedBlocks(file, lines, firstLine).length === 0)
    .map(({ firstLine }) => firstLine);
}

/** What stands behind each `@example` tag, up to the next tag or the end of its comment. */
function exampleTags(file: string, text: string): { readonly lines: readonly string[]; readonly firstLine: number }[] {
  return parseSync(file, text).comments.flatMap((comment) => {
    if (comment.type !== "Block" || !comment.value.startsWith("*")) return [];
    const commentLine = text.slice(0, comment.start).split("\n").length;
    const lines = comment.value.split("\n").map((line) => line.replace(/^\s*\*? ?/, ""));
    const starts = lines.flatMap((line, i) => (/^@example\b/.test(line) ? [i] : []));
    return starts.map((start, i) => ({ lines: lines.slice(start, starts[i + 1]), firstLine: commentLine + start }));
  });
}

function fencedBlocks(file: string, lines: readonly string[], firstLine: number): Example[] {
  const examples: Example[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [, indent = "", fence, info = ""] = /^(\s*)(`{3,})\s*(.*?)\s*$/.exec(lines[i] ?? "") ?? [];
    if (fence === undefined) continue;
    const start = i + 1;
    let end = start;
    while (end < lines.length && (lines[end] ?? "").trim() !== fence) end++;
    const [language, ...flags] = info.split(/\s+/);
    if (language === "ts" || language === "typescript") {
      const code = lines.slice(start, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
      examples.push({ file, line: firstLine + start, code: code.join("\n"), run: !flags.includes("no-run") });
    }
    i = end;
  }
  return examples;
}
