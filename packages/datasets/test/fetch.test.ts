import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { FormatError, NotFoundError, OptionError } from "@attnlab/check";
import { describe, expect, test } from "vitest";
import { type DatasetSource, fetchArchive } from "../src/node/fetch-dataset.ts";
import { fetchDataset, loadImdb } from "../src/node/index.ts";
import { unpackTarGz } from "../src/node/unpack-tar.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** One tar entry: a 512-byte header and the padded content. */
function tarEntry(name: string, content: string, type = "0", prefix = ""): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write(`${Buffer.byteLength(content).toString(8).padStart(11, "0")}\0`, 124);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\0", 257);
  header.write(prefix, 345);
  const sum = header.reduce((a, b) => a + b, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

const END = Buffer.alloc(1024);

function tarGz(...entries: Buffer[]): Buffer {
  return gzipSync(Buffer.concat([...entries, END]));
}

const reviews = tarGz(
  tarEntry("aclImdb/", "", "5"),
  ...["train", "test"].flatMap((part) => [
    tarEntry(`aclImdb/${part}/neg/0_2.txt`, `${part} bad`),
    tarEntry(`aclImdb/${part}/pos/0_8.txt`, `${part} good ${"!".repeat(700)}`),
  ]),
);

/** Serves one body at /archive and counts the requests. */
async function serve(body: Buffer): Promise<{ url: string; requests: () => number; [Symbol.asyncDispose]: () => Promise<void> }> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    response.statusCode = request.url === "/archive" ? 200 : 404;
    response.end(request.url === "/archive" ? body : "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/archive`,
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sourceOf(url: string, body: Buffer): DatasetSource {
  return { url, sha256: createHash("sha256").update(body).digest("hex"), bytes: body.length, folder: "aclImdb" };
}

describe("fetchArchive", () => {
  test("downloads, checks and unpacks once; the loader reads the result", async () => {
    await using server = await serve(reviews);
    await using cache = await temporaryFolder({});
    const directory = join(cache.path, "new", "cache");
    const seen: number[] = [];
    const folder = await fetchArchive(sourceOf(server.url, reviews), directory, (received, total) => seen.push(received, total));
    expect(folder).toBe(join(directory, "aclImdb"));
    expect(seen.slice(-2)).toEqual([reviews.length, reviews.length]);
    const { train, test: held } = await loadImdb(folder);
    expect(train.texts).toEqual(["train bad", `train good ${"!".repeat(700)}`]);
    expect(held.labels).toEqual(Int32Array.of(0, 1));
    await fetchArchive(sourceOf(server.url, reviews), directory);
    expect(server.requests()).toBe(1);
    expect(await readdir(directory)).toEqual(["aclImdb"]);
  });

  test("an archive with another checksum is refused and leaves nothing behind", async () => {
    await using server = await serve(reviews);
    await using cache = await temporaryFolder({});
    const pinned = fetchDataset("imdb", { directory: cache.path, mirror: server.url });
    await expect(pinned).rejects.toThrow(FormatError);
    await expect(pinned).rejects.toThrow(
      `fetchDataset: the archive must have sha256 c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe; got ${sourceOf("", reviews).sha256} (${reviews.length} bytes). Try again, or another mirror.`,
    );
    expect(await readdir(cache.path)).toEqual([]);
  });

  test("an address that does not answer is said to be unreachable", async () => {
    await using server = await serve(reviews);
    await using cache = await temporaryFolder({});
    const wrong = server.url.replace("archive", "nothing");
    const lost = fetchDataset("cifar10", { directory: cache.path, mirror: wrong });
    await expect(lost).rejects.toThrow(NotFoundError);
    await expect(lost).rejects.toThrow(
      `fetchDataset: ${wrong} must be reachable; got status 404. Download it by hand, unpack it and pass its cifar-10-batches-bin folder to the loader.`,
    );
    const closed = "http://127.0.0.1:1/archive";
    await expect(fetchDataset("cifar100", { directory: cache.path, mirror: closed })).rejects.toThrow(`${closed} must be reachable; got "`);
    expect(await readdir(cache.path)).toEqual([]);
  });

  test("unknown data sets and bad options are refused before any request", async () => {
    const name = "mnist" as "imdb";
    await expect(fetchDataset(name, { directory: "x" })).rejects.toThrow(OptionError);
    await expect(fetchDataset(name, { directory: "x" })).rejects.toThrow(
      'fetchDataset: name must be one of imdb, cifar10, cifar100; got "mnist". Other sets must be put in place by hand.',
    );
    await expect(fetchDataset("imdb", { directory: "" })).rejects.toThrow("fetchDataset: directory must be a non-empty string");
    await expect(fetchDataset("imdb", { directory: "x", mirror: "file:///x" })).rejects.toThrow("mirror must be an http or https address");
  });
});

describe("unpackTarGz", () => {
  test("long names by prefix, GNU and pax entries; links are left out", async () => {
    const long = `${"d".repeat(120)}/file.txt`;
    const pax = ` path=p/${"e".repeat(150)}\n`;
    const paxRecord = `${pax.length + 3}${pax}`;
    const archive = tarGz(
      tarEntry("short.txt", "one"),
      tarEntry("name.txt", "two", "0", "deep/er"),
      tarEntry("././@LongLink", `${long}\0`, "L"),
      tarEntry("cut", "three"),
      tarEntry("PaxHeader", paxRecord, "x"),
      tarEntry("cut", "four"),
      tarEntry("link", "", "2"),
    );
    await using folder = await temporaryFolder({ "a.tar.gz": archive });
    const out = join(folder.path, "out");
    await unpackTarGz(join(folder.path, "a.tar.gz"), out);
    const read = (name: string): Promise<string> => readFile(join(out, name), "utf8");
    expect(await read("short.txt")).toBe("one");
    expect(await read("deep/er/name.txt")).toBe("two");
    expect(await read(long)).toBe("three");
    expect(await read(`p/${"e".repeat(150)}`)).toBe("four");
    expect((await readdir(out)).toSorted()).toEqual(["d".repeat(120), "deep", "p", "short.txt"]);
  });

  test.each([
    [
      "cut compressed data",
      reviews.subarray(0, reviews.length - 30),
      "unpackTarGz: the archive must be whole; got an early end. Download it again.",
    ],
    ["a cut archive", gzipSync(tarEntry("a", "x".repeat(600)).subarray(0, 1000)), "the archive must be whole; got an early end"],
    ["no end mark", gzipSync(tarEntry("a", "x")), "the archive must be whole; got an early end"],
    [
      "a changed header",
      tarGz(Buffer.from(tarEntry("a", "x")).fill("b", 0, 1)),
      'every tar header must match its checksum; got a wrong checksum at "b"',
    ],
    [
      "an entry outside",
      tarGz(tarEntry("../evil", "x")),
      'every entry must stay inside the target folder; got "../evil". Do not use this archive.',
    ],
    ["an absolute entry", tarGz(tarEntry("/evil", "x")), 'got "/evil"'],
  ])("%s is refused", async (_, archive, text) => {
    await using folder = await temporaryFolder({ "a.tar.gz": archive });
    const unpacking = unpackTarGz(join(folder.path, "a.tar.gz"), join(folder.path, "out"));
    await expect(unpacking).rejects.toThrow(FormatError);
    await expect(unpacking).rejects.toThrow(text);
  });
});
