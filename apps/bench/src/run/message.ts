import type { ParameterValues, Scale } from "../experiment/index.ts";
import type { RowColumns } from "../store/run-record.ts";

/** What the parent asks a worker process to do. */
export interface RunRequest {
  readonly kind: "run";
  readonly experiment: string;
  readonly params: ParameterValues;
  readonly seeds: readonly number[];
  readonly scale: Scale;
  readonly threads: number;
  readonly dataDirectory: string;
}

/** Parent to worker; `abort` ends the current run early. */
export type WorkerRequest = RunRequest | { readonly kind: "abort" };

/** Worker to parent. */
export type WorkerMessage =
  | { readonly kind: "progress"; readonly fraction: number; readonly message: string }
  | { readonly kind: "done"; readonly rows: RowColumns }
  | { readonly kind: "failed"; readonly error: string };
