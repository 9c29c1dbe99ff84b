import { type WasmWorkspace, wasmWorkspaces } from "../wasm-memory.ts";
import { type LeastDistanceFunctions, leastDistanceModule, PANEL, UNROLLED } from "./least-distance-module.ts";

/** What one least-distance problem is solved in; good until the next is opened. */
export type LeastDistanceWorkspace = WasmWorkspace<LeastDistanceFunctions>;

const open = wasmWorkspaces<LeastDistanceFunctions>(leastDistanceModule);

/** Memory for `length` numbers, not cleared, with the functions on it: in WebAssembly, or plain loops where there is none or not so much room. */
export function openLeastDistanceWorkspace(length: number): LeastDistanceWorkspace {
  return open(8 * length) ?? plainWorkspace(length);
}

/** The length of a vector with its padding. */
export function paddedLength(length: number): number {
  return UNROLLED * Math.ceil(length / UNROLLED);
}

/** The number of rows with those that fill the last panel. */
export function paddedRows(count: number): number {
  return PANEL * Math.ceil(count / PANEL);
}

/** The same functions in plain loops, on an array; addresses count bytes here too. */
export function plainWorkspace(length: number): LeastDistanceWorkspace {
  const numbers = new Float64Array(length);
  const at = (address: number): number => numbers[address / 8] as number;
  let next = 0;
  return {
    take: (length) => {
      const values = numbers.subarray(next, next + length);
      next += 2 * Math.ceil(length / 2);
      return values;
    },
    functions: {
      products: (panels, end, x, out, bytes) => {
        for (let panel = panels, to = out; panel < end; panel += bytes, to += 8 * PANEL) {
          for (let lane = 0; lane < 8 * PANEL; lane += 8) {
            let sum = 0;
            for (let one = panel, j = x; one < panel + bytes; one += 8 * PANEL, j += 8) sum += at(one + lane) * at(j);
            numbers[(to + lane) / 8] = sum;
          }
        }
      },
      pack: (rows, end, panel, bytes) => {
        for (let row = rows, lane = panel; row < end; row += bytes, lane += 8) {
          for (let j = 0; j < bytes; j += 8) numbers[lane / 8 + (PANEL * j) / 8] = at(row + j);
        }
      },
      squares: (panels, end, out, bytes) => {
        for (let panel = panels, to = out; panel < end; panel += bytes, to += 8 * PANEL) {
          for (let lane = 0; lane < 8 * PANEL; lane += 8) {
            let sum = 0;
            for (let one = panel; one < panel + bytes; one += 8 * PANEL) sum += at(one + lane) ** 2;
            numbers[(to + lane) / 8] = sum;
          }
        }
      },
      scale: (panels, end, factors, bytes) => {
        for (let panel = panels, factor = factors; panel < end; panel += bytes, factor += 8 * PANEL) {
          for (let one = 0; one < bytes; one += 8) {
            numbers[(panel + one) / 8] = at(panel + one) * at(factor + (one % (8 * PANEL)));
          }
        }
      },
      project: (q, end, rest, restEnd, inside) => {
        const bytes = restEnd - rest;
        for (let vector = q, coefficient = inside; vector < end; vector += bytes, coefficient += 8) {
          const sums: [number, number, number, number] = [0, 0, 0, 0];
          for (let j = 0; j < bytes; j += 8 * UNROLLED) {
            for (const lane of [0, 1, 2, 3] as const) sums[lane] += at(vector + j + 8 * lane) * at(rest + j + 8 * lane);
          }
          const along = sums[0] + sums[2] + (sums[1] + sums[3]);
          numbers[coefficient / 8] = at(coefficient) + along;
          for (let j = 0; j < bytes; j += 8) numbers[(rest + j) / 8] = at(rest + j) - along * at(vector + j);
        }
      },
      substitute: (column, y, last, inverse, bytes) => {
        for (let i = last, above = column, pivot = inverse; i >= y; i -= 8, above -= bytes, pivot -= 8) {
          const value = at(i) * at(pivot);
          numbers[i / 8] = value;
          for (let j = 0; j < i - y; j += 8) numbers[(y + j) / 8] = at(y + j) - value * at(above + j);
        }
      },
      rotate: (first, end, second, c, s) => {
        for (let j = 0; j < end - first; j += 8) {
          const [a, b] = [at(first + j), at(second + j)];
          numbers[(first + j) / 8] = c * a + s * b;
          numbers[(second + j) / 8] = c * b - s * a;
        }
      },
    },
  };
}
