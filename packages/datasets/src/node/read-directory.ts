import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { FormatError, NotFoundError, problem, show } from "@attnlab/check";

/** What a loader says when its data is absent. */
export interface MissingData {
  /** The loader. */
  readonly where: string;
  /** What it needs, completing "must". */
  readonly needs: string;
  /** How to get it and where to put it. */
  readonly fix: string;
}

/** Open files at a time: enough to hide latency, far below the limits of systems. */
const PARALLEL = 32;

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function absent(missing: MissingData, path: string): NotFoundError {
  return new NotFoundError(
    problem({ where: missing.where, expected: `the data set must ${missing.needs}`, got: `nothing at ${show(path)}`, fix: missing.fix }),
  );
}

/**
 * Names in a directory, sorted, so that no result depends on the file system.
 * @throws NotFoundError when the directory does not exist.
 */
export async function listDirectory(path: string, missing: MissingData): Promise<{ readonly files: string[]; readonly folders: string[] }> {
  try {
    const entries = (await readdir(path, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const folders = entries.filter((e) => e.isDirectory()).map((e) => e.name);
    return { folders, files: entries.filter((e) => !e.isDirectory()).map((e) => e.name) };
  } catch (error) {
    throw isAbsent(error) ? absent(missing, path) : error;
  }
}

/** Contents of many files, in the order given. */
export async function readFiles(paths: readonly string[]): Promise<Buffer[]> {
  const contents: Buffer[] = [];
  for (let i = 0; i < paths.length; i += PARALLEL) {
    contents.push(...(await Promise.all(paths.slice(i, i + PARALLEL).map((path) => readFile(path)))));
  }
  return contents;
}

/**
 * The first of `names` that is in the directory, plain or with `.gz` behind it (then decompressed).
 * @throws NotFoundError when none is there.
 * @throws FormatError when a `.gz` file is damaged.
 */
export async function readOneOf(directory: string, names: readonly string[], missing: MissingData): Promise<Uint8Array> {
  for (const name of names.flatMap((n) => [n, `${n}.gz`])) {
    const path = join(directory, name);
    try {
      const bytes = await readFile(path);
      return name.endsWith(".gz") ? await promisify(gunzip)(bytes) : bytes;
    } catch (error) {
      if (isAbsent(error)) continue;
      if ((error as NodeJS.ErrnoException).code?.startsWith("Z_") !== true) throw error;
      const got = `${(error as Error).message} in ${show(path)}`;
      const fix = "Download the file again.";
      throw new FormatError(problem({ where: missing.where, expected: "a .gz file must be whole gzip data", got, fix }));
    }
  }
  throw absent(missing, join(directory, names[0] as string));
}

/**
 * The folder of an installed npm package, an optional peer of this one.
 * @throws NotFoundError when it is not installed.
 */
export function packageDirectory(name: string, missing: MissingData): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    const got = `no npm package ${show(name)}`;
    throw new NotFoundError(problem({ where: missing.where, expected: `the data set must ${missing.needs}`, got, fix: missing.fix }));
  }
}
