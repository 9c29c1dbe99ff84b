import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from "@duckdb/node-api";
import type { Scale } from "../experiment/index.ts";
import type { RowColumns, RunRecord, StoredRun, StoredStudy, Study } from "./run-record.ts";
import { CREATE_TABLES, STORE_FORMAT } from "./schema.ts";
import { corruptStore, missingStore, storeError } from "./store-error.ts";

/** An open result store. One process at a time may write; a run and all its rows are one transaction. */
export interface Store extends AsyncDisposable {
  readonly path: string;
  /** Remembers what was asked for; asking again only renews its time. */
  readonly saveStudy: (study: Study, requestedMs: number) => Promise<void>;
  /** Every study, the latest request first. */
  readonly studies: () => Promise<StoredStudy[]>;
  /**
   * Stores a run with its rows, or nothing at all. A finished run replaces earlier runs of the same cell and code version;
   * a failed one replaces only failed ones, so no measurement is lost.
   */
  readonly commitRun: (run: RunRecord, rows: RowColumns) => Promise<void>;
  /** Runs of an experiment, oldest first, without their rows. */
  readonly runs: (experiment: string) => Promise<StoredRun[]>;
  /** Rows of one run in the order they were recorded. */
  readonly rows: (run: number) => Promise<StoredRows>;
  /** Mean seconds of finished runs by experiment and scale, for estimates. */
  readonly meanSeconds: () => Promise<Map<string, number>>;
  /** Runs a statement that returns nothing; for exports. */
  readonly execute: (sql: string) => Promise<void>;
}

/** Rows as plain columns. */
export interface StoredRows {
  readonly seed: readonly number[];
  readonly series: readonly string[];
  readonly step: readonly number[];
  readonly metric: readonly string[];
  readonly value: readonly number[];
}

/**
 * Opens a store and creates it (with its folder) when `write` is set and it is absent.
 *
 * @throws NotFoundError when it is absent and `write` is not set.
 * @throws FormatError when the file is damaged or is no attnlab store; it is left as it is.
 * @throws UsageError when another process holds it, or the folder cannot be written.
 */
export async function openStore(path: string, options: { readonly write: boolean }): Promise<Store> {
  const fresh = !existsSync(path);
  if (fresh && !options.write) throw missingStore(path);
  const attempt = guard(path);
  return attempt(async () => {
    if (fresh) mkdirSync(dirname(path), { recursive: true });
    const { DuckDBInstance: Instance } = await import("@duckdb/node-api");
    const instance = await Instance.create(path, options.write ? {} : { access_mode: "READ_ONLY" });
    const connection = await instance.connect();
    try {
      await prepare(connection, path, fresh);
    } catch (error) {
      connection.closeSync();
      instance.closeSync();
      throw error;
    }
    return storeOf(path, instance, connection);
  });
}

type Guard = <T>(work: () => Promise<T>) => Promise<T>;

function guard(path: string): Guard {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      throw storeError(path, error);
    }
  };
}

async function prepare(connection: DuckDBConnection, path: string, fresh: boolean): Promise<void> {
  if (fresh) {
    await transaction(connection, async () => {
      for (const statement of CREATE_TABLES) await connection.run(statement);
    });
  }
  const tables = (await connection.runAndReadAll("SELECT table_name FROM information_schema.tables")).getRows().flat();
  // A process killed between creating the file and its first commit leaves a valid, empty database.
  if (!fresh && tables.length === 0) return prepare(connection, path, true);
  if (!tables.includes("store")) throw corruptStore(path, "a DuckDB database with other tables");
  const format = String((await connection.runAndReadAll("SELECT format FROM store")).getRows()[0]?.[0]);
  if (format !== STORE_FORMAT)
    throw corruptStore(path, `a store of the format ${JSON.stringify(format)}, not ${JSON.stringify(STORE_FORMAT)}`);
}

