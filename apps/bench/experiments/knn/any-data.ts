import type { AttentionInput, FloatTensor } from "@attnlab/attention/node";
import { tensorData } from "@attnlab/check";
import { attentionData, DATA_KINDS } from "./attention-data.ts";
import { trainedTokens } from "./trained-tokens.ts";

/** The good case, the honest worst case, and what a trained character GPT has. */
export const ALL_KINDS = [...DATA_KINDS, "trained GPT"] as const;

/** One of {@link ALL_KINDS}. */
export type AnyKind = (typeof ALL_KINDS)[number];

/** Queries, keys and values of one head, `[1, 1, tokens, dim]`; those of the GPT are its last block's first head, of 32 dimensions. */
export async function anyData(
  kind: AnyKind,
  { keys, seed, signal }: { readonly keys: number; readonly seed: number; readonly signal: AbortSignal },
): Promise<AttentionInput> {
  if (kind !== "trained GPT") return attentionData(kind, { keys, seed });
  const { query, key, value } = await trainedTokens({ tokens: keys, seed, signal });
  const head = ({ data, shape }: FloatTensor): FloatTensor => {
    const width = shape.at(-1) as number;
    return tensorData("float32", [1, 1, keys, width], data.slice(0, keys * width));
  };
  return { query: head(query), key: head(key), value: head(value) };
}
