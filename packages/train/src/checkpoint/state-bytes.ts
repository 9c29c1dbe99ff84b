import { FormatError, problem, sameShape, showShape, type TensorData } from "@attnlab/check";
import { flatten, mapLeaves } from "@attnlab/graph";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

/** Writes every tensor of a state under its path, for example `params.layers.0.weight`. */
export function encodeState(state: unknown): Uint8Array {
  const leaves = flatten<TensorData>(state);
  return encodeSafetensors({ tensors: Object.fromEntries(leaves.map(({ path, leaf }) => [path, leaf])), metadata: { format: "attnlab" } });
}

/**
 * Reads a state of the structure of `template`.
 * @throws {@link FormatError} when bytes are damaged or belong to another model: a tensor is missing, extra, or of another type.
 */
export function decodeState<S>(bytes: Uint8Array, template: S, where = "checkpoint"): S {
  const { tensors } = decodeSafetensors(bytes, where);
  const wanted = new Set<string>();
  const state = mapLeaves((leaf: TensorData, path) => {
    wanted.add(path);
    const found = tensors[path];
    const name = `${path} ${leaf.dtype}${showShape(leaf.shape)}`;
    if (found === undefined) throw mismatch(where, name, "no such tensor");
    if (found.dtype !== leaf.dtype || !sameShape(found.shape, leaf.shape))
      throw mismatch(where, name, `${found.dtype}${showShape(found.shape)}`);
    return found;
  }, template) as S;
  const extra = Object.keys(tensors).find((name) => !wanted.has(name));
  if (extra !== undefined) throw mismatch(where, "no further tensors", extra);
  return state;
}

function mismatch(where: string, expected: string, got: string): FormatError {
  const fix = "Load it with the model, optimizer and sizes it was saved with.";
  return new FormatError(problem({ where, expected: `the checkpoint must hold ${expected}`, got, fix }));
}
