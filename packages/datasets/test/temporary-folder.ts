import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder with the given files that removes itself. */
export interface TemporaryFolder {
  readonly path: string;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** Writes files (relative path to content) into a new folder. */
export async function temporaryFolder(files: Readonly<Record<string, string | Uint8Array>>): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "attnlab-datasets-"));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
