import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The version of this package, from the nearest package.json above this file (sources and build lie at different depths). */
export function packageVersion(): string {
  let folder = new URL("./", import.meta.url);
  while (!existsSync(new URL("package.json", folder))) folder = new URL("../", folder);
  return (JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as { version: string }).version;
}

/** The version of an installed dependency, or undefined when it is absent. */
export function dependencyVersion(name: string): string | undefined {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    const file = `${folder}/${name}/package.json`;
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  }
  return undefined;
}
