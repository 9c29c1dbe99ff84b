import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join, normalize, sep } from "node:path";
import { createGunzip } from "node:zlib";
import { FormatError, problem, show } from "@attnlab/check";

const BLOCK = 512;

interface TarEntry {
  readonly name: string;
  readonly size: number;
  /** "0" or NUL is a file, "5" a folder, "L" and "x" carry the next entry's name. */
  readonly type: string;
}

function fieldText(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString("utf8");
}

function parseHeader(block: Buffer): TarEntry {
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  const size = Number.parseInt(fieldText(block, 124, 12).trim(), 8);
  if (Number.parseInt(fieldText(block, 148, 8).trim(), 8) !== sum || !Number.isSafeInteger(size)) {
    const expected = "every tar header must match its checksum";
    const got = `a wrong checksum at ${show(fieldText(block, 0, 100))}`;
    throw new FormatError(problem({ where: "unpackTarGz", expected, got, fix: "Download the archive again." }));
  }
  const prefix = fieldText(block, 257, 5) === "ustar" ? fieldText(block, 345, 155) : "";
  const name = fieldText(block, 0, 100);
  return { name: prefix === "" ? name : `${prefix}/${name}`, size, type: String.fromCharCode(block[156] as number) };
}

/** Reads exact numbers of bytes from a stream of chunks. */
function exactReader(chunks: AsyncIterator<Buffer>): (size: number) => Promise<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  return async (size) => {
    const pieces = [held];
    let have = held.length;
    while (have < size) {
      const next = await chunks.next();
      if (next.done === true) break;
      pieces.push(next.value);
      have += next.value.length;
    }
    const all = pieces.length === 1 ? held : Buffer.concat(pieces);
    held = all.subarray(size);
    return all.subarray(0, size);
  };
}

function placeOf(directory: string, name: string): string {
  const inside = normalize(name);
  if (inside.startsWith(`..${sep}`) || inside === ".." || inside.startsWith(sep) || /^[A-Za-z]:/.test(inside)) {
    const expected = "every entry must stay inside the target folder";
    throw new FormatError(problem({ where: "unpackTarGz", expected, got: show(name), fix: "Do not use this archive." }));
  }
  return join(directory, inside);
}

/** The name that a pax header ("x") gives the next entry, if it gives one. */
function paxPath(content: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(content)?.[1];
}

/**
 * Unpacks the files and folders of a `.tar.gz` archive into a folder; links and devices are left out.
 *
 * @throws FormatError when the archive is damaged or truncated, or an entry would leave the folder.
 */
export async function unpackTarGz(archive: string, directory: string): Promise<void> {
  const stream = createReadStream(archive).pipe(createGunzip());
  const read = exactReader(stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
  const truncated = (): FormatError =>
    new FormatError(
      problem({ where: "unpackTarGz", expected: "the archive must be whole", got: "an early end", fix: "Download it again." }),
    );
  let longName: string | undefined;
  try {
    for (;;) {
      const block = await read(BLOCK);
      if (block.length < BLOCK) throw truncated();
      if (block.every((byte) => byte === 0)) return;
      const entry = parseHeader(block);
      const content = await read(Math.ceil(entry.size / BLOCK) * BLOCK);
      if (content.length < entry.size) throw truncated();
      const body = content.subarray(0, entry.size);
      if (entry.type === "L" || entry.type === "x") {
        longName = entry.type === "L" ? fieldText(body, 0, body.length) : (paxPath(body.toString("utf8")) ?? longName);
        continue;
      }
      const path = placeOf(directory, longName ?? entry.name);
      longName = undefined;
      if (entry.type === "5") await mkdir(path, { recursive: true });
      if (entry.type === "0" || entry.type === "\0") {
        await mkdir(dirname(path), { recursive: true });
        await using file = await open(path, "w");
        await file.writeFile(body);
      }
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code?.startsWith("Z_") === true ? truncated() : error;
  } finally {
    stream.destroy();
  }
}
