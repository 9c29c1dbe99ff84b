import { accessSync, constants, mkdirSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { NotFoundError, OptionError, problem, show } from "@attnlab/check";

let recordings = 0;

/**
 * A path start that no other session uses: the native library appends the time of day, and two sessions of one moment would share a file.
 * Makes the folder, because the library writes nothing, silently, into one that is missing.
 */
export function uniquePrefix(profile: string): string {
  const folder = dirname(resolve(profile));
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const expected = "profile must start with a folder that can be written";
    throw new OptionError(problem({ where: "createSession", expected, got: show(profile), fix: "Choose another folder." }), {
      cause: error,
    });
  }
  recordings++;
  return `${profile}-${process.pid}-${recordings}`;
}

/** The file that the native library wrote for a prefix. */
export function findProfile(prefix: string): string {
  const folder = dirname(resolve(prefix));
  const start = `${basename(prefix)}_`;
  const file = readdirSync(folder).find((name) => name.startsWith(start) && name.endsWith(".json"));
  if (file === undefined) {
    const fix = "Check that the folder can be written.";
    throw new NotFoundError(
      problem({ where: "endProfiling", expected: `a file ${show(`${start}*.json`)} must be in ${show(folder)}`, got: "none", fix }),
    );
  }
  return join(folder, file);
}
