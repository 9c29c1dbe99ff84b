import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[\\/]$/, "");

/** The pnpm that installs the workspace; CONTRIBUTING.md names the same version. */
export const PNPM = "pnpm@12.21.0";
