import type { Workspace } from "./workspace/workspace.ts";

/** One thing that is wrong, and where. */
export interface Problem {
  readonly file: string;
  readonly line?: number;
  /** What is wrong and how to put it right, in one sentence or two. */
  readonly text: string;
}

/** A rule about the repository, as a pure function of what was read. */
export interface Check {
  /** Completes "checks that …". */
  readonly name: string;
  readonly run: (workspace: Workspace) => Problem[];
}

/** `file:line: text`, which terminals turn into a link. */
export function showProblem({ file, line, text }: Problem): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${text}`;
}
