import { customOption, oneOfOption, optionTable } from "@attnlab/check";
import { add, equal, type Tensor, where } from "@attnlab/graph";
import { mapTensors, mapUpdates } from "../map-tensors.ts";
import type { Optimizer } from "../optimizer.ts";
import type { OptimizerState, Transformation } from "../transformation.ts";
import type { MirrorMap } from "./mirror-map.ts";

/** Where the dual variable comes from: `"stable"` carries it in the state, `"authors"` recomputes it from the weights. */
export type MirrorMode = "stable" | "authors";

/** Options of {@link mirrorOptimizer}. */
export interface MirrorOptimizerOptions {
  /** The geometry. Required. */
  readonly map: MirrorMap;
  /** Default `"stable"`. */
  readonly mode?: MirrorMode;
}

/** State of a mirror optimizer: nothing for the dual variable in mode `"authors"`. */
export type MirrorState = {
  /** $u = \nabla\psi(w)$, a tree like the parameters; `{}` in mode `"authors"`. */
  readonly dual: OptimizerState;
  /** State of the transformation. */
  readonly inner: OptimizerState;
};

const DESCRIPTION = "an object with toDual and toPrimal";

/** The rule of every `map` option. */
export function isMirrorMap(value: unknown): value is MirrorMap {
  const { toDual, toPrimal } = (value ?? {}) as Partial<MirrorMap>;
  return typeof toDual === "function" && typeof toPrimal === "function";
}

/** The rule of every `mode` option. */
export const modeRule: ReturnType<typeof oneOfOption<MirrorMode>> = oneOfOption(["stable", "authors"], {
  doc: "Whether the dual variable is carried or recomputed from the weights.",
  default: "stable",
});

const table = optionTable("mirrorOptimizer", {
  map: customOption<MirrorMap>({
    doc: "The geometry, for example lpMirrorMap(1.5).",
    expected: DESCRIPTION,
    accepts: isMirrorMap,
    invalid: [null, {}],
    required: true,
  }),
  mode: modeRule,
});

/**
 * Applies the updates of any transformation to the dual variable: $u \leftarrow u + \text{update}(g)$, $w \leftarrow (\nabla\psi)^{-1}(u)$.
 *
 * In mode `"stable"` the dual variable is state, so no progress is lost to rounding in $w$, and an entry whose dual
 * variable does not change keeps its weight exactly. In mode `"authors"` it is $\nabla\psi(w)$ anew in every step.
 *
 * @param transformation - for example `scaleByLearningRate(0.1)`, or a chain with clipping or momentum.
 * @param options.map - the geometry; required.
 * @param options.mode - default `"stable"`.
 * @returns an optimizer; it is no transformation, because its step is not an update that could be added exactly.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function mirrorOptimizer(transformation: Transformation, options: MirrorOptimizerOptions): Optimizer<MirrorState> {
  const { map, mode } = table.parse(options);
  const carried = mode === "stable";
  const dualOf = (params: unknown): OptimizerState => mapTensors((w) => map.toDual(w), params);
  return {
    init: (params) => ({ dual: carried ? dualOf(params) : {}, inner: transformation.init(params) }),
    step: (grads, state, params) => {
      const before = carried ? state.dual : dualOf(params);
      const { updates, state: inner } = transformation.update(grads, state.inner, params);
      const dual = mapTensors((u, _, du) => add(u, du as Tensor), before, updates);
      const image = (w: Tensor, _: string, u: Tensor, old: Tensor): Tensor => {
        const primal = map.toPrimal(u);
        return !carried || map.identity === true ? primal : where(equal(u, old), w, primal);
      };
      return {
        params: mapUpdates(image as Parameters<typeof mapUpdates>[0], params, dual, before),
        state: { dual: carried ? dual : {}, inner },
      };
    },
  };
}
