import type { Tensor } from "@attnlab/graph";

/**
 * The gradient of a strictly convex potential $\psi$ and its inverse: the geometry of mirror descent.
 *
 * Both maps keep shape and dtype, and undo each other.
 */
export interface MirrorMap {
  /** $u = \nabla\psi(w)$. */
  toDual(w: Tensor): Tensor;
  /** $w = (\nabla\psi)^{-1}(u)$. */
  toPrimal(u: Tensor): Tensor;
  /** Exponent of the norm in which gradients are measured, for normalised steps. Default: none, so no normalised steps. */
  readonly dualExponent?: number;
  /** Both maps leave every tensor as it is. Default `false`. */
  readonly identity?: boolean;
}
