import type { TensorData } from "@attnlab/check";
import type { ResolvedSessionOptions } from "./session-options.ts";

/** An input or output as the native library describes it; `type` is `undefined` when it is no tensor. */
export interface NativeValue {
  readonly name: string;
  readonly type: string | undefined;
  readonly shape: readonly (number | string)[];
}

/** A tensor as the native library returns it. */
export interface NativeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/** A loaded model; its feeds are checked before they come here. */
export interface NativeSession {
  readonly inputs: readonly NativeValue[];
  readonly outputs: readonly NativeValue[];
  readonly run: (
    feeds: Readonly<Record<string, TensorData>>,
    fetches: readonly string[] | undefined,
  ) => Promise<Readonly<Record<string, NativeTensor>>>;
  /** Stops recording and resolves to the path of the profile. */
  readonly endProfiling: () => Promise<string>;
  readonly release: () => Promise<void>;
}

/** One of the two libraries that run models. */
export interface Engine {
  readonly providers: () => readonly string[];
  readonly open: (model: Uint8Array, options: ResolvedSessionOptions) => Promise<NativeSession>;
}
