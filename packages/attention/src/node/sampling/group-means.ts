/** Sums of vectors by group, and the estimate that they give. */
export interface GroupMeans {
  /** Forgets everything. */
  readonly clear: () => void;
  /** Adds `values[from .. from + width]` to a group. */
  readonly add: (group: number, values: ArrayLike<number>, from: number) => void;
  /** The median of the group means, component by component, for groups of one size; the mean when there is one group. */
  readonly write: (groupSize: number, into: Float32Array | Float64Array, at: number) => void;
}

/** Starts with sums of zero. */
export function createGroupMeans(groups: number, width: number): GroupMeans {
  const sums = new Float64Array(groups * width);
  const column = new Float64Array(groups);
  return {
    clear: () => {
      sums.fill(0);
    },
    add: (group, values, from) => {
      const at = group * width;
      for (let t = 0; t < width; t++) (sums[at + t] as number) += values[from + t] as number;
    },
    write: (groupSize, into, at) => {
      for (let t = 0; t < width; t++) {
        for (let g = 0; g < groups; g++) column[g] = sums[g * width + t] as number;
        into[at + t] = median(column) / groupSize;
      }
    },
  };
}

/** The middle one, or the mean of the two in the middle. */
function median(values: Float64Array): number {
  if (values.length === 1) return values[0] as number;
  values.sort();
  const half = values.length >>> 1;
  return values.length % 2 === 1 ? (values[half] as number) : ((values[half - 1] as number) + (values[half] as number)) / 2;
}
