import type { Check } from "./check.ts";
import { changesets } from "./checks/changesets.ts";
import { declaredDependencies } from "./checks/declared-dependencies.ts";
import { exportsDocumented } from "./checks/exports-documented.ts";
import { fileNames } from "./checks/file-names.ts";
import { fileSize } from "./checks/file-size.ts";
import { forbiddenSyntax } from "./checks/forbidden-syntax.ts";
import { forbiddenWords } from "./checks/forbidden-words.ts";
import { goldens } from "./checks/goldens.ts";
import { importBoundaries } from "./checks/import-boundaries.ts";
import { importCycles } from "./checks/import-cycles.ts";
import { manifests } from "./checks/manifests.ts";
import { readmes } from "./checks/readmes.ts";
import { testHygiene } from "./checks/test-hygiene.ts";

/** Every check, in the order of the report. A new one is a file in `checks/` and a line here. */
export const CHECKS: readonly Check[] = [
  importBoundaries,
  declaredDependencies,
  importCycles,
  manifests,
  exportsDocumented,
  readmes,
  changesets,
  forbiddenSyntax,
  forbiddenWords,
  fileNames,
  fileSize,
  testHygiene,
  goldens,
];
