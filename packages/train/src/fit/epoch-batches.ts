import { customOption, DataError, integerOption, optionTable, problem, ShapeError, type TensorData } from "@attnlab/check";
import { flatten, mapLeaves } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";

/** Batches by step number: asking twice for one step gives the same batch, so training can resume anywhere. */
export interface BatchSource<B> {
  readonly stepsPerEpoch: number;
  readonly at: (step: number) => B;
}

/** Options of {@link epochBatches}. */
export interface EpochBatchesOptions {
  /** Examples per batch. */
  readonly batchSize: number;
  /** Source of the order of each epoch; without it examples come in their own order. */
  readonly rng?: Rng;
}

const table = optionTable("epochBatches", {
  batchSize: integerOption({ doc: "Examples per batch.", min: 1, required: true }),
  rng: customOption<Rng | undefined>({
    doc: "createRng(seed) of @attnlab/random.",
    expected: "a generator of @attnlab/random",
    accepts: (v) => typeof v === "object" && v !== null && "split" in v,
    invalid: [null, 7],
  }),
});

/**
 * Cuts examples into shuffled batches of equal size, epoch after epoch. The rest of an epoch that fills no batch is left out
 * (other examples each epoch when shuffled).
 *
 * @param examples - a tree of tensor data whose axis 0 counts the examples.
 * @throws {@link ShapeError} when tensors differ in their number of examples; {@link DataError} when there are fewer than one batch.
 */
export function epochBatches<B>(examples: B, options: EpochBatchesOptions): BatchSource<B> {
  const { batchSize, rng } = table.parse({ ...options });
  const count = exampleCount(examples);
  if (count < batchSize) {
    const fix = "Lower batchSize or add data.";
    throw new DataError(
      problem({ where: "epochBatches", expected: `at least one batch of ${batchSize} examples`, got: `${count} examples`, fix }),
    );
  }
  const stepsPerEpoch = Math.floor(count / batchSize);
  let shuffled: { readonly epoch: number; readonly order: ArrayLike<number> } | undefined;
  const orderOf = (epoch: number): ArrayLike<number> => {
    if (shuffled?.epoch !== epoch) {
      const order = rng === undefined ? Uint32Array.from({ length: count }, (_, i) => i) : rng.split(`epoch ${epoch}`).permutation(count);
      shuffled = { epoch, order };
    }
    return shuffled.order;
  };
  const at = (step: number): B => {
    const order = orderOf(Math.floor(step / stepsPerEpoch));
    const first = (step % stepsPerEpoch) * batchSize;
    const rows = Array.from({ length: batchSize }, (_, i) => order[first + i] as number);
    return mapLeaves((leaf: TensorData) => takeRows(leaf, rows), examples) as B;
  };
  return { stepsPerEpoch, at };
}

function exampleCount(examples: unknown): number {
  const leaves = flatten<TensorData>(examples, "examples");
  const counts = new Set(leaves.map(({ leaf }) => leaf.shape[0]));
  const [count] = counts;
  if (counts.size !== 1 || count === undefined) {
    const got = leaves.map(({ path, leaf }) => `${path} [${leaf.shape.join(", ")}]`).join(", ");
    const fix = "Axis 0 of every tensor counts the examples.";
    throw new ShapeError(problem({ where: "epochBatches", expected: "all tensors must have the same number of examples", got, fix }));
  }
  return count;
}

/** The chosen entries of axis 0, in the order given. */
export function takeRows(tensor: TensorData, rows: readonly number[]): TensorData {
  const count = tensor.shape[0] as number;
  const size = count === 0 ? 0 : tensor.data.length / count;
  const data = tensor.data.slice(0, 0) as TensorData["data"];
  const Target = data.constructor as new (length: number) => Float32Array;
  const out = new Target(rows.length * size);
  rows.forEach((row, i) => {
    out.set(tensor.data.subarray(row * size, (row + 1) * size) as Float32Array, i * size);
  });
  return { dtype: tensor.dtype, shape: [rows.length, ...tensor.shape.slice(1)], data: out } as TensorData;
}
