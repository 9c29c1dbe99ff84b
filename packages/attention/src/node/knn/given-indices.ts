import { OptionError, problem } from "@attnlab/check";
import type { NeighborIndex } from "@attnlab/neighbors";
import type { AttentionInput, AttentionSizes } from "../attention-input.ts";

interface OtherOptions {
  readonly causal: boolean;
  readonly keyMask: object | undefined;
  readonly buildIndex: object | undefined;
}

/** @throws OptionError unless there is one inner-product index for each head that holds exactly its keys. */
export function checkGivenIndices(
  where: string,
  indices: readonly NeighborIndex[],
  { key }: AttentionInput,
  { heads, keys, headDim }: AttentionSizes,
  { causal, keyMask, buildIndex }: OtherOptions,
): void {
  const refuse = (expected: string, got: string, fix: string): never => {
    throw new OptionError(problem({ where, expected, got, fix }));
  };
  if (causal || keyMask !== undefined || buildIndex !== undefined) {
    const got = causal ? "causal" : keyMask === undefined ? "buildIndex" : "keyMask";
    refuse("indices must come without causal, keyMask and buildIndex", got, "Pass buildIndex alone to have indices of visible keys made.");
  }
  if (indices.length !== heads) refuse(`indices must be one for each of the ${heads} heads`, String(indices.length), "Build one per head.");
  indices.forEach(({ size, dimension, metric, vectors }, head) => {
    if (metric !== "inner-product") refuse("indices must be by inner product", `"${metric}"`, 'Build them with metric "inner-product".');
    const fix = "Build it of the keys that are attended.";
    if (size !== keys || dimension !== headDim) {
      refuse(`index ${head} must hold the ${keys} keys of dimension ${headDim}`, `${size} of dimension ${dimension}`, fix);
    }
    const own = key.data.subarray(head * keys * headDim, (head + 1) * keys * headDim);
    const at = own.findIndex((x, i) => x !== vectors.data[i]);
    if (at >= 0) {
      const place = Math.floor(at / headDim);
      refuse(`index ${head} must hold the keys that are attended`, `another vector in place of key ${place}`, fix);
    }
  });
}
