import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Runs a script of this folder in a process of its own, with its garbage collector at hand; gives back the number that it prints. */
export async function measuringProcess(script: string, args: readonly (string | number | boolean)[]): Promise<number> {
  const file = new URL(`./${script}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    "--expose-gc",
    fileURLToPath(file),
    ...args.map(String),
  ]);
  return Number(stdout);
}
