import {
  ADD,
  ADD_PAIRS,
  both,
  F64,
  forward,
  gatherPair,
  get,
  I32,
  loadInteger,
  loadNumber,
  loadPair,
  loop,
  type ModuleFunction,
  MULTIPLY,
  MULTIPLY_PAIRS,
  moduleOfFunctions,
  partOfPair,
  set,
  storeNumber,
  V128,
} from "../wasm-assembler.ts";

/** Stored numbers of a row are padded to a multiple of this, with zeros that multiply the first weight. */
export const UNROLLED = 4;

/** What the module exports. A row is a run of numbers and a run of the addresses of the weights they belong to, from `addresses` up to `end`. */
export interface SparseFunctions {
  /** Writes the inner product of a row with the weights to `result`. */
  readonly dot: (addresses: number, end: number, numbers: number, result: number) => void;
  /** Adds a multiple of a row to the weights. */
  readonly add: (addresses: number, end: number, numbers: number, factor: number) => void;
}

/** The module behind {@link SparseFunctions}. */
export function sparseModule(): Uint8Array {
  return moduleOfFunctions([dot(), add()]);
}

const [ADDRESSES, END, NUMBERS] = [0, 1, 2] as const;
const ON = [...forward(NUMBERS, 8 * UNROLLED), ...forward(ADDRESSES, 4 * UNROLLED)];
const addressOf = (k: number): number[] => [...get(ADDRESSES), ...loadInteger(4 * k)];

function dot(): ModuleFunction {
  const [RESULT, SUMS] = [3, 4] as const;
  const pair = (h: 0 | 1): number[] => [
    ...[...get(SUMS + h), ...get(NUMBERS), ...loadPair(16 * h)],
    ...[...addressOf(2 * h + 1), ...addressOf(2 * h), ...gatherPair],
    ...[...MULTIPLY_PAIRS, ...ADD_PAIRS, ...set(SUMS + h)],
  ];
  return {
    name: "dot",
    parameters: [I32, I32, I32, I32],
    locals: [[2, V128]],
    code: [
      ...[...both(0), ...set(SUMS), ...both(0), ...set(SUMS + 1)],
      ...loop([...pair(0), ...pair(1), ...ON], ADDRESSES, END),
      ...[...get(SUMS), ...get(SUMS + 1), ...ADD_PAIRS, ...set(SUMS)],
      ...[...get(RESULT), ...get(SUMS), ...partOfPair(0), ...get(SUMS), ...partOfPair(1), ...ADD, ...storeNumber(0)],
    ],
  };
}

function add(): ModuleFunction {
  const [FACTOR, AT] = [3, 4] as const;
  const one = (k: number): number[] => [
    ...[...addressOf(k), ...set(AT), ...get(AT)],
    ...[...get(AT), ...loadNumber(0), ...get(FACTOR), ...get(NUMBERS), ...loadNumber(8 * k), ...MULTIPLY, ...ADD, ...storeNumber(0)],
  ];
  return {
    name: "add",
    parameters: [I32, I32, I32, F64],
    locals: [[1, I32]],
    code: loop([...[0, 1, 2, 3].flatMap(one), ...ON], ADDRESSES, END),
  };
}
