import { customOption, integerOption, OptionError, type OptionRule, optionTable, problem } from "@attnlab/check";
import { createOnnxKernel, type OnnxKernel } from "@attnlab/neighbors/node";
import { createSession, type Session } from "@attnlab/runtime/node";

/** A model as an object, in the words of `createSession`. */
export type KernelModel = Exclude<Parameters<typeof createSession>[0], Uint8Array>;

/** The sessions of ONNX Runtime behind the attentions of this entry; dispose it when the calls that use it are done. */
export interface AttentionKernel extends AsyncDisposable {
  /** Threads inside one operator. */
  readonly threads: number;
  /** The session of a model object, opened at its first use. */
  readonly session: (model: KernelModel) => Promise<Session>;
  /** The products of `@attnlab/neighbors`, opened at their first use. */
  readonly products: () => Promise<OnnxKernel>;
  readonly dispose: () => Promise<void>;
}

/** Options of {@link createAttentionKernel}. */
export interface AttentionKernelOptions {
  /** Threads inside one operator; default 1. */
  readonly threads?: number;
}

const threads = integerOption({ doc: "Threads inside one operator.", min: 1, max: 1024 }) as OptionRule<number | undefined>;
const table = optionTable("createAttentionKernel", { threads });

/**
 * Keeps the sessions of ONNX Runtime open between calls: opening them costs some milliseconds, once per call without a kernel.
 *
 * @param options - see {@link AttentionKernelOptions}.
 * @returns the kernel; use `await using`, or call `dispose`.
 * @throws OptionError for a bad option. Without onnxruntime-node the first attention throws NotFoundError.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createAttentionKernel, exactAttention } from "@attnlab/attention/node";
 * await using kernel = await createAttentionKernel({ threads: 2 });
 * const x = tensorData("float32", [1, 1, 1, 2], [3, 4]);
 * for (const scale of [0.1, 1]) await exactAttention({ query: x, key: x, value: x }, { kernel, scale });
 * kernel.threads; // => 2
 * ```
 */
export async function createAttentionKernel(options?: AttentionKernelOptions): Promise<AttentionKernel> {
  return openKernel(table.parse({ ...options }).threads ?? 1);
}

function openKernel(threads: number): AttentionKernel {
  const sessions = new Map<KernelModel, Promise<Session>>();
  let products: Promise<OnnxKernel> | undefined;
  const dispose = async (): Promise<void> => {
    const opened = await Promise.allSettled([...sessions.values(), ...(products === undefined ? [] : [products])]);
    await Promise.all(opened.map((one) => (one.status === "fulfilled" ? one.value.dispose() : undefined)));
  };
  return {
    threads,
    session: (model) => {
      const open = sessions.get(model) ?? createSession(model, { threads });
      sessions.set(model, open);
      return open;
    },
    products: () => {
      products ??= createOnnxKernel({ threads });
      return products;
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** The options of everything that runs in ONNX Runtime. */
export interface KernelOptions {
  /** Sessions that are kept between calls; default: made for this call and disposed after it. */
  readonly kernel?: AttentionKernel;
  /** Threads of the sessions made for this call; default 1. */
  readonly threads?: number;
}

/** The rules of {@link KernelOptions}. */
export const kernelRules = {
  kernel: customOption<AttentionKernel | undefined>({
    doc: "Sessions made by createAttentionKernel().",
    expected: "a kernel made by createAttentionKernel",
    accepts: (value) => typeof value === "object" && value !== null && "session" in value && "products" in value,
    invalid: [null, {}, "cpu"],
  }),
  threads,
};

/** Runs `work` with the kernel of the options, or with one that lives as long as the work. */
export async function withKernel<T>(
  where: string,
  { kernel, threads }: { readonly kernel: AttentionKernel | undefined; readonly threads: number | undefined },
  work: (kernel: AttentionKernel) => Promise<T>,
): Promise<T> {
  if (kernel !== undefined) {
    if (threads !== undefined && threads !== kernel.threads) {
      const got = `threads ${threads} and a kernel of ${kernel.threads}`;
      const fix = "Give threads to createAttentionKernel.";
      throw new OptionError(problem({ where, expected: "threads must be those of the kernel", got, fix }));
    }
    return await work(kernel);
  }
  await using own = openKernel(threads ?? 1);
  return await work(own);
}
