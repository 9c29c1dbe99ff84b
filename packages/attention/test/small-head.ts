import { tensorData } from "@attnlab/check";
import type { AttentionGradientInput } from "../src/node/index.ts";

const rows = (...values: number[][]) => tensorData("float32", [1, 1, values.length, values[0]?.length as number], values.flat());

/** One head of four tokens of width 2, for which the derivations of the sampling estimators were checked by hand. */
export const smallHead: AttentionGradientInput = {
  query: rows([1, 0], [0, 1], [-1, 2], [2, -1]),
  key: rows([1, 1], [0, -1], [2, 0], [-1, 1]),
  value: rows([1, 0], [0, 2], [-1, 1], [3, -2]),
  outputGradient: rows([1, 0], [0, 1], [1, 1], [-1, 2]),
};
