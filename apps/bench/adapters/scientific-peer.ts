import type { Matrix } from "@attnlab/linalg";
import type { CsrMatrix } from "@attnlab/svm";
import { openPython } from "./python-process.ts";

/** What is told to a report when {@link openScientific} finds nothing. */
export const NO_SCIENTIFIC_PYTHON =
  "no Python with cvxopt, scipy and sklearn was found: install them (Debian: python3-cvxopt, python3-scipy, python3-sklearn), or set ATTNLAB_PYTHON";

/** A piece of work for cvxopt, scipy or scikit-learn. */
export interface ScientificCase {
  readonly case: "hard-margin" | "feasibility" | "data" | "svc" | "linear-svc";
  readonly config: Readonly<Record<string, number | string | boolean | readonly number[]>>;
  readonly tensors: Readonly<Record<string, Matrix | CsrMatrix | Float64Array | Int32Array>>;
}

/** A solved case; an answer that is `undefined` means that the solver gave up, with the reason. */
export interface ScientificRun<A> {
  /** Time of the processor over all repetitions and threads. */
  readonly cpuSeconds: number;
  readonly answer: A | undefined;
  readonly reason?: string;
}

/** cvxopt, scipy and scikit-learn in one Python process with one thread; idle between requests, so that both sides can alternate. */
export interface ScientificPeer extends AsyncDisposable {
  /** For example `"cvxopt 1.3.0, scipy 1.10.1, scikit-learn 1.2.1"`. */
  readonly versions: string;
  open(work: ScientificCase): Promise<void>;
  /** Solves the open case so many times, and returns the last answer. */
  run<A>(times: number): Promise<ScientificRun<A>>;
}

/** Starts the peer; `undefined` when no Python has all three libraries. */
export async function openScientific(): Promise<ScientificPeer | undefined> {
  const python = await openPython({ folder: "scientific", modules: ["cvxopt", "scipy", "sklearn"], blasThreads: 1 });
  if (python === undefined) return undefined;
  const versions = python.greeting.versions as Record<string, string>;
  return {
    versions: Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    open: async ({ tensors, ...work }) => {
      const plain = Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, plainTensor(value)]));
      await python.ask({ op: "open", ...work, tensors: plain });
    },
    run: async <A>(times: number) => {
      const { cpuSeconds, answer, failed } = (await python.ask({ op: "run", times })) as {
        cpuSeconds?: number;
        answer?: A;
        failed?: string;
      };
      return { cpuSeconds: cpuSeconds ?? Number.NaN, answer, ...(failed === undefined ? {} : { reason: failed }) };
    },
    [Symbol.asyncDispose]: () => python[Symbol.asyncDispose](),
  };
}

function plainTensor(value: Matrix | CsrMatrix | Float64Array | Int32Array): unknown {
  if (!("rows" in value)) return { shape: [value.length], values: Array.from(value) };
  const shape = [value.rows, value.cols];
  const values = Array.from(value.data);
  if (!("indptr" in value)) return { shape, values };
  return { shape, values, indptr: Array.from(value.indptr), indices: Array.from(value.indices) };
}
