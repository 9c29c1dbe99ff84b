import type { TensorData } from "@attnlab/check";
import { mapLeaves } from "@attnlab/graph";

/** Stacks batches of one structure along a new axis 0, as `compileLoop` wants them. */
export function stackBatches<B>(batches: readonly [B, ...B[]]): B {
  const [first, ...rest] = batches;
  return mapLeaves((leaf: TensorData, _path, ...others: TensorData[]) => stackLeaves([leaf, ...others]), first, ...rest) as B;
}

function stackLeaves(leaves: readonly TensorData[]): TensorData {
  const [first] = leaves as readonly [TensorData];
  const Target = first.data.constructor as new (length: number) => Float32Array;
  const out = new Target(first.data.length * leaves.length);
  leaves.forEach((leaf, i) => {
    out.set(leaf.data as Float32Array, i * first.data.length);
  });
  return { dtype: first.dtype, shape: [leaves.length, ...first.shape], data: out } as TensorData;
}
