/** Written into every store; another value means another layout of tables. */
export const STORE_FORMAT = "attnlab-store-1";

/** Creates the tables of an empty store. JSON is kept as text, so that a store opens without any DuckDB extension. */
export const CREATE_TABLES: readonly string[] = [
  "CREATE TABLE store (format VARCHAR)",
  `INSERT INTO store VALUES ('${STORE_FORMAT}')`,
  // What was asked for: an experiment with resolved parameters and seeds. Its runs are found by cell.
  `CREATE TABLE studies (
     id VARCHAR, experiment VARCHAR, scale VARCHAR, params VARCHAR, seeds VARCHAR, requested TIMESTAMP)`,
  `CREATE TABLE runs (
     id INTEGER, experiment VARCHAR, cell VARCHAR, params VARCHAR, seeds VARCHAR, scale VARCHAR, code_version VARCHAR,
     machine VARCHAR, versions VARCHAR, started TIMESTAMP, ended TIMESTAMP, status VARCHAR, error VARCHAR)`,
  // No index: rows of a run are written together, and DuckDB prunes by row group.
  "CREATE TABLE metrics (run INTEGER, seed INTEGER, series VARCHAR, step DOUBLE, metric VARCHAR, value DOUBLE)",
];
