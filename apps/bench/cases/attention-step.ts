import { attend, expressiveAttention, expressiveAttentionWeights } from "@attnlab/attention";
import { type TensorData, tensorData } from "@attnlab/check";
import { grad, loop, lower, matmul, mul, specOf, sum, type Tensor, trace, zeros } from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import { createSession, type Session } from "@attnlab/runtime/node";

/** Sequences and size of a head of every step. */
export const ATTENTION_SIZES = { batch: 8, headDim: 32 } as const;

/** The attentions that are timed; `"expressive, step by step"` forms its normalised weights as a tensor. */
export const ATTENTION_FORMS = {
  "dot-product": (query: Tensor, key: Tensor, value: Tensor, causal: boolean): Tensor => attend(query, key, value, { causal }),
  expressive: (query: Tensor, key: Tensor, value: Tensor, causal: boolean): Tensor => expressiveAttention(query, key, value, { causal }),
  "expressive, step by step": (query: Tensor, key: Tensor, value: Tensor, causal: boolean): Tensor =>
    matmul(expressiveAttentionWeights(query, key, { causal }), value),
} as const;

/** One of {@link ATTENTION_FORMS}. */
export type AttentionForm = keyof typeof ATTENTION_FORMS;

/** What one step computes. */
export interface AttentionStepConfig {
  readonly form: AttentionForm;
  readonly length: number;
  readonly causal: boolean;
  /** With the gradients of query, key and value. */
  readonly backward: boolean;
  /** How often one run of the session repeats it, inside one program. */
  readonly repeats: number;
  readonly seed: number;
}

/** A compiled step; it owns a session. */
export interface AttentionStep extends AsyncDisposable {
  /** Repeats the step and returns what the last one computed: the average of values, then the gradients. */
  readonly run: () => Promise<readonly TensorData[]>;
}

/** Compiles self-attention on normal queries, keys and values, float32, repeated in a loop so that calls from JavaScript cost nothing. */
export async function attentionStep({ form, length, causal, backward, repeats, seed }: AttentionStepConfig): Promise<AttentionStep> {
  const { batch, headDim } = ATTENTION_SIZES;
  const shape = [batch, 1, length, headDim];
  const rng = createRng(seed);
  const draw = (name: string): TensorData => {
    const values = new Float32Array(batch * length * headDim);
    rng.split(name).fillNormal(values);
    return tensorData("float32", shape, values);
  };
  const inputs = { query: draw("query"), key: draw("key"), value: draw("value"), cotangent: draw("cotangent") };
  const attention = ATTENTION_FORMS[form];
  const results = ({ query, key, value, cotangent }: Inputs): Tensor[] => {
    const output = attention(query, key, value, causal);
    if (!backward) return [output];
    const loss = (x: readonly Tensor[]): Tensor => sum(mul(attention(...(x as [Tensor, Tensor, Tensor]), causal), cotangent));
    return [output, ...grad(loss)([query, key, value])];
  };
  const program = trace(
    (given: Inputs) => {
      // Inputs are carried too, so that no iteration can use what another one computed; results are carried, not stacked.
      const blank = zeros("float32", shape);
      const first = { given, found: backward ? [blank, blank, blank, blank] : [blank] };
      return loop((carry: typeof first) => ({ carry: { given: carry.given, found: results(carry.given) }, results: [] }), first, {
        count: repeats,
      }).carry.found;
    },
    [specOf(inputs)],
  );
  const session: Session = await createSession(lower(program), { threads: 1 });
  const feeds = Object.fromEntries(program.inputs.map(({ name }) => [name, inputs[name.split(/[./]/).at(-1) as keyof typeof inputs]]));
  return {
    run: async () => {
      const found = await session.run(Object.fromEntries(session.inputs.map(({ name }) => [name, feeds[name] as TensorData])));
      return program.outputs.map(({ name }) => found[name] as TensorData);
    },
    [Symbol.asyncDispose]: () => session.dispose(),
  };
}

interface Inputs {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly cotangent: Tensor;
}
