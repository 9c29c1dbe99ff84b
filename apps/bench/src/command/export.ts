import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { matchIds, openRegistry } from "../registry/registry.ts";
import { openStore } from "../store/store.ts";
import { storeError } from "../store/store-error.ts";
import { EXIT } from "./exit-code.ts";

interface ExportFlags {
  readonly store: string;
  readonly out: string;
  readonly format: readonly ("parquet" | "csv" | "json")[];
  readonly json?: boolean;
  readonly experiments?: string;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `attnlab export`. */
export async function exportRows(ids: string[], flags: Record<string, unknown>): Promise<number> {
  const options = flags as Partial<ExportFlags> as ExportFlags;
  const registry = await openRegistry(options.experiments);
  const all = registry.entries.map((entry) => entry.id);
  const chosen = ids.length === 0 ? undefined : matchIds(ids, all);
  const only = chosen === undefined ? "" : ` WHERE experiment IN (${chosen.map(quoted).join(", ")})`;
  await using store = await openStore(options.store, { write: false });
  try {
    mkdirSync(options.out, { recursive: true });
  } catch (error) {
    throw storeError(options.out, error);
  }
  const files: string[] = [];
  for (const format of options.format) {
    for (const [table, query] of [
      ["runs", `SELECT * FROM runs${only} ORDER BY id`],
      [
        "metrics",
        `SELECT m.* FROM metrics m${chosen === undefined ? "" : ` JOIN (SELECT id FROM runs${only}) r ON r.id = m.run`} ORDER BY m.run, m.rowid`,
      ],
    ] as const) {
      const file = join(options.out, `${table}.${format}`);
      const how =
        format === "json" ? "FORMAT json, ARRAY true" : format === "csv" ? "FORMAT csv, HEADER true" : "FORMAT parquet, COMPRESSION zstd";
      await store.execute(`COPY (${query}) TO ${quoted(file)} (${how})`);
      files.push(file);
    }
  }
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ command: "export", files }, null, 2)}\n` : files.map((file) => `wrote ${file}\n`).join(""),
  );
  return EXIT.ok;
}
