// Runs instrumented examples, one at a time, for the process that forked it.
import { pathToFileURL } from "node:url";
import { formatValue } from "./format-value.ts";
import { matchesExpectation } from "./match-value.ts";

let mismatches: string[] = [];

const claims: typeof __doctest = {
  value(line, expected, value) {
    if (value instanceof Promise) mismatches.push(`line ${line}: the value is a promise. Put await before it.`);
    else if (!matchesExpectation(value, expected)) mismatches.push(`line ${line}: expected ${expected}\n  got ${formatValue(value)}`);
  },
  async thrown(line, expected, run) {
    const wanted = expected.replace(/^throws\s*/, "");
    try {
      const value = await run();
      if (!(value instanceof Error)) mismatches.push(`line ${line}: expected it to throw ${wanted}\n  got ${formatValue(value)}`);
      else claims.value(line, wanted, value);
    } catch (error) {
      if (wanted !== "" && !matchesExpectation(error, wanted))
        mismatches.push(`line ${line}: expected it to throw ${wanted}\n  got ${formatValue(error)}`);
    }
  },
  stray(line, expected) {
    mismatches.push(`line ${line}: "// => ${expected}" follows no expression. Put it behind one, or on the line below it.`);
  },
};
Object.assign(globalThis, { __doctest: claims });

/** A stack without Node's frames and ours. */
function ownStack(error: Error): string {
  const lines = (error.stack ?? error.message).split("\n");
  return lines.filter((line) => !/^\s+at .*(?:node:internal|\/doctest\/src\/)/.test(line)).join("\n");
}

process.on("message", async (path: string) => {
  mismatches = [];
  try {
    await import(pathToFileURL(path).href);
  } catch (error) {
    mismatches.push(error instanceof Error ? ownStack(error) : formatValue(error));
  }
  process.send?.(mismatches);
});
