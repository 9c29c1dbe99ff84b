export { applyUpdates } from "./apply-updates.ts";
export { chain } from "./chain.ts";
export { type GradientOptimizer, type Optimizer, type OptimizerStep, optimizer } from "./optimizer.ts";
export type { OptimizerState, Transformation, TransformedUpdates } from "./transformation.ts";
