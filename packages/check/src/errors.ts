/**
 * Root of every error that attnlab throws on purpose; anything else that escapes is a defect.
 *
 * @example
 * ```ts
 * import { AttnlabError, ShapeError } from "@attnlab/check";
 * new ShapeError("sizes differ") instanceof AttnlabError; // => true
 * ```
 */
export class AttnlabError extends Error {
  override readonly name: string = "AttnlabError";
}

/** Sizes that do not fit together. */
export class ShapeError extends AttnlabError {
  override readonly name: string = "ShapeError";
}

/** An element type that an operation does not take. */
export class DtypeError extends AttnlabError {
  override readonly name: string = "DtypeError";
}

/** An unknown option, or an option of the wrong type or out of its range. */
export class OptionError extends AttnlabError {
  override readonly name: string = "OptionError";
}

/** Values that no answer can be computed from: NaN, empty data, unknown labels. */
export class DataError extends AttnlabError {
  override readonly name: string = "DataError";
}

/** Something that is not there: a file, a data set, a provider, an optional package. */
export class NotFoundError extends AttnlabError {
  override readonly name: string = "NotFoundError";
}

/** A file or byte stream whose content is not what its format says. */
export class FormatError extends AttnlabError {
  override readonly name: string = "FormatError";
}

/** A call at the wrong time: a disposed session, a tensor outside its trace. */
export class UsageError extends AttnlabError {
  override readonly name: string = "UsageError";
}

/** NaN or infinity where finite numbers are required during a computation. */
export class NumericalError extends AttnlabError {
  override readonly name: string = "NumericalError";
}

/** The four parts of a message: where it happened, what was expected, what was got and how to fix it. */
export interface ProblemParts {
  /** The function or file that noticed, as the user would write it. */
  readonly where: string;
  /** The rule, phrased with "must". */
  readonly expected: string;
  /** What was found instead; {@link show} prints values. */
  readonly got: string;
  /** The next step for the reader. */
  readonly fix: string;
}

/**
 * Writes the text every attnlab error uses.
 *
 * @example
 * ```ts
 * import { problem } from "@attnlab/check";
 * problem({ where: "attend", expected: "keys must equal values in length", got: "7 and 9", fix: "Pass the same tokens to both." });
 * // => "attend: keys must equal values in length; got 7 and 9. Pass the same tokens to both."
 * ```
 */
export function problem(parts: ProblemParts): string {
  return `${parts.where}: ${parts.expected}; got ${parts.got}. ${parts.fix}`;
}

/**
 * Prints any value in one short line for an error message.
 *
 * @example
 * ```ts
 * import { show } from "@attnlab/check";
 * show(new Float64Array(3)); // => "Float64Array(3)"
 * show({ p: 1.5, maxIter: 10 }); // => "{ p, maxIter }"
 * ```
 */
export function show(value: unknown): string {
  return showNested(value, 0);
}

const MAX_ITEMS = 8;
const MAX_DEPTH = 3;

function showNested(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return value.name === "" ? "a function" : `function ${value.name}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${"length" in value ? value.length : value.byteLength})`;
  if (Array.isArray(value)) {
    if (depth >= MAX_DEPTH) return "[…]";
    const head = value.slice(0, MAX_ITEMS).map((item) => showNested(item, depth + 1));
    return `[${(value.length > MAX_ITEMS ? [...head, `… ${value.length} in all`] : head).join(", ")}]`;
  }
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value !== null && typeof value === "object") {
    const keys = Object.keys(value);
    if (keys.length === 0) return "{}";
    return `{ ${keys.slice(0, 6).join(", ")}${keys.length > 6 ? ", …" : ""} }`;
  }
  return Object.is(value, -0) ? "-0" : String(value);
}
