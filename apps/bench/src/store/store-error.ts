import { AttnlabError, FormatError, NotFoundError, problem, UsageError } from "@attnlab/check";

/** The store is held by another process. */
function locked(path: string, text: string): UsageError {
  const holder = /held in (.+?) \(PID (\d+)\)/.exec(text);
  const got = holder === null ? "a store in use" : `a store in use by process ${holder[2]} (${holder[1]})`;
  const fix = "Wait until that run has ended, stop it, or name another file with --store.";
  return new UsageError(problem({ where: path, expected: "the result store must be free: one process writes at a time", got, fix }));
}

/** The file is there but its content is damaged or of another kind. */
export function corruptStore(path: string, detail: string): FormatError {
  const fix =
    "Nothing was changed. Move the file away (keep it: rows may be recovered with the duckdb shell) and run again, or name another file with --store.";
  return new FormatError(problem({ where: path, expected: "the file must be an attnlab result store", got: detail, fix }));
}

/** The folder or the file cannot be written. */
export function unwritable(path: string, detail: string): UsageError {
  const fix = "Make the folder writable, or name another place.";
  return new UsageError(problem({ where: path, expected: "the results must be writable", got: detail, fix }));
}

/** There is no store yet. */
export function missingStore(path: string): NotFoundError {
  const fix = "Run `attnlab run` first, or name the file with --store.";
  return new NotFoundError(problem({ where: path, expected: "a result store must be there", got: "no such file", fix }));
}

/** Turns what DuckDB or the file system throws into an error that says what to do; anything unknown passes unchanged. */
export function storeError(path: string, cause: unknown): unknown {
  if (cause instanceof AttnlabError || !(cause instanceof Error)) return cause;
  const text = cause.message.split("\n")[0] ?? "";
  const code = (cause as NodeJS.ErrnoException).code;
  if (/lock on file|already (attached|open)/i.test(text)) return locked(path, text);
  if (/not a valid DuckDB|Corrupt|checksum|not read enough|Serialization Error|version number|Failure while replaying WAL/i.test(text)) {
    return corruptStore(path, text.replace(/^[A-Z][A-Za-z ]*Error: /, ""));
  }
  if (code === "ENOSPC" || /No space left|Out of (disk|space)/i.test(text)) {
    const fix = "Free some space: what was committed so far is kept, and the same command resumes.";
    return new UsageError(problem({ where: path, expected: "the disk must have room for the results", got: "no space left", fix }));
  }
  if (code === "EACCES" || code === "EROFS" || code === "EPERM" || code === "ENOTDIR" || code === "EEXIST") return unwritable(path, text);
  if (/Cannot open file|Is a directory|Permission denied|Read-only|Not a directory/i.test(text)) return unwritable(path, text);
  return cause;
}
