import { createHash } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { customOption, FormatError, NotFoundError, OptionError, optionTable, problem, show, stringOption } from "@attnlab/check";
import { unpackTarGz } from "./unpack-tar.ts";

/** Where a data set comes from and what its archive must be. */
export interface DatasetSource {
  /** A `.tar.gz` archive. */
  readonly url: string;
  /** SHA-256 of the archive, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Bytes of the archive. */
  readonly bytes: number;
  /** The folder in the archive that the loader takes. */
  readonly folder: string;
}

/** Data sets that can be downloaded. */
export type DatasetName = "imdb" | "cifar10" | "cifar100";

/** The pinned archives of {@link fetchDataset}. */
export const DATASET_SOURCES: Readonly<Record<DatasetName, DatasetSource>> = {
  imdb: {
    url: "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    sha256: "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    bytes: 84_125_825,
    folder: "aclImdb",
  },
  cifar10: {
    url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    bytes: 170_052_171,
    folder: "cifar-10-batches-bin",
  },
  cifar100: {
    url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    bytes: 168_513_733,
    folder: "cifar-100-binary",
  },
};

/** Options of {@link fetchDataset}. */
export interface FetchOptions {
  /** The cache folder; made if absent. The data set becomes a folder in it. */
  readonly directory: string;
  /** Called after each piece with the bytes so far. */
  readonly onProgress?: (received: number, total: number) => void;
  /** Another place of the same archive; the checksum stays. */
  readonly mirror?: string;
}

const table = optionTable("fetchDataset", {
  directory: stringOption({ doc: "The cache folder.", required: true }),
  onProgress: customOption<FetchOptions["onProgress"]>({
    doc: "Called with the bytes received and their total.",
    expected: "a function",
    accepts: (v) => typeof v === "function",
    invalid: [1, "x", null],
  }),
  mirror: customOption<string | undefined>({
    doc: "Another address of the same archive.",
    expected: "an http or https address",
    accepts: (v) => typeof v === "string" && /^https?:\/\//.test(v),
    invalid: ["", "file:///x", 1, null],
  }),
});

/** Downloads an archive beside its place, checks it, and moves it in: a broken download leaves nothing behind. */
async function download(source: DatasetSource, path: string, onProgress: FetchOptions["onProgress"]): Promise<void> {
  const unreachable = (got: string): NotFoundError =>
    new NotFoundError(
      problem({
        where: "fetchDataset",
        expected: `${source.url} must be reachable`,
        got,
        fix: `Download it by hand, unpack it and pass its ${source.folder} folder to the loader.`,
      }),
    );
  const response = await fetch(source.url).catch((error: unknown) => {
    throw unreachable(show((error as Error).message));
  });
  if (!response.ok || response.body === null) throw unreachable(`status ${response.status}`);
  const hash = createHash("sha256");
  let received = 0;
  {
    await using file = await open(path, "w");
    for await (const piece of response.body) {
      hash.update(piece);
      await file.writeFile(piece);
      received += piece.length;
      onProgress?.(received, source.bytes);
    }
  }
  const sha256 = hash.digest("hex");
  if (sha256 !== source.sha256) {
    const expected = `the archive must have sha256 ${source.sha256}`;
    throw new FormatError(
      problem({ where: "fetchDataset", expected, got: `${sha256} (${received} bytes)`, fix: "Try again, or another mirror." }),
    );
  }
}

/** {@link fetchDataset} for any pinned archive. */
export async function fetchArchive(source: DatasetSource, directory: string, onProgress?: FetchOptions["onProgress"]): Promise<string> {
  const target = join(directory, source.folder);
  if (
    await stat(target).then(
      (s) => s.isDirectory(),
      () => false,
    )
  )
    return target;
  await mkdir(directory, { recursive: true });
  const partial = join(directory, `.${source.folder}.partial`);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial);
  try {
    const archive = join(partial, "archive.tar.gz");
    await download(source, archive, onProgress);
    await unpackTarGz(archive, join(partial, "content"));
    await rename(join(partial, "content", source.folder), target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return target;
}

/**
 * Downloads a data set once into a cache folder: pinned archive, checked against its SHA-256, unpacked. Nothing else in attnlab downloads.
 *
 * A data set that is already there is not downloaded again; a download that breaks or does not match leaves nothing behind.
 *
 * @returns the folder to pass to `loadImdb`, `loadCifar10` or `loadCifar100`.
 * @throws NotFoundError when the address cannot be reached.
 * @throws FormatError when the archive is not the pinned one.
 * @throws OptionError on an unknown data set or a bad option.
 * @example
 * ```ts
 * import { DATASET_SOURCES } from "@attnlab/datasets/node";
 * DATASET_SOURCES.imdb.folder; // => "aclImdb"
 * ```
 */
export async function fetchDataset(name: DatasetName, options: FetchOptions): Promise<string> {
  const { directory, onProgress, mirror } = table.parse(options);
  if (!Object.hasOwn(DATASET_SOURCES, name)) {
    const expected = `name must be one of ${Object.keys(DATASET_SOURCES).join(", ")}`;
    throw new OptionError(problem({ where: "fetchDataset", expected, got: show(name), fix: "Other sets must be put in place by hand." }));
  }
  const source = DATASET_SOURCES[name];
  return fetchArchive(mirror === undefined ? source : { ...source, url: mirror }, directory, onProgress);
}
