export { type AliasTable, createAliasTable } from "./alias-table.ts";
export { drawBinomial } from "./draw-binomial.ts";
export { drawDistinct } from "./draw-distinct.ts";
export { drawGumbel } from "./draw-gumbel.ts";
export { createMt19937, type Mt19937 } from "./mt19937.ts";
export {
  createRng,
  type NormalOptions,
  type Rng,
  type RngState,
  restoreRng,
  type ShuffleTarget,
  type UniformOptions,
} from "./rng.ts";
export { threefry2x32, type WordPair } from "./threefry.ts";