async function transaction(connection: DuckDBConnection, work: () => Promise<void>): Promise<void> {
  await connection.run("BEGIN");
  try {
    await work();
    await connection.run("COMMIT");
  } catch (error) {
    await connection.run("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

const TIME = "make_timestamp_ms(?::BIGINT)";

function storeOf(path: string, instance: DuckDBInstance, connection: DuckDBConnection): Store {
  const attempt = guard(path);
  const query = (sql: string, values: DuckDBValue[] = []): Promise<Record<string, unknown>[]> =>
    attempt(async () => (await connection.runAndReadAll(sql, values)).getRowObjects());

  return {
    path,
    saveStudy: (study, requestedMs) =>
      attempt(() =>
        transaction(connection, async () => {
          await connection.run("DELETE FROM studies WHERE id = ?", [study.id]);
          await connection.run(`INSERT INTO studies VALUES (?, ?, ?, ?, ?, ${TIME})`, [
            study.id,
            study.experiment,
            study.scale,
            JSON.stringify(study.params),
            JSON.stringify(study.seeds),
            BigInt(Math.round(requestedMs)),
          ]);
        }),
      ),
    studies: async () => {
      const rows = await query("SELECT * REPLACE (epoch_ms(requested) AS requested) FROM studies ORDER BY requested DESC, rowid DESC");
      return rows.map((row) => ({
        id: String(row.id),
        experiment: String(row.experiment),
        scale: row.scale as Scale,
        params: JSON.parse(String(row.params)),
        seeds: JSON.parse(String(row.seeds)),
        requestedMs: Number(row.requested),
      }));
    },
    commitRun: (run, rows) => attempt(() => transaction(connection, () => insertRun(connection, run, rows))),
    runs: async (experiment) => {
      const rows = await query(
        "SELECT * REPLACE (epoch_ms(started) AS started, epoch_ms(ended) AS ended) FROM runs WHERE experiment = ? ORDER BY id",
        [experiment],
      );
      return rows.map(storedRun);
    },
    rows: (run) =>
      attempt(async () => {
        const reader = await connection.runAndReadAll(
          "SELECT seed, series, step, metric, value FROM metrics WHERE run = ? ORDER BY rowid",
          [run],
        );
        const [seed, series, step, metric, value] = reader.getColumns();
        return {
          seed: (seed ?? []) as number[],
          series: (series ?? []) as string[],
          step: (step ?? []) as number[],
          metric: (metric ?? []) as string[],
          value: (value ?? []) as number[],
        };
      }),
    meanSeconds: async () => {
      const rows = await query(
        "SELECT experiment, scale, avg(epoch_ms(ended) - epoch_ms(started)) / 1000 AS seconds FROM runs WHERE status = 'ok' GROUP BY ALL",
      );
      return new Map(rows.map((row) => [`${row.experiment} ${row.scale}`, Number(row.seconds)]));
    },
    execute: (sql) =>
      attempt(async () => {
        await connection.run(sql);
      }),
    async [Symbol.asyncDispose]() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function insertRun(connection: DuckDBConnection, run: RunRecord, rows: RowColumns): Promise<void> {
  const key = [run.cell, run.codeVersion];
  const replaced = `SELECT id FROM runs WHERE cell = ? AND code_version = ?${run.status === "failed" ? " AND status = 'failed'" : ""}`;
  await connection.run(`DELETE FROM metrics WHERE run IN (${replaced})`, key);
  await connection.run(`DELETE FROM runs WHERE id IN (${replaced})`, key);
  const last = (await connection.runAndReadAll("SELECT coalesce(max(id), 0) FROM runs")).getRows()[0]?.[0];
  const id = Number(last) + 1;
  await connection.run(`INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ${TIME}, ${TIME}, ?, ?)`, [
    id,
    run.experiment,
    run.cell,
    JSON.stringify(run.params),
    JSON.stringify(run.seeds),
    run.scale,
    run.codeVersion,
    JSON.stringify(run.machine),
    JSON.stringify(run.versions),
    BigInt(Math.round(run.startedMs)),
    BigInt(Math.round(run.endedMs)),
    run.status,
    run.error,
  ]);
  // Measured: appending by row takes 130 ms for 1e5 rows, by data chunk 290 ms.
  const appender = await connection.createAppender("metrics");
  for (let i = 0; i < rows.value.length; i++) {
    appender.appendInteger(id);
    appender.appendInteger(rows.seed[i] as number);
    appender.appendVarchar(rows.words[rows.series[i] as number] as string);
    appender.appendDouble(rows.step[i] as number);
    appender.appendVarchar(rows.words[rows.metric[i] as number] as string);
    appender.appendDouble(rows.value[i] as number);
    appender.endRow();
  }
  appender.closeSync();
}

function storedRun(row: Record<string, unknown>): StoredRun {
  return {
    id: Number(row.id),
    experiment: String(row.experiment),
    cell: String(row.cell),
    params: JSON.parse(String(row.params)),
    seeds: JSON.parse(String(row.seeds)),
    scale: row.scale as Scale,
    codeVersion: String(row.code_version),
    machine: JSON.parse(String(row.machine)),
    versions: JSON.parse(String(row.versions)),
    startedMs: Number(row.started),
    endedMs: Number(row.ended),
    status: row.status === "ok" ? "ok" : "failed",
    error: String(row.error),
  };
}
