import { showDuration } from "./duration.ts";
import { estimate } from "./estimate.ts";
import { textStyle } from "./style.ts";

/** One run as progress shows it. */
export interface RunLabel {
  readonly experiment: string;
  readonly label: string;
  /** Expected share of the work, in any unit. */
  readonly weight: number;
}

/** Handle of a started run. */
export interface RunWatch {
  readonly update: (fraction: number, message: string) => void;
  readonly end: (how: "done" | "failed" | "stopped", detail?: string) => void;
}

/** Where a running command tells how far it is; everything goes to stderr, because stdout belongs to results. */
export interface Progress {
  readonly begin: (all: { readonly runs: number; readonly weight: number }) => void;
  readonly start: (run: RunLabel) => RunWatch;
  /** Prints a line between the progress lines. */
  readonly note: (line: string) => void;
  readonly finish: () => void;
}

/** The part of a stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Live bars on a terminal, one line per finished run anywhere else. */
export function openProgress(stream: ProgressStream): Progress {
  return stream.isTTY === true && process.env.TERM !== "dumb" ? liveProgress(stream) : plainProgress(stream);
}

/** One plain line per finished run. */
export function plainProgress(stream: ProgressStream): Progress {
  let all = 0;
  let ended = 0;
  const clock = estimate();
  return {
    begin({ runs, weight }) {
      all = runs;
      clock.begin(weight);
    },
    start(run) {
      const started = performance.now();
      return {
        update: () => undefined,
        end(how, detail) {
          if (how === "stopped") return;
          ended++;
          clock.end(run.weight);
          const time = showDuration(performance.now() - started);
          const left = ended < all ? `, ${clock.remaining([])}` : "";
          stream.write(
            `[${ended}/${all}] ${run.experiment}: ${run.label}: ${how} in ${time}${left}${detail === undefined ? "" : `: ${detail}`}\n`,
          );
        },
      };
    },
    note: (line) => stream.write(`${line}\n`),
    finish: () => undefined,
  };
}

interface ActiveRun extends RunLabel {
  fraction: number;
  message: string;
}

const REDRAW_MS = 100;
const BAR = 24;

/** A bar over all runs and one line per run in progress, redrawn in place. */
export function liveProgress(stream: ProgressStream): Progress {
  const style = textStyle(stream);
  const active = new Set<ActiveRun>();
  const clock = estimate();
  let all = 0;
  let ended = 0;
  let failed = 0;
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  const erase = (): void => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const fit = (line: string): string => {
    const width = (stream.columns ?? 80) - 1;
    return line.length > width ? `${line.slice(0, width - 1)}…` : line;
  };
  const draw = (): void => {
    const running = [...active];
    const share = clock.share(running);
    const filled = Math.round(share * BAR);
    const bar = `${"█".repeat(filled)}${"░".repeat(BAR - filled)}`;
    const failures = failed === 0 ? "" : `, ${failed} failed`;
    const lines = [
      style.bold(fit(`${bar} ${ended}/${all} runs${failures}, ${clock.elapsed()}, ${clock.remaining(running)}`)),
      ...running.map((run) => {
        const percent = `${Math.floor(run.fraction * 100)}%`.padStart(4);
        return style.dim(fit(`  ${percent} ${run.experiment}: ${run.label}${run.message === "" ? "" : `: ${run.message}`}`));
      }),
    ];
    erase();
    stream.write(`${lines.join("\n")}\n`);
    drawn = lines.length;
  };

  return {
    begin({ runs, weight }) {
      all = runs;
      clock.begin(weight);
      if (runs === 0) return;
      timer = setInterval(draw, REDRAW_MS);
      timer.unref();
    },
    start(run) {
      const entry: ActiveRun = { ...run, fraction: 0, message: "" };
      active.add(entry);
      return {
        update(fraction, message) {
          entry.fraction = fraction;
          entry.message = message;
        },
        end(how, detail) {
          active.delete(entry);
          if (how === "stopped") return;
          ended++;
          clock.end(run.weight);
          if (how === "failed") {
            failed++;
            erase();
            stream.write(`${style.red("failed")} ${run.experiment}: ${run.label}: ${detail ?? ""}\n`);
          }
        },
      };
    },
    note(line) {
      erase();
      stream.write(`${line}\n`);
    },
    finish() {
      clearInterval(timer);
      erase();
    },
  };
}
