import { type AttentionFunction, attend, attentionWeights, topKAttend } from "@attnlab/attention";
import { type TensorData, toNumbers } from "@attnlab/check";
import { abs, add, concat, div, max, maximum, mean, mul, reshape, sub, sum, type Tensor, topK } from "@attnlab/graph";
import type { CharGptParams } from "@attnlab/models";
import { type CompiledFunction, compileFunction } from "../mirror-descent/compile-function.ts";
import { attentionOf, configOf, windowLoss } from "./char-gpt-training.ts";

/** What is compared for one number of keys, on held-out windows. */
export interface KeyScore {
  readonly keys: number;
  /** Perplexity of the same weights with the other attention: over `keys` keys where training was exact, exact where it was over `keys`. */
  readonly switchedPerplexity: number;
  /** Largest $|\hat o - o|$ over blocks, heads, windows and places; $\hat o$ attends to `keys` keys, $o$ to all, on the same queries and keys. */
  readonly maxError: number;
  /** Mean of $|\hat o - o|$. */
  readonly meanError: number;
  /** Mean of $\hat o - o$. */
  readonly signedError: number;
  /** $\sum|\hat o - o| / \sum|o|$. */
  readonly relativeError: number;
  /** Mean share of the softmax that the keys taken have. */
  readonly mass: number;
  /** Largest excess of a row's error over $2(1 - \text{mass}) \max|V|$. */
  readonly excess: number;
}

/** Scores of one model. */
export interface CharGptScore {
  readonly perplexity: number;
  /** The same on windows of the training text. */
  readonly trainPerplexity: number;
  readonly byKeys: readonly KeyScore[];
}

/** Windows `[count, context + 1]` to score on. */
export interface ScoredWindows {
  readonly heldOut: TensorData;
  readonly training: TensorData;
}

const PER_KEYS = 7;

/** Compiles the scoring of a model trained with `k` keys per query (0: all), against each of `compared`. */
export async function compileCharGptScore(
  params: CharGptParams<TensorData>,
  windows: ScoredWindows,
  options: { readonly k: number; readonly compared: readonly number[]; readonly threads: number },
): Promise<{ score(params: CharGptParams<TensorData>): Promise<CharGptScore> } & AsyncDisposable> {
  const { k, compared, threads } = options;
  const context = (windows.heldOut.shape[1] as number) - 1;
  const compiled: CompiledFunction<CharGptParams<TensorData>, ScoredWindows> = await compileFunction(
    (weights, { heldOut, training }) => {
      const watched = watchErrors(k, compared);
      const own = windowLoss(weights, heldOut, configOf(context, watched.attention));
      const seen = windowLoss(weights, training, configOf(context, attentionOf(k)));
      const switched = compared.map((keys) => windowLoss(weights, heldOut, configOf(context, attentionOf(k === 0 ? keys : 0))));
      const rest = compared.flatMap((_, i) => [switched[i] as Tensor, ...watched.errorsOf(i)]);
      return concat(
        [own, seen, ...rest].map((x) => reshape(x, [1])),
        0,
      );
    },
    { params, inputs: windows },
    { threads },
  );
  return {
    async score(weights) {
      const [own, seen, ...rest] = Array.from(toNumbers(await compiled.run(weights, windows)));
      const byKeys = compared.map((keys, i): KeyScore => {
        const [loss, maxError, meanError, signedError, relativeError, mass, excess] = rest.slice(i * PER_KEYS, (i + 1) * PER_KEYS);
        return {
          keys,
          switchedPerplexity: Math.exp(loss as number),
          maxError: maxError as number,
          meanError: meanError as number,
          signedError: signedError as number,
          relativeError: relativeError as number,
          mass: mass as number,
          excess: excess as number,
        };
      });
      return { perplexity: Math.exp(own as number), trainPerplexity: Math.exp(seen as number), byKeys };
    },
    [Symbol.asyncDispose]: () => compiled[Symbol.asyncDispose](),
  };
}

interface LayerErrors {
  readonly difference: Tensor;
  readonly exact: Tensor;
  readonly mass: Tensor;
  readonly excess: Tensor;
}

/** The attention of a model, which remembers in every block how far attention over few keys is from exact attention there. */
function watchErrors(
  k: number,
  compared: readonly number[],
): { readonly attention: AttentionFunction; readonly errorsOf: (i: number) => readonly Tensor[] } {
  const met: LayerErrors[][] = compared.map(() => []);
  const attention: AttentionFunction = (query, key, value, options) => {
    const exact = attend(query, key, value, options);
    const weights = attentionWeights(query, key, options);
    const largest = max(abs(value));
    const few = compared.map((keys, i) => {
      const output = topKAttend(query, key, value, { ...options, k: keys });
      const difference = sub(output, exact);
      const mass = sum(topK(weights, Math.min(keys, key.shape.at(-2) as number)).values, -1); // [batch, heads, tokens]
      const bound = mul(mul(sub(1, mass), 2), largest);
      met[i]?.push({ difference, exact, mass, excess: max(sub(max(abs(difference), -1), bound)) });
      return output;
    });
    return k === 0 ? exact : (few[compared.indexOf(k)] as Tensor);
  };
  const errorsOf = (i: number): readonly Tensor[] => {
    const layers = met[i] as readonly LayerErrors[];
    const average = (of: (layer: LayerErrors) => Tensor): Tensor => mul(layers.map(of).reduce(add), 1 / layers.length);
    const largest = (of: (layer: LayerErrors) => Tensor): Tensor => layers.map(of).reduce(maximum);
    const total = (of: (layer: LayerErrors) => Tensor): Tensor => layers.map((layer) => sum(abs(of(layer)))).reduce(add);
    return [
      largest(({ difference }) => max(abs(difference))),
      average(({ difference }) => mean(abs(difference))),
      average(({ difference }) => mean(difference)),
      div(
        total(({ difference }) => difference),
        total(({ exact }) => exact),
      ),
      average(({ mass }) => mean(mass)),
      largest(({ excess }) => excess),
    ];
  };
  return { attention, errorsOf };
}
