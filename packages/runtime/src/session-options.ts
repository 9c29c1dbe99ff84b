import {
  customOption,
  integerOption,
  type OptionRule,
  type OptionTable,
  oneOfOption,
  optionTable,
  type ResolvedOptions,
  stringOption,
} from "@attnlab/check";

/** How far the graph is rewritten before it runs. */
export type Optimization = "none" | "basic" | "extended" | "all";

/** Options of `createSession`. */
export interface SessionOptions {
  /** Execution providers in order of preference; default: `["cpu"]` on Node, `["wasm"]` on the web. One that is absent is an error. */
  readonly providers?: readonly string[];
  /** Threads inside one operator; default 1. */
  readonly threads?: number;
  /** Threads across operators; default 1. More than one makes independent branches of the graph run side by side. */
  readonly interOpThreads?: number;
  /** Graph rewriting; default `"all"`. */
  readonly optimization?: Optimization;
  /** Records a profile into a file whose path starts like this; default: no profile. Node only. */
  readonly profile?: string;
  /** Sizes for named dynamic dimensions, fixed before the model is loaded so that it is optimized for them; default: none. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /** ONNX Runtime's own session settings, for example `{ "session.set_denormal_as_zero": "1" }`; default: none. */
  readonly config?: Readonly<Record<string, string>>;
  /** What error messages call the session; default: the graph's name, or `"model"` when the model is given as bytes. */
  readonly name?: string;
}

function isRecordOf(test: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(test);
}

/** The rules that both entry points share; `owner` has its own default provider. */
function rules(defaultProvider: string) {
  return {
    providers: customOption<readonly string[]>({
      doc: "Execution providers in order of preference.",
      default: [defaultProvider],
      expected: "a non-empty list of provider names",
      accepts: (v) => Array.isArray(v) && v.length > 0 && v.every((one) => typeof one === "string" && one !== ""),
      invalid: ["cpu", [], [1], null],
    }),
    threads: integerOption({ doc: "Threads inside one operator.", min: 1, max: 1024, default: 1 }),
    interOpThreads: integerOption({ doc: "Threads across operators.", min: 1, max: 1024, default: 1 }),
    optimization: oneOfOption(["none", "basic", "extended", "all"], { doc: "How far the graph is rewritten.", default: "all" }),
    profile: stringOption({ doc: "Start of the path of the profile." }) as OptionRule<string | undefined>,
    dimensions: customOption<Readonly<Record<string, number>>>({
      doc: "Sizes for named dynamic dimensions.",
      default: {},
      expected: "an object of whole sizes >= 0",
      accepts: isRecordOf((v) => Number.isSafeInteger(v) && (v as number) >= 0),
      invalid: [{ batch: "3" }, { batch: 1.5 }, { batch: -1 }, [], null],
    }),
    config: customOption<Readonly<Record<string, string>>>({
      doc: "Session settings of ONNX Runtime by their full names.",
      default: {},
      expected: "an object of strings",
      accepts: isRecordOf((v) => typeof v === "string"),
      invalid: [{ "session.set_denormal_as_zero": 1 }, [], null],
    }),
    name: stringOption({ doc: "What error messages call the session." }) as OptionRule<string | undefined>,
  };
}

type SessionRules = ReturnType<typeof rules>;

/** Session options after the defaults are filled in. */
export type ResolvedSessionOptions = ResolvedOptions<SessionRules>;

/** The option table of one entry point. */
export function sessionOptionTable(defaultProvider: string): OptionTable<SessionRules> {
  return optionTable("createSession", rules(defaultProvider));
}

const LEVELS = { none: "disabled", basic: "basic", extended: "extended", all: "all" } as const;

// It folds a float64 factor into the float32 attribute alpha of FusedMatMul: an error of 1e-8 that nobody asked for.
const INEXACT_REWRITES = { "optimization.disable_specified_optimizers": "MatMulScaleFusion" };

/** Only errors: the native library prints warnings to the terminal otherwise. */
const LOG_ERRORS = 3;

/** Session options in ONNX Runtime's words; the two libraries share them. */
export interface NativeOptions {
  readonly executionProviders: readonly string[];
  readonly intraOpNumThreads: number;
  readonly interOpNumThreads: number;
  readonly executionMode: "parallel" | "sequential";
  readonly graphOptimizationLevel: (typeof LEVELS)[Optimization];
  readonly logSeverityLevel: typeof LOG_ERRORS;
  readonly extra: Record<string, unknown>;
}

/** Translates resolved options for the native library. */
export function nativeOptions(options: ResolvedSessionOptions): NativeOptions {
  return {
    executionProviders: options.providers,
    intraOpNumThreads: options.threads,
    interOpNumThreads: options.interOpThreads,
    // More than one thread across operators has no effect in the sequential mode.
    executionMode: options.interOpThreads > 1 ? "parallel" : "sequential",
    graphOptimizationLevel: LEVELS[options.optimization],
    logSeverityLevel: LOG_ERRORS,
    extra: { ...INEXACT_REWRITES, ...options.config },
  };
}
