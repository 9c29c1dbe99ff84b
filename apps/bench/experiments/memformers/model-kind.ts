import type { TensorData } from "@attnlab/check";
import type { Tensor } from "@attnlab/graph";
import {
  type CgdMemformerParams,
  cgdMemformer,
  initCgdMemformer,
  initLfomMemformer,
  initLinearTransformer,
  initSmallBatchMemformer,
  type LfomMemformerParams,
  type LinearTransformerParams,
  lfomMemformer,
  linearTransformer,
  type SmallBatchMemformerParams,
  smallBatchMemformer,
} from "@attnlab/models";
import type { Rng } from "@attnlab/random";
import { PAPER_SIZES } from "./paper.ts";

/** The models that are trained; `"lfom-shared"` and `"lfom-residual"` are the variants V-A and V-B of the released code. */
export type ModelKind = "transformer" | "cgd" | "lfom-shared" | "lfom-residual" | "small-batch";

/** What is trained in a layer. */
export type LayerWeights = "scalar" | "full" | "gd++";

/** Parameters of any model of this folder: layers, and memory beside them. */
export type ModelParams<T = TensorData> = LinearTransformerParams<T> & Readonly<Record<string, unknown>>;

/** Sizes of one model. */
export interface ModelSizes {
  readonly kind: ModelKind;
  readonly weights: LayerWeights;
  readonly numLayers: number;
  readonly numHeads?: number;
}

/** First parameters, with layers of standard deviation 1e-4 (or `std`) and memory switched off. */
export function initModel(rng: Rng, { kind, ...sizes }: ModelSizes, std = 1e-4): ModelParams {
  const { dim, examples } = PAPER_SIZES;
  const config = { ...sizes, dim, std };
  switch (kind) {
    case "transformer":
      return { ...initLinearTransformer(rng, config) };
    case "cgd":
      return { ...initCgdMemformer(rng, config) };
    case "lfom-shared":
      return { ...initLfomMemformer(rng, { ...config, variant: "shared", examples }) };
    case "lfom-residual":
      return { ...initLfomMemformer(rng, { ...config, variant: "residual", examples }) };
    case "small-batch":
      return { ...initSmallBatchMemformer(rng, config) };
  }
}

/** Predictions of the queries' labels: `[runs, batch]`. The released code scores with the query on the left. */
export function predict(kind: ModelKind, params: ModelParams<Tensor>, prompts: Tensor): Tensor {
  const config = { transposeScore: true };
  const given: unknown = params;
  switch (kind) {
    case "transformer":
      return linearTransformer(given as LinearTransformerParams, { prompts }, config);
    case "cgd":
      return cgdMemformer(given as CgdMemformerParams, { prompts }, config);
    case "lfom-shared":
      return lfomMemformer(given as LfomMemformerParams, { prompts }, { ...config, variant: "shared" });
    case "lfom-residual":
      return lfomMemformer(given as LfomMemformerParams, { prompts }, { ...config, variant: "residual" });
    case "small-batch":
      return smallBatchMemformer(given as SmallBatchMemformerParams, { prompts }, config);
  }
}
