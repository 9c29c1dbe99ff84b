import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, NotFoundError, problem, show, UsageError } from "@attnlab/check";
import { decodeState, encodeState } from "../checkpoint/state-bytes.ts";
import type { TrainState } from "../compile/definition.ts";
import { stepOf } from "../fit/fit.ts";

/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A checkpoint that was read. */
export interface LoadedCheckpoint<P> {
  readonly state: TrainState<P>;
  /** What was stored beside the state. */
  readonly info: Json;
}

const TENSORS = "state.safetensors";
const MANIFEST = "checkpoint.json";

/**
 * Saves a state under `directory/step-00000123/`: `state.safetensors` with every tensor, `checkpoint.json` with the rest.
 *
 * Written beside and renamed into place, so that a checkpoint is whole or absent even when the process is killed.
 *
 * @param info - stored beside the state, for example the configuration. Default `null`.
 * @returns the folder of the checkpoint.
 * @throws {@link UsageError} when the directory cannot be written.
 */
export async function saveCheckpoint<P>(directory: string, state: TrainState<P>, info: Json = null): Promise<string> {
  const tensors = encodeState(state);
  const step = stepOf(state);
  const manifest = { format: "attnlab checkpoint", version: 1, step, bytes: tensors.length, sha256: sha256(tensors), info };
  const target = join(directory, `step-${String(step).padStart(8, "0")}`);
  const partial = `${target}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await writeThrough(join(partial, TENSORS), tensors);
    await writeThrough(join(partial, MANIFEST), new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`));
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
  } catch (error) {
    const fix = "Choose a folder that you may write to, on a disk with room.";
    const got = error instanceof Error ? error.message : String(error);
    throw new UsageError(problem({ where: "saveCheckpoint", expected: `${show(directory)} must be writable`, got, fix }), { cause: error });
  }
  return target;
}

async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Reads a checkpoint.
 *
 * @param path - the folder of one checkpoint, or the directory given to {@link saveCheckpoint}, whose newest one is read.
 * @param template - a state of the same structure: the trainer's `initialState`.
 * @throws {@link NotFoundError} when there is none; {@link FormatError} when it is damaged or belongs to another model.
 */
export async function loadCheckpoint<P>(path: string, template: TrainState<P>): Promise<LoadedCheckpoint<P>> {
  const folder = existsSync(join(path, MANIFEST)) ? path : await newestCheckpoint(path);
  const where = `checkpoint ${show(folder)}`;
  const manifest = await readManifest(where, folder);
  const tensors = await readFile(join(folder, TENSORS)).catch((error: unknown) => {
    throw damaged(where, `${TENSORS} must be readable`, error instanceof Error ? error.message : String(error));
  });
  if (tensors.length !== manifest.bytes) throw damaged(where, `${TENSORS} must have ${manifest.bytes} bytes`, `${tensors.length}`);
  if (sha256(tensors) !== manifest.sha256) throw damaged(where, `${TENSORS} must have the checksum of ${MANIFEST}`, "another one");
  return { state: decodeState(tensors, template, where), info: manifest.info };
}

async function newestCheckpoint(directory: string): Promise<string> {
  const names = existsSync(directory) ? await readdir(directory) : [];
  const newest = names
    .filter((name) => /^step-\d+$/.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) {
    const fix = "Save one with saveCheckpoint, or correct the path.";
    throw new NotFoundError(
      problem({ where: "loadCheckpoint", expected: `${show(directory)} must hold a checkpoint`, got: show(names), fix }),
    );
  }
  return join(directory, newest);
}

async function readManifest(
  where: string,
  folder: string,
): Promise<{ readonly bytes: number; readonly sha256: string; readonly info: Json }> {
  const text = await readFile(join(folder, MANIFEST), "utf8");
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw damaged(where, `${MANIFEST} must be JSON`, show(text.slice(0, 40)));
  }
  const {
    bytes,
    sha256: sum,
    info = null,
    version,
  } = (manifest ?? {}) as { bytes?: unknown; sha256?: unknown; info?: Json; version?: unknown };
  if (typeof bytes !== "number" || typeof sum !== "string" || version !== 1)
    throw damaged(where, `${MANIFEST} must have version 1, bytes and sha256`, show(manifest));
  return { bytes, sha256: sum, info };
}

function damaged(where: string, expected: string, got: string): FormatError {
  return new FormatError(problem({ where, expected, got, fix: "The checkpoint is damaged: use an earlier one, or train again." }));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
