import { type Dtype, DtypeError, problem, ShapeError, show, type TensorData, UsageError } from "@attnlab/check";
import type { OnnxValueInfo } from "@attnlab/onnx";

const ARRAYS: { readonly [D in Dtype]: new (length: number) => TensorData["data"] } = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint32: Uint32Array,
  bool: Uint8Array,
};

type Feeds = Readonly<Record<string, TensorData>>;

/**
 * Checks that every input has a feed that fits it, and nothing else is fed.
 *
 * It runs before every step of a training loop: no allocation unless a dimension is dynamic, and words only on failure.
 */
export function checkFeeds(where: string, inputs: readonly OnnxValueInfo[], feeds: Feeds): void {
  let named: Map<string, number> | undefined;
  for (const input of inputs) {
    const feed = feeds[input.name];
    if (feed === undefined || feed.dtype !== input.dtype || !(feed.data instanceof ARRAYS[input.dtype]))
      refuseDtype(where, input, feed, inputs);
    const { shape } = feed;
    let size = 1;
    let fits = shape.length === input.shape.length;
    for (let i = 0; fits && i < shape.length; i++) {
      const got = shape[i] as number;
      const want = input.shape[i] as number | string;
      size *= got;
      if (typeof want === "number") fits = got === want;
      else if (want !== "") {
        named ??= new Map();
        const before = named.get(want);
        if (before !== undefined && before !== got) refuseDimension(where, input, want, before, got);
        named.set(want, got);
      }
    }
    if (!fits || size !== feed.data.length) refuseShape(where, input, feed);
  }
  let count = 0;
  for (const _ in feeds) count++;
  if (count !== inputs.length) refuseUnknown(where, inputs, feeds);
}

function refuseDtype(where: string, input: OnnxValueInfo, feed: TensorData | undefined, inputs: readonly OnnxValueInfo[]): never {
  if (feed === undefined) {
    const fix = `Pass a ${input.dtype} tensor of shape ${show(input.shape)}; the inputs are ${listNames(inputs)}.`;
    throw new UsageError(problem({ where, expected: `input ${show(input.name)} must be fed`, got: "nothing", fix }));
  }
  const got = feed.dtype === input.dtype ? show(feed.data) : show(feed.dtype ?? feed);
  const array = ARRAYS[input.dtype].name;
  const fix = "Make it with tensorData from @attnlab/check.";
  throw new DtypeError(problem({ where, expected: `feed ${show(input.name)} must be ${input.dtype} in a ${array}`, got, fix }));
}

function refuseShape(where: string, input: OnnxValueInfo, feed: TensorData): never {
  const expected = `feed ${show(input.name)} must have shape ${show(input.shape)} and as many elements`;
  const got = `shape ${show(feed.shape)} with ${feed.data.length} elements`;
  throw new ShapeError(problem({ where, expected, got, fix: "Reshape the feed, or build the model for this shape." }));
}

function refuseDimension(where: string, input: OnnxValueInfo, dimension: string, before: number, got: number): never {
  const expected = `dimension ${show(dimension)} must have one size in all feeds`;
  const fix = "Feed the same size everywhere.";
  throw new ShapeError(problem({ where, expected, got: `${got} in ${show(input.name)} after ${before}`, fix }));
}

function refuseUnknown(where: string, inputs: readonly OnnxValueInfo[], feeds: Feeds): never {
  const unknown = Object.keys(feeds).find((name) => !inputs.some((input) => input.name === name));
  const fix = `The inputs are ${listNames(inputs)}.`;
  throw new UsageError(problem({ where, expected: "every feed must belong to an input", got: show(unknown), fix }));
}

/** Names in quotes, separated by commas. */
export function listNames(values: readonly OnnxValueInfo[]): string {
  return values.length === 0 ? "none" : values.map((value) => show(value.name)).join(", ");
}
