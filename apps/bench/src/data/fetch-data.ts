import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FormatError, NotFoundError, problem } from "@attnlab/check";
import { storeError } from "../store/store-error.ts";
import { type DataSet, findData } from "./data-set.ts";

/**
 * Downloads a data set into the data folder, checks its SHA-256 before anything is unpacked, and unpacks it.
 *
 * @throws NotFoundError when it cannot be downloaded, FormatError when the bytes are not the expected ones.
 */
export async function fetchData(
  set: DataSet,
  options: { readonly directory: string; readonly note: (line: string) => void },
): Promise<void> {
  const { directory, note } = options;
  if (findData(set, directory).present) {
    note(`${set.name}: already present.`);
    return;
  }
  const { download } = set;
  if (download === undefined) {
    throw new NotFoundError(
      problem({
        where: `attnlab data fetch ${set.name}`,
        expected: "the data set must have a pinned download",
        got: "none",
        fix: set.instructions,
      }),
    );
  }
  const archive = join(directory, download.file);
  const part = `${archive}.part`;
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw storeError(directory, error);
  }
  note(`${set.name}: downloading ${download.megabytes} MB from ${download.url}`);
  const sha256 = await save(set, download.url, part);
  if (sha256 !== download.sha256) {
    rmSync(part, { force: true });
    const fix = "Nothing was kept. Try again; if it stays different, the publisher changed the file.";
    throw new FormatError(problem({ where: download.url, expected: `the SHA-256 must be ${download.sha256}`, got: sha256, fix }));
  }
  renameSync(part, archive);
  note(`${set.name}: unpacking`);
  const unpacked = spawnSync("tar", ["-xzf", archive, "-C", directory], { encoding: "utf8" });
  if (unpacked.status !== 0 || !findData(set, directory).present) {
    const fix = `The verified archive is at ${archive}: unpack it there by hand.`;
    const got = unpacked.error?.message ?? unpacked.stderr.trim() ?? "an archive without the expected files";
    throw new FormatError(problem({ where: archive, expected: "tar must unpack the archive", got, fix }));
  }
  rmSync(archive, { force: true });
}

async function save(set: DataSet, url: string, file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    const response = await fetch(url);
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    const tap = new Transform({
      transform(chunk, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), tap, createWriteStream(file));
  } catch (error) {
    rmSync(file, { force: true });
    const cause = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
    throw new NotFoundError(
      problem({ where: url, expected: "the download must succeed", got: cause, fix: `By hand: ${set.instructions}` }),
    );
  }
  return hash.digest("hex");
}
