import { integerOption, numberOption, optionTable, type TensorData } from "@attnlab/check";
import { gather, type Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { dtypeOption, type FloatDtype, filledTensor } from "./float-dtype.ts";

/** Parameters of {@link embedding}. */
export interface EmbeddingParams<T = Tensor> {
  /** `[count, width]`. */
  readonly table: T;
}

/** Options of {@link initEmbedding}. */
export interface EmbeddingConfig {
  /** Number of ids. Required. */
  readonly count: number;
  /** Size of a vector. Required. */
  readonly width: number;
  /** Standard deviation. Default 1. */
  readonly std?: number;
  /** Default `"float32"`. */
  readonly dtype?: FloatDtype;
}

const table = optionTable("initEmbedding", {
  count: integerOption({ doc: "Number of ids.", min: 1, required: true }),
  width: integerOption({ doc: "Size of a vector.", min: 1, required: true }),
  std: numberOption({ doc: "Standard deviation.", min: 0, default: 1 }),
  dtype: dtypeOption,
});

/**
 * Draws the vectors of {@link embedding} from a normal distribution with mean 0.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function initEmbedding(rng: Rng, config: EmbeddingConfig): EmbeddingParams<TensorData> {
  const { count, width, std, dtype } = table.parse(config);
  return { table: filledTensor(dtype, [count, width], (values) => rng.split("table").fillNormal(values, { std })) };
}

/**
 * Looks vectors up by id.
 *
 * Shapes: `ids [...]` int64, `table [count, width]` → `[..., width]`, in the dtype of the table.
 *
 * @throws {@link DtypeError} when `ids` is not int64.
 */
export function embedding(params: EmbeddingParams, ids: Tensor): Tensor {
  return gather(params.table, ids, 0);
}
