import { execFile } from "node:child_process";

/** What a finished program said. */
export interface ToolResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** Both streams, for a message. */
  readonly output: string;
}

/** Runs a program to its end and keeps what it says. */
export function runTool(command: string, args: readonly string[], cwd: string): Promise<ToolResult> {
  return new Promise((resolve) => {
    execFile(command, [...args], { cwd, encoding: "utf8", maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const reason = error !== null && stdout === "" && stderr === "" ? error.message : "";
      resolve({ ok: error === null, stdout, output: `${stdout}${stderr}${reason}`.trim() });
    });
  });
}

/** Maps over `items` with at most `lanes` calls under way. */
export async function mapInLanes<T, R>(items: readonly T[], lanes: number, map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await map(items[i] as T);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
