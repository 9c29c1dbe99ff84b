import { flatten, mapTree, type Tensor, type Tree } from "@attnlab/graph";

/** Applies `fn` leaf by leaf to trees of one structure; `path` names the leaf, for example `layers.0.weight`. */
export function mapTensors(
  fn: (leaf: Tensor, path: string, ...others: Tensor[]) => Tensor,
  tree: unknown,
  ...others: readonly unknown[]
): Tree<Tensor> {
  return mapTree<unknown, Tensor, Tensor>(fn, tree, ...others) as Tree<Tensor>;
}

/** {@link mapTensors} over a tree of gradients or parameters; the result has its type. */
export function mapUpdates<P>(fn: (leaf: Tensor, path: string, ...others: Tensor[]) => Tensor, grads: P, ...others: readonly unknown[]): P {
  return mapTensors(fn, grads, ...others) as P;
}

/** The leaves alone, in the fixed order of trees. */
export function leavesOf(tree: unknown): readonly Tensor[] {
  return flatten<Tensor>(tree).map(({ leaf }) => leaf);
}
