import { readFileSync } from "node:fs";

/** The head of every golden file: who computed it, and how to compute it again. */
export interface GoldenHead {
  /** Library and version, for example `"torch 1.13.0"`. */
  readonly producer: string;
  /** Script under `tooling/goldens` that wrote the file. */
  readonly script: string;
  readonly seed?: number;
}

/**
 * Reads a golden file; `url` is usually `new URL("golden/x.json", import.meta.url)`. The caller states its type.
 * @throws an Error that names the script to run when the file says no producer.
 */
export function loadGolden<T>(url: URL): GoldenHead & T {
  const golden = JSON.parse(readFileSync(url, "utf8")) as GoldenHead & T;
  if (typeof golden.producer !== "string" || typeof golden.script !== "string") {
    throw new Error(`${url.pathname} must name its producer and its script. Write it with a script under tooling/goldens.`);
  }
  return golden;
}
