import { type TensorData, tensorData } from "@attnlab/check";

/** The initialisers of a model; equal small constants share one. */
export interface Constants {
  /** The name of a constant. */
  readonly add: (value: TensorData) => string;
  readonly initializers: () => readonly { readonly name: string; readonly value: TensorData }[];
}

// Comparing larger constants by content would cost more than a second copy.
const SHARED_SIZE = 4096;

/** Collects constants under the names `%c0`, `%c1`, … */
export function createConstants(): Constants {
  const byKey = new Map<string, string>();
  const byData = new Map<object, string>();
  const all: { name: string; value: TensorData }[] = [];
  const store = (value: TensorData): string => {
    const name = `%c${all.length}`;
    all.push({ name, value: tensorData(value.dtype, value.shape, value.data) });
    byData.set(value.data, name);
    return name;
  };
  const add = (value: TensorData): string => {
    if (value.data.length > SHARED_SIZE) return byData.get(value.data) ?? store(value);
    const bytes = new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength);
    const key = `${value.dtype}[${value.shape.join(",")}]${bytes.join(",")}`;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const name = store(value);
    byKey.set(key, name);
    return name;
  };
  return { add, initializers: () => all };
}
