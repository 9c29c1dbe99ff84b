import { problem, show, UsageError } from "@attnlab/check";
import { flatten, isLeaf, type Tensor, type TensorType } from "@attnlab/graph";
import { mapUpdates } from "./map-tensors.ts";
import type { OptimizerState, Transformation } from "./transformation.ts";

/** A label for a whole subtree, or labels for its branches. */
export type LabelTree = string | readonly LabelTree[] | { readonly [key: string]: LabelTree };

/** Labels as a tree, or as a function of a parameter's path (`layers.0.weight`), dtype and shape. */
export type Labels = LabelTree | ((path: string, param: TensorType) => string);

/**
 * Gives each group of parameters its own transformation.
 *
 * A transformation sees the parameters of its group alone, as a flat object by path, so that for instance
 * `clipByGlobalNorm` clips the group.
 *
 * @param transformations - one per label.
 * @param labels - a function of path and parameter, or a tree of labels; a label at a branch holds for all below it.
 * @returns a transformation whose state is the object of their states.
 * @throws {@link UsageError} while tracing, when a parameter has no label or a label no transformation.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { optimizer, partition, scale } from "@attnlab/optimizers";
 * const groups = optimizer(partition({ slow: scale(-0.5), frozen: scale(0) }, { head: "slow", body: "frozen" }));
 * const w = { head: tensorData("float64", [1], [1]), body: [tensorData("float64", [1], [2])] };
 * const next = evaluate(trace((w) => groups.step(w, groups.init(w), w).params, [specOf(w)]), [w]);
 * [next.head.data[0], next.body[0]?.data[0]]; // => [0.5, 2]
 * ```
 */
export function partition(
  transformations: Readonly<Record<string, Transformation>>,
  labels: Labels,
): Transformation<Readonly<Record<string, OptimizerState>>> {
  const names = Object.keys(transformations);
  const entries = Object.entries(transformations);
  return {
    init: (params) => {
      const groups = split(params, labels, names);
      return Object.fromEntries(entries.map(([label, one]) => [label, one.init(groups[label])]));
    },
    update: (grads, state, params) => {
      const [gradGroups, paramGroups] = [split(grads, labels, names), split(params, labels, names)];
      const updated = new Map<string, Tensor>();
      const next = entries.map(([label, one]) => {
        const result = one.update(gradGroups[label] as Group, state[label] as OptimizerState, paramGroups[label] as Group);
        for (const [path, update] of Object.entries(result.updates)) updated.set(path, update);
        return [label, result.state] as const;
      });
      return { updates: mapUpdates((_, path) => updated.get(path) as Tensor, grads), state: Object.fromEntries(next) };
    },
  };
}

type Group = Readonly<Record<string, Tensor>>;

function split(tree: unknown, labels: Labels, names: readonly string[]): Readonly<Record<string, Group>> {
  const groups: Record<string, Record<string, Tensor>> = Object.fromEntries(names.map((name) => [name, {}]));
  const put = (path: string, leaf: Tensor, label: unknown): void => {
    const group = typeof label === "string" && Object.hasOwn(groups, label) ? groups[label] : undefined;
    if (group === undefined) {
      const expected = `the label of ${path === "" ? "the parameter" : path} must be one of ${names.map(show).join(", ")}`;
      throw new UsageError(
        problem({ where: "partition", expected, got: show(label), fix: "Add a transformation for the label, or label every parameter." }),
      );
    }
    group[path] = leaf;
  };
  const visit = (branch: unknown, path: string, label: LabelTree | undefined): void => {
    if (isLeaf(branch) || typeof label === "string" || label === undefined) {
      for (const found of flatten<Tensor>(branch, path)) put(found.path, found.leaf, label);
      return;
    }
    for (const [key, child] of Object.entries(branch as Readonly<Record<string, unknown>>)) {
      visit(child, path === "" ? key : `${path}.${key}`, (label as Readonly<Record<string, LabelTree>>)[key]);
    }
  };
  if (typeof labels === "function") for (const { path, leaf } of flatten<Tensor>(tree)) put(path, leaf, labels(path, leaf));
  else visit(tree, "", labels);
  return groups;
}
