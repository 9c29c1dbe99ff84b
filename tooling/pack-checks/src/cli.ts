// node src/cli.ts [--result FILE]: packs every public package, checks the tarballs, and uses them from outside the repository.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkTarball } from "./check-tarball.ts";
import { installOutside } from "./install-outside.ts";
import { packWorkspace } from "./pack-workspace.ts";
import { mapInLanes } from "./run-tool.ts";
import { tryOutside } from "./try-outside.ts";

const { values } = parseArgs({ options: { result: { type: "string" } } });
const root = fileURLToPath(new URL("../../..", import.meta.url));
const workers = availableParallelism();
// A space in the path finds what a shell or a URL would trip over.
const place = mkdtempSync(join(tmpdir(), "attnlab packed "));
const failures: { name: string; reason: string }[] = [];
let passed = 0;
const count = (name: string, problems: readonly string[]): void => {
  process.stdout.write(
    `${problems.length === 0 ? "ok  " : "FAIL"} ${name}\n${problems.map((text) => `${text.replace(/^/gm, "       ")}\n`).join("")}`,
  );
  if (problems.length === 0) passed++;
  else failures.push({ name, reason: problems.join("\n") });
};

try {
  const tarballs = join(place, "tarballs");
  mkdirSync(tarballs);
  const packed = await packWorkspace(root, tarballs);
  const checked = await mapInLanes(packed, workers, checkTarball);
  for (const [i, { manifest }] of packed.entries()) count(`${manifest.name} tarball`, checked[i] ?? []);

  // Libraries only: the bench app brings a database and data sets of hundreds of megabytes.
  const libraries = packed.filter(({ manifest }) => manifest.bin === undefined);
  const project = join(place, "project");
  const complaint = await installOutside(libraries, project);
  count("installation from tarballs", complaint === undefined ? [] : [complaint]);
  if (complaint === undefined) {
    for (const [name, problems] of await tryOutside(libraries, project, workers)) count(`${name} from outside`, problems);
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
if (values.result !== undefined) writeFileSync(values.result, JSON.stringify({ passed, failures }));
process.exitCode = failures.length === 0 ? 0 : 1;
