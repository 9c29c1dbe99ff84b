import type { TensorData } from "@attnlab/check";
import { flatten, lower, type MapTree, specOf, type Tensor, trace } from "@attnlab/graph";
import { createSession } from "@attnlab/runtime/node";

/** A compiled function of parameters and inputs; it owns a session. */
export interface CompiledFunction<P, I> extends AsyncDisposable {
  readonly run: (params: P, inputs: I) => Promise<TensorData>;
}

/**
 * Compiles an inference function whose parameters are fed in every call, so that one session serves all epochs.
 *
 * @param examples.params - tensor data or specifications of the parameters, likewise `inputs`.
 */
export async function compileFunction<P, I>(
  predict: (params: MapTree<P, Tensor>, inputs: MapTree<I, Tensor>) => Tensor,
  examples: { readonly params: P; readonly inputs: I },
  options: { readonly threads: number },
): Promise<CompiledFunction<P, I>> {
  const traced = (params: unknown, inputs: unknown): unknown => ({
    result: predict(params as MapTree<P, Tensor>, inputs as MapTree<I, Tensor>),
  });
  const specs = [specOf(examples.params as unknown), specOf(examples.inputs as unknown)] as readonly unknown[];
  const program = trace(traced as (...args: readonly unknown[]) => unknown, specs, { names: ["params", "inputs"] });
  const session = await createSession(lower(program, { name: "evaluate" }), { name: "evaluate", threads: options.threads });
  return {
    async run(params, inputs) {
      const leaves = flatten<TensorData>([params, inputs]);
      const feeds = Object.fromEntries(program.inputs.map(({ name }, i) => [name, (leaves[i] as { readonly leaf: TensorData }).leaf]));
      return (await session.run(feeds)).result as TensorData;
    },
    [Symbol.asyncDispose]: () => session.dispose(),
  };
}
