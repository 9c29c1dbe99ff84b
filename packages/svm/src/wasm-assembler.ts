// The few words of WebAssembly's binary format that this package's kernels are made of.

/** Part of a module, or of a function's code. */
type Bytes = readonly number[];

/** What this package uses of WebAssembly: the compiler's library lists it only among the names of a browser. */
interface WebAssemblyNamespace {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

/** WebAssembly, where the platform has it. */
export function webAssembly(): WebAssemblyNamespace | undefined {
  return (globalThis as { WebAssembly?: WebAssemblyNamespace }).WebAssembly;
}

/** Bytes of one page of memory. */
export const PAGE = 65_536;

/** The types of a parameter or a local variable. */
export const I32 = 0x7f;
export const F64 = 0x7c;
export const V128 = 0x7b;

/** An unsigned number in LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** A signed number in LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (true) {
    const low = rest & 0x7f;
    rest >>= 7;
    if (rest === ((low & 0x40) === 0 ? 0 : -1)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** A list with its length in front. */
const list = (items: readonly Bytes[]): number[] => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: Bytes): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, bytes: Bytes): number[] => [id, ...sized(bytes)];
const text = (word: string): number[] => sized(Array.from(word, (letter) => letter.charCodeAt(0)));

/** An instruction on pairs of numbers. */
export const simd = (code: number): number[] => [0xfd, ...unsigned(code)];
export const get = (local: number): number[] => [0x20, local];
export const set = (local: number): number[] => [0x21, local];
/** A whole number. */
export const integer = (value: number): number[] => [0x41, ...signed(value)];
/** One number in both places of a pair. */
export const both = (value: number): number[] => {
  const bytes = new Uint8Array(new Float64Array([value, value]).buffer);
  return [...simd(12), ...bytes];
};
/** Moves an address on. */
export const forward = (local: number, bytes: number): number[] => [...get(local), ...integer(bytes), 0x6a, ...set(local)];
/** Repeats, at least once, while `local`, an address, is below `end`. */
export const loop = (body: Bytes, local: number, end: number): number[] => [
  ...[0x03, 0x40],
  ...body,
  ...get(local),
  ...get(end),
  ...[0x49, 0x0d, 0, 0x0b],
];

const EIGHT_BYTES = 3;
/** Loads two numbers. */
export const loadPair = (offset: number): number[] => [...simd(0), EIGHT_BYTES, ...unsigned(offset)];
/** Loads one number into both places of a pair. */
export const loadTwice = (offset: number): number[] => [...simd(10), EIGHT_BYTES, ...unsigned(offset)];
/** Stores two numbers. */
export const storePair = (offset: number): number[] => [...simd(11), EIGHT_BYTES, ...unsigned(offset)];
/** Loads a whole number. */
export const loadInteger = (offset: number): number[] => [0x28, 2, ...unsigned(offset)];
/** Loads one number. */
export const loadNumber = (offset: number): number[] => [0x2b, EIGHT_BYTES, ...unsigned(offset)];
/** Stores one number. */
export const storeNumber = (offset: number): number[] => [0x39, EIGHT_BYTES, ...unsigned(offset)];
/** Loads two numbers from the two addresses on the stack; the first one's is on top. */
export const gatherPair: Bytes = [...simd(93), EIGHT_BYTES, 0, ...simd(87), EIGHT_BYTES, 0, 1];
/** The first or second number of a pair. */
export const partOfPair = (which: 0 | 1): number[] => [...simd(33), which];
export const ADD: Bytes = [0xa0];
export const MULTIPLY: Bytes = [0xa2];
export const ADD_PAIRS: Bytes = simd(240);
export const SUBTRACT_PAIRS: Bytes = simd(241);
export const MULTIPLY_PAIRS: Bytes = simd(242);
export const DIVIDE_PAIRS: Bytes = simd(243);

/** A function that a module exports; it returns nothing. */
export interface ModuleFunction {
  readonly name: string;
  readonly parameters: readonly number[];
  /** Count and type of each run of locals. */
  readonly locals: readonly Bytes[];
  readonly code: Bytes;
}

/** A module of exported functions, on the memory that the host passes as `host.memory`. */
export function moduleOfFunctions(functions: readonly ModuleFunction[]): Uint8Array {
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(functions.map(({ parameters }) => [0x60, parameters.length, ...parameters, 0]))),
    ...section(2, list([[...text("host"), ...text("memory"), 2, 0, 1]])),
    ...section(3, list(functions.map((_, k) => [k]))),
    ...section(7, list(functions.map(({ name }, k) => [...text(name), 0, k]))),
    ...section(10, list(functions.map(({ locals, code }) => sized([...list(locals), ...code, 0x0b])))),
  ]);
}

/** A module of one exported function with `parameters` whole numbers. */
export function moduleOf(name: string, parameters: number, locals: readonly Bytes[], code: Bytes): Uint8Array {
  return moduleOfFunctions([{ name, parameters: new Array<number>(parameters).fill(I32), locals, code }]);
}
