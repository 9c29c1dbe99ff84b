import type { Dtype } from "@attnlab/check";

/** Brings the exact result of integer arithmetic back into the range of its dtype, as hardware does; floats pass through. */
export function wrap(x: number, dtype: Dtype): number {
  if (dtype === "uint32")
    return Number.isSafeInteger(x) ? ((x % 4294967296) + 4294967296) % 4294967296 : Number(BigInt.asUintN(32, BigInt(x)));
  if (dtype === "int32") return x | 0;
  return x;
}
