import type { VectorStore } from "../vector-store.ts";

/** The keys of one cell, ready to be multiplied. */
export interface Cell {
  /** Positions in the index, ascending. */
  readonly ids: Int32Array;
  /** $x'$ of these keys, row by row. */
  readonly keys: Float32Array;
  readonly bias: Float32Array | undefined;
}

/** All cells of an inverted file: each keeps its keys together, so that a probe is one dense product. */
export interface Cells {
  readonly count: number;
  readonly sizeOf: (cell: number) => number;
  readonly at: (cell: number) => Cell;
  /** The cell of every key, in the order of the index. */
  readonly assignments: Int32Array;
  /** Takes the keys of the store that have no cell yet. */
  readonly append: (assignments: Int32Array) => void;
}

interface Room {
  ids: Int32Array;
  keys: Float32Array;
  bias: Float32Array;
}

/** Empty cells over a store. */
export function createCells(store: VectorStore, count: number): Cells {
  const { dimension } = store;
  const rooms: Room[] = Array.from({ length: count }, () => ({
    ids: new Int32Array(),
    keys: new Float32Array(),
    bias: new Float32Array(),
  }));
  const sizes = new Int32Array(count);
  let all = new Int32Array();
  let total = 0;

  const makeRoom = (more: Int32Array): void => {
    const wanted = sizes.slice();
    for (const cell of more) (wanted[cell] as number)++;
    rooms.forEach((room, cell) => {
      const [size, needed] = [sizes[cell] as number, wanted[cell] as number];
      if (needed <= room.ids.length) return;
      const length = total === 0 ? needed : Math.max(needed, 2 * room.ids.length);
      const ids = new Int32Array(length);
      const keys = new Float32Array(length * dimension);
      const bias = new Float32Array(length);
      ids.set(room.ids.subarray(0, size));
      keys.set(room.keys.subarray(0, size * dimension));
      bias.set(room.bias.subarray(0, size));
      rooms[cell] = { ids, keys, bias };
    });
    if (total + more.length > all.length) {
      const grown = new Int32Array(total === 0 ? more.length : Math.max(total + more.length, 2 * all.length));
      grown.set(all.subarray(0, total));
      all = grown;
    }
  };
  return {
    count,
    sizeOf: (cell) => sizes[cell] as number,
    at: (cell) => {
      const { ids, keys, bias } = rooms[cell] as Room;
      const size = sizes[cell] as number;
      return {
        ids: ids.subarray(0, size),
        keys: keys.subarray(0, size * dimension),
        bias: store.bias === undefined ? undefined : bias.subarray(0, size),
      };
    },
    get assignments() {
      return all.subarray(0, total);
    },
    append: (assignments) => {
      makeRoom(assignments);
      const { kernelKeys, bias } = store;
      for (const cell of assignments) {
        const room = rooms[cell] as Room;
        const size = sizes[cell] as number;
        room.ids[size] = total;
        room.keys.set(kernelKeys.subarray(total * dimension, (total + 1) * dimension), size * dimension);
        if (bias !== undefined) room.bias[size] = bias[total] as number;
        all[total++] = cell;
        sizes[cell] = size + 1;
      }
    },
  };
}
