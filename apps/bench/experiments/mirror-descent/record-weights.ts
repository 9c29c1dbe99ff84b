import type { TensorData } from "@attnlab/check";
import type { RunContext } from "../../src/experiment/index.ts";
import { absoluteHistogram, PROJECTIONS, type Projection, projectionWeights, weightStatistics } from "./weight-statistics.ts";

const PAPER_WIDTH = 384;
const PAPER_BIN = 0.005;
const PAPER_THRESHOLD = 0.06;
const BINS = 200;

/**
 * Width of a histogram bin for a model width: the paper's 0.005 at width 384, and in the same proportion to the first
 * weights, which are uniform in ±1/√width, at any other.
 */
export function binWidth(width: number): number {
  return PAPER_BIN * Math.sqrt(PAPER_WIDTH / width);
}

/** Size above which the paper counts weights, scaled like {@link binWidth}; just beyond the largest first weight. */
export function tailThreshold(width: number): number {
  return PAPER_THRESHOLD * Math.sqrt(PAPER_WIDTH / width);
}

type Blocks = readonly { readonly attention: { readonly [K in Projection]: { readonly weight: TensorData } } }[];

/** Records statistics and histogram of the query, key and value weights; a histogram's step is the number of its bin. */
export function recordWeights(
  record: RunContext["record"],
  blocks: Blocks,
  { step, width }: { readonly step: number; readonly width: number },
): void {
  for (const series of PROJECTIONS) {
    const weights = projectionWeights(blocks, series);
    const bin = binWidth(width);
    record({ series, step }, { ...weightStatistics(weights, { threshold: tailThreshold(width), bin }) });
    absoluteHistogram(weights, { bin, bins: BINS }).forEach((count, i) => {
      if (count > 0) record({ series, step: i }, { count });
    });
  }
}
