import type { TensorData } from "@attnlab/check";
import type { OnnxValueInfo } from "@attnlab/onnx";

/**
 * A model that is loaded and ready to run; it owns native memory until it is disposed.
 *
 * Use `await using session = await createSession(...)`, or call {@link Session.dispose} when done.
 */
export interface Session extends AsyncDisposable {
  /** Names, dtypes and shapes of the feeds; a string in a shape is a dynamic dimension. */
  readonly inputs: readonly OnnxValueInfo[];
  /** Names, dtypes and shapes of the results. */
  readonly outputs: readonly OnnxValueInfo[];
  /**
   * Runs the model once.
   *
   * Feeds are read, never kept and never changed, so the results of one run can be the feeds of the next without a copy.
   *
   * @param feeds - one tensor per input.
   * @param fetches - names of the outputs to compute; default: all of them.
   * @returns the outputs by name, in memory of their own.
   * @throws {@link UsageError} when a feed is missing or unknown, a fetch is unknown, or the session is disposed.
   * @throws {@link DtypeError} when a feed has another dtype than the input.
   * @throws {@link ShapeError} when a feed's shape or length does not fit the input, or two feeds disagree on a named dimension.
   * @throws {@link DataError} when an operator refuses its values.
   */
  readonly run: (feeds: Readonly<Record<string, TensorData>>, fetches?: readonly string[]) => Promise<Readonly<Record<string, TensorData>>>;
  /**
   * Ends the recording that the option `profile` started.
   *
   * @returns the path of the profile, for `readProfile`.
   * @throws {@link UsageError} when the session records no profile, or its profile has ended.
   */
  readonly endProfiling: () => Promise<string>;
  /** Waits for runs in progress and frees the native memory; a second call does nothing. */
  readonly dispose: () => Promise<void>;
}
