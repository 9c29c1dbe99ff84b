import type { ParameterValues, Scale } from "../experiment/index.ts";

/** The rows of one run as columns: words are indices into a dictionary, so that 1e5 rows cross processes quickly. */
export interface RowColumns {
  readonly words: readonly string[];
  readonly seed: Int32Array;
  readonly series: Int32Array;
  readonly step: Float64Array;
  readonly metric: Int32Array;
  readonly value: Float64Array;
}

/** A finished run as it is stored. */
export interface RunRecord {
  readonly experiment: string;
  /** Hash of the cell: experiment, parameters and seeds. */
  readonly cell: string;
  readonly params: ParameterValues;
  readonly seeds: readonly number[];
  readonly scale: Scale;
  readonly codeVersion: string;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly status: "ok" | "failed";
  /** Text of the error of a failed run; `""` otherwise. */
  readonly error: string;
}

/** A run as it is read back. */
export interface StoredRun extends RunRecord {
  readonly id: number;
}

/** What was asked for in one `run` command, per experiment. */
export interface Study {
  /** Hash of experiment, scale, parameters and seeds. */
  readonly id: string;
  readonly experiment: string;
  readonly scale: Scale;
  readonly params: ParameterValues;
  readonly seeds: readonly number[];
}

/** A study as it is read back. */
export interface StoredStudy extends Study {
  readonly requestedMs: number;
}
