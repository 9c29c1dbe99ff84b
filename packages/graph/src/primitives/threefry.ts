import { broadcastShapes, checkDtype, problem, ShapeError, sameShape, showShape, sizeOf } from "@attnlab/check";
import { type NdArray, notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { apply, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { broadcastIndex, type NoAttributes } from "./elementwise.ts";

/** Rotation distances of Threefry-2x32, repeated every eight rounds. */
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** Keeps an all-zero key from giving an all-zero schedule (the low word of Skein's constant C240). */
const PARITY = 0x1bd11bda;

const ROUNDS = 20;

const threefryPrimitive: Primitive<NoAttributes> = {
  name: "threefry2x32",
  infer: ([key, counter0, counter1]) => {
    checkKey("threefry2x32", key as TensorType);
    for (const counter of [counter0, counter1]) checkDtype("threefry2x32 counter", (counter as TensorType).dtype, ["uint32"]);
    const shape = broadcastShapes("threefry2x32", (counter0 as TensorType).shape, (counter1 as TensorType).shape);
    return [
      { dtype: "uint32", shape },
      { dtype: "uint32", shape },
    ];
  },
  evaluate: ([key, counter0, counter1], _, [out]) => {
    const { shape } = out as TensorType;
    const [a, b] = [counter0 as NdArray, counter1 as NdArray];
    const [first, second] = [broadcastIndex(a.shape, shape), broadcastIndex(b.shape, shape)];
    const [k0 = 0, k1 = 0] = (key as NdArray).data;
    const results = [new Float64Array(sizeOf(shape)), new Float64Array(sizeOf(shape))] as const;
    for (let i = 0; i < results[0].length; i++) {
      [results[0][i], results[1][i]] = threefry(k0, k1, a.data[first(i)] as number, b.data[second(i)] as number);
    }
    return results;
  },
  vjp: notDifferentiable("random bits are whole numbers"),
  lower: (context) => lowerThreefry(context),
};

/** One block: the words of `counter` encrypted under the words of `key`, as unsigned numbers. */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const schedule = [key0, key1, key0 ^ key1 ^ PARITY];
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const distance = ROTATIONS[round % 8] as number;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << distance) | (x1 >>> (32 - distance))) ^ x0;
    if (round % 4 === 3) {
      const group = (round + 1) / 4;
      x0 = (x0 + (schedule[group % 3] as number)) | 0;
      x1 = (x1 + (schedule[(group + 1) % 3] as number) + group) | 0;
    }
  }
  return [x0 >>> 0, x1 >>> 0];
}

/**
 * The same rounds as ONNX nodes; uint32 additions and products wrap. The schedule is made of scalars, so only the rounds cost time.
 * A shift to the left is a product, and the two parts of a rotation are joined by a sum: they share no bit, and ONNX Runtime
 * runs sums and products two to three times as fast as bit operations.
 */
function lowerThreefry({ inputs, emit, scalar }: LowerContext<NoAttributes>): readonly string[] {
  const [key, counter0, counter1] = inputs as readonly [string, string, string];
  const add = (a: string, b: string): string => emit("Add", [a, b]);
  const xor = (a: string, b: string): string => emit("BitwiseXor", [a, b]);
  const rotate = (x: string, distance: number): string => {
    const high = emit("Mul", [x, scalar(2 ** distance, "uint32")]);
    return add(high, emit("BitShift", [x, scalar(32 - distance, "uint32")], { direction: { string: "RIGHT" } }));
  };
  const word = (index: number): string => emit("Gather", [key, scalar(index, "int64")], { axis: { int: 0 } });
  const [k0, k1] = [word(0), word(1)];
  const schedule = [k0, k1, xor(xor(k0, k1), scalar(PARITY, "uint32"))];
  let x0 = add(counter0, k0);
  let x1 = add(counter1, k1);
  for (let round = 0; round < ROUNDS; round++) {
    x0 = add(x0, x1);
    x1 = xor(rotate(x1, ROTATIONS[round % 8] as number), x0);
    if (round % 4 === 3) {
      const group = (round + 1) / 4;
      x0 = add(x0, schedule[group % 3] as string);
      x1 = add(x1, add(schedule[(group + 1) % 3] as string, scalar(group, "uint32")));
    }
  }
  return [x0, x1];
}

/** @throws {@link ShapeError} or {@link DtypeError} when a tensor is no key: uint32 of shape [2]. */
export function checkKey(where: string, key: TensorType): void {
  checkDtype(`${where} key`, key.dtype, ["uint32"]);
  if (sameShape(key.shape, [2])) return;
  const fix = "Make a key with randomKey(seed).";
  throw new ShapeError(problem({ where, expected: "a key must have shape [2]", got: showShape(key.shape), fix }));
}

/**
 * The block function of Threefry-2x32 with 20 rounds: a keyed bijection of 64-bit counters whose outputs look random.
 *
 * Shapes: `key [2]`; both counter words broadcast, and so have both words of the result. uint32 only.
 *
 * @see Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.2.
 */
export function threefry2x32(key: Tensor, counter0: Tensor, counter1: Tensor): readonly [Tensor, Tensor] {
  return apply(threefryPrimitive, [key, counter0, counter1], {}) as readonly [Tensor, Tensor];
}
