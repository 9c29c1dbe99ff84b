// node src/line-diff.ts [BASE]: lines of code that the work tree adds and removes since a commit, by package; BASE is by default HEAD.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { linesByPackage, showLines } from "./lines-by-package.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const base = process.argv[2] ?? "HEAD";
process.stdout.write(
  showLines(linesByPackage(execFileSync("git", ["diff", "--numstat", "--no-renames", base, "--"], { cwd: root, encoding: "utf8" }))),
);
