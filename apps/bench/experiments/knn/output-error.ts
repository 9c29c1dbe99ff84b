import type { AttentionResult } from "@attnlab/attention/node";

/** How far an attention is from the exact one. */
export interface OutputError {
  /** Mean of $|\hat o - o|$ over all entries. */
  readonly mean: number;
  readonly max: number;
  /** $\sum|\hat o - o| / \sum|o|$. */
  readonly relative: number;
  /** Mean of $|o|$. */
  readonly size: number;
}

/** Compares two outputs of one shape. */
export function outputError({ output }: Pick<AttentionResult, "output">, exact: Pick<AttentionResult, "output">): OutputError {
  let [sum, max, size] = [0, 0, 0];
  const reference = exact.output.data;
  output.data.forEach((x, i) => {
    const wanted = reference[i] as number;
    const error = Math.abs(x - wanted);
    sum += error;
    max = Math.max(max, error);
    size += Math.abs(wanted);
  });
  const count = reference.length;
  return { mean: sum / count, max, relative: sum / size, size: size / count };
}

/** Mean over queries of the share of the true weights that fell on the keys taken: their sum of exponentials over that of all keys. */
export function meanMass({ lse }: Pick<AttentionResult, "lse">, exact: Pick<AttentionResult, "lse">): number {
  let sum = 0;
  lse.data.forEach((taken, i) => {
    sum += Math.exp(taken - (exact.lse.data[i] as number));
  });
  return sum / lse.data.length;
}

/** The mean of $|\hat o - o|$ in each of some heads. */
export function headMeans(
  { output }: Pick<AttentionResult, "output">,
  exact: Pick<AttentionResult, "output">,
  heads: number,
): readonly number[] {
  const width = output.data.length / heads;
  return Array.from({ length: heads }, (_, head) => {
    let sum = 0;
    for (let i = head * width; i < (head + 1) * width; i++) sum += Math.abs((output.data[i] as number) - (exact.output.data[i] as number));
    return sum / width;
  });
}
