import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { packageVersion } from "../machine/package-version.ts";
import { type Registry, sourceOf } from "./registry.ts";

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']/g;

/** Follows the imports of a module inside attnlab (relative paths and `@attnlab/*`) and returns every file once. */
function closure(start: URL): URL[] {
  const seen = new Map<string, URL>();
  const open = [start];
  for (let url = open.pop(); url !== undefined; url = open.pop()) {
    if (seen.has(url.href) || !existsSync(url)) continue;
    seen.set(url.href, url);
    for (const [, specifier] of readFileSync(url, "utf8").matchAll(IMPORT)) {
      const next = resolve(specifier as string, url);
      if (next !== undefined) open.push(next);
    }
  }
  return [...seen.values()];
}

function resolve(specifier: string, from: URL): URL | undefined {
  if (specifier.startsWith(".")) return new URL(specifier, from);
  if (!specifier.startsWith("@attnlab/")) return undefined;
  try {
    return new URL(import.meta.resolve(specifier));
  } catch {
    return undefined;
  }
}

/**
 * Names the code that an experiment's numbers depend on: the version of this package and a hash over the experiment's file
 * and everything of attnlab it imports, directly or not. An edit elsewhere keeps stored runs valid; an edit there runs them again.
 * Only contents count, so it does not matter where the repository lies.
 */
export function codeVersion(registry: Registry, id: string): string {
  const contents = closure(sourceOf(registry, id)).map((url) => createHash("sha256").update(readFileSync(url)).digest("hex"));
  const hash = createHash("sha256").update(contents.sort().join("\n")).digest("hex").slice(0, 12);
  return `${packageVersion()}+${hash}`;
}
