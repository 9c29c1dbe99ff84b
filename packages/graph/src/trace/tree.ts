import { problem, show, UsageError } from "@attnlab/check";

/** Nested plain objects and arrays with leaves of type `T`: parameters, states and batches are trees. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

/** The tree `S` with its leaves replaced by `T`. */
export type MapTree<S, T> = unknown extends S
  ? unknown
  : S extends { readonly dtype: unknown; readonly shape: unknown }
    ? T
    : { readonly [K in keyof S]: MapTree<S[K], T> };

/** Anything with a dtype and a shape is a leaf: symbolic tensors, tensor data and specifications alike. */
export interface Leaf {
  readonly dtype: unknown;
  readonly shape: unknown;
}

/** Whether a value is a leaf of a tree rather than a branch. */
export function isLeaf(value: unknown): value is Leaf {
  return typeof value === "object" && value !== null && "dtype" in value && "shape" in value;
}

/** A leaf with its place in the tree, for example `layers.0.weight`. */
export interface PathLeaf<T> {
  readonly path: string;
  readonly leaf: T;
}

/**
 * The leaves of a tree in a fixed order: arrays by index, objects by sorted key.
 * @throws {@link UsageError} on anything that is neither a leaf, an array nor a plain object.
 */
export function flatten<T extends Leaf>(tree: unknown, root = ""): readonly PathLeaf<T>[] {
  const leaves: PathLeaf<T>[] = [];
  visit(tree as Tree<T>, root, (path, leaf) => leaves.push({ path, leaf }));
  return leaves;
}

function visit<T extends Leaf>(tree: Tree<T>, path: string, found: (path: string, leaf: T) => void): void {
  if (isLeaf(tree)) {
    found(path, tree as T);
    return;
  }
  for (const [key, child] of children(tree, path)) visit(child, path === "" ? key : `${path}.${key}`, found);
}

function children<T>(tree: Tree<T>, path: string): readonly (readonly [string, Tree<T>])[] {
  if (Array.isArray(tree)) return tree.map((child, i) => [String(i), child as Tree<T>] as const);
  if (typeof tree === "object" && tree !== null && !ArrayBuffer.isView(tree)) {
    const branch = tree as { readonly [key: string]: Tree<T> };
    return Object.keys(branch)
      .sort()
      .map((key) => [key, branch[key] as Tree<T>] as const);
  }
  const where = path === "" ? "tree" : path;
  throw new UsageError(
    problem({
      where,
      expected: "a tree must be made of plain objects, arrays and tensors",
      got: show(tree),
      fix: "Wrap numbers with constant().",
    }),
  );
}

/**
 * Applies `fn` to every leaf and keeps the structure; further trees must have the same structure and pass their leaves along.
 * @throws {@link UsageError} when the structures differ.
 */
export function mapTree<S, T extends Leaf, R>(
  fn: (leaf: T, path: string, ...others: T[]) => R,
  tree: S,
  ...others: readonly unknown[]
): MapTree<S, R> {
  return mapLeaves(fn, tree, ...others) as MapTree<S, R>;
}

/** {@link mapTree} for trees whose structure the type checker does not know. */
export function mapLeaves<T extends Leaf>(
  fn: (leaf: T, path: string, ...others: T[]) => unknown,
  tree: unknown,
  ...others: readonly unknown[]
): unknown {
  return mapAt(fn as (leaf: Leaf, path: string, ...others: Leaf[]) => unknown, tree as Tree<Leaf>, "", others as readonly Tree<Leaf>[]);
}

function mapAt(
  fn: (leaf: Leaf, path: string, ...others: Leaf[]) => unknown,
  tree: Tree<Leaf>,
  path: string,
  others: readonly Tree<Leaf>[],
): unknown {
  if (isLeaf(tree)) {
    for (const other of others) if (!isLeaf(other)) differ(path, "a tensor", other);
    return fn(tree, path, ...(others as Leaf[]));
  }
  const branches = children(tree, path);
  for (const other of others) checkBranches(tree, branches.length, path, other);
  const entries = branches.map(([key, child]) => {
    const inner = path === "" ? key : `${path}.${key}`;
    const rest = others.map((other) => {
      const found = typeof other === "object" && other !== null ? (other as { readonly [key: string]: Tree<Leaf> })[key] : undefined;
      if (found === undefined) differ(inner, "the same structure in every tree", found);
      return found as Tree<Leaf>;
    });
    return [key, mapAt(fn, child, inner, rest)] as const;
  });
  return Array.isArray(tree) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

/** Children that only another tree has would be dropped without notice. */
function checkBranches(tree: Tree<Leaf>, count: number, path: string, other: Tree<Leaf>): void {
  if (isLeaf(other) || Array.isArray(tree) !== Array.isArray(other) || children(other, path).length !== count) {
    differ(path, `${Array.isArray(tree) ? "an array" : "an object"} of ${count}`, other);
  }
}

function differ(path: string, expected: string, got: unknown): never {
  throw new UsageError(
    problem({
      where: "mapTree",
      expected: `${path === "" ? "every tree" : path} must hold ${expected}`,
      got: show(got),
      fix: "Pass trees of one structure.",
    }),
  );
}
