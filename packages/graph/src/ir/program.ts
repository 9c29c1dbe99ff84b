import type { Node, Tensor } from "./tensor.ts";

/** A named input or output of a program. */
export interface Port {
  readonly name: string;
  readonly tensor: Tensor;
}

/** A traced function: immutable, without repeated or dead nodes, in topological order. */
export interface Program<O = unknown> {
  readonly kind: "program";
  readonly inputs: readonly Port[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Port[];
  /** The value that the traced function returned, in terms of `outputs`. */
  readonly result: O;
  /** Named dynamic dimensions and the stand-in size that each has in every shape of this program. */
  readonly dynamic: Readonly<Record<string, number>>;
}
