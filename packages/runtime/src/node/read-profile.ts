import { readFile } from "node:fs/promises";
import { FormatError, NotFoundError, problem, show } from "@attnlab/check";

/** The time spent in one kind of operator, or in one node, over all runs. */
export interface ProfileRow {
  /** Operator type, for example `"MatMul"`. */
  readonly op: string;
  /** The node's name, or the type and index that the runtime gives a node without one; only in {@link Profile.nodes}. */
  readonly node?: string;
  readonly calls: number;
  /** Time in the operator itself, in milliseconds: a `Loop` without the operators of its body. */
  readonly totalMs: number;
  /** `totalMs` as a part of {@link Profile.runMs}; what the rows leave to 1 is the runtime's own overhead. */
  readonly share: number;
}

/** Where the time of a session went. */
export interface Profile {
  /** Number of `run` calls recorded. */
  readonly runs: number;
  /** Time inside these calls, in milliseconds. */
  readonly runMs: number;
  /** Time to read and optimize the model, in milliseconds. */
  readonly loadMs: number;
  /** One row per operator type, the most expensive first. */
  readonly operators: readonly ProfileRow[];
  /** One row per node, the most expensive first. */
  readonly nodes: readonly ProfileRow[];
}

interface Event {
  readonly cat: string;
  readonly name: string;
  /** Start and length in microseconds. */
  readonly ts: number;
  readonly dur: number;
  readonly tid: number;
  readonly args: { readonly op_name?: string };
}

/**
 * Summarises the profile that a session wrote: time per operator type and per node, sorted.
 *
 * @param path - what `endProfiling` resolved to. The file itself is in the trace format of Chrome: load it at `about:tracing` to see the time line.
 * @throws {@link NotFoundError} when there is no such file.
 * @throws {@link FormatError} when the file is no profile, or was cut off because the process ended first.
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { tensorData } from "@attnlab/check";
 * import { createSession, readProfile } from "@attnlab/runtime/node";
 * const x = { name: "x", dtype: "float32", shape: [2] } as const;
 * const y = { ...x, name: "y" };
 * const graph = { name: "g", nodes: [{ op: "Exp", inputs: ["x"], outputs: ["y"] }], initializers: [], inputs: [x], outputs: [y] };
 * const profile = join(mkdtempSync(join(tmpdir(), "profile-")), "exp");
 * await using session = await createSession({ opsets: { "": 21 }, graph }, { profile });
 * await session.run({ x: tensorData("float32", [2], [0, 1]) });
 * const { operators, runs } = await readProfile(await session.endProfiling());
 * [runs, operators[0]?.op, operators[0]?.calls]; // => [1, "Exp", 1]
 * ```
 */
export async function readProfile(path: string): Promise<Profile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const fix = "Pass the path that session.endProfiling() resolved to.";
    throw new NotFoundError(problem({ where: "readProfile", expected: "the profile must be readable", got: show(path), fix }), {
      cause: error,
    });
  }
  const events = parseEvents(path, text);
  const runs = events.filter((event) => event.name === "model_run");
  const runMs = totalMs(runs);
  const kernels = events.filter((event) => event.cat === "Node" && event.name.endsWith("_kernel_time"));
  const own = ownTimes(kernels);
  return {
    runs: runs.length,
    runMs,
    loadMs: totalMs(events.filter((event) => event.name.startsWith("model_loading") || event.name === "session_initialization")),
    operators: tabulate(kernels, own, runMs, (event) => ({ op: operatorOf(event) })),
    nodes: tabulate(kernels, own, runMs, (event) => ({ op: operatorOf(event), node: event.name.slice(0, -"_kernel_time".length) })),
  };
}

function parseEvents(path: string, text: string): readonly Event[] {
  let parsed: unknown;
  let cause: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    cause = error;
  }
  if (!Array.isArray(parsed) || !parsed.every(isEvent)) {
    const fix = "Record it again and call endProfiling before the process ends.";
    throw new FormatError(problem({ where: "readProfile", expected: "the file must be a complete profile", got: show(path), fix }), {
      cause,
    });
  }
  return parsed;
}

function isEvent(value: unknown): value is Event {
  if (typeof value !== "object" || value === null) return false;
  const { cat, name, ts, dur, tid, args } = value as Partial<Record<keyof Event, unknown>>;
  const words = typeof cat === "string" && typeof name === "string" && typeof args === "object" && args !== null;
  return words && [ts, dur, tid].every((n) => typeof n === "number");
}

function operatorOf(event: Event): string {
  return event.args.op_name ?? "unknown";
}

function totalMs(events: readonly Event[]): number {
  return events.reduce((sum, event) => sum + event.dur, 0) / 1000;
}

/** Microseconds of each event without those of the events inside it on the same thread: a Loop contains the nodes of its body. */
function ownTimes(events: readonly Event[]): ReadonlyMap<Event, number> {
  const own = new Map(events.map((event) => [event, event.dur]));
  const inOrder = [...events].sort((a, b) => a.tid - b.tid || a.ts - b.ts || b.dur - a.dur);
  const open: Event[] = [];
  for (const event of inOrder) {
    let parent = open.at(-1);
    while (parent !== undefined && (parent.tid !== event.tid || parent.ts + parent.dur <= event.ts)) {
      open.pop();
      parent = open.at(-1);
    }
    if (parent !== undefined) own.set(parent, (own.get(parent) as number) - event.dur);
    open.push(event);
  }
  return own;
}

function tabulate(
  events: readonly Event[],
  own: ReadonlyMap<Event, number>,
  runMs: number,
  label: (event: Event) => Pick<ProfileRow, "op" | "node">,
): readonly ProfileRow[] {
  const groups = new Map<string, { label: Pick<ProfileRow, "op" | "node">; calls: number; us: number }>();
  for (const event of events) {
    const words = label(event);
    const key = `${words.op}\n${words.node ?? ""}`;
    const group = groups.get(key) ?? { label: words, calls: 0, us: 0 };
    group.calls++;
    group.us += own.get(event) as number;
    groups.set(key, group);
  }
  const rows = [...groups.values()].map(({ label: words, calls, us }) => ({
    ...words,
    calls,
    totalMs: us / 1000,
    share: runMs === 0 ? 0 : us / 1000 / runMs,
  }));
  return rows.sort((a, b) => b.totalMs - a.totalMs || (a.op < b.op ? -1 : 1));
}
