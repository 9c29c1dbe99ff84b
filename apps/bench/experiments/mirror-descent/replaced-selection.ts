import { createRng } from "@attnlab/random";
import type { AttentionProblem } from "./attention-problem.ts";
import { type SvmDirection, svmDirection } from "./svm-direction.ts";

/** How good a selection is: the best token everywhere, locally optimal without being that, or neither. */
export type SelectionClass = "global" | "local" | "not local";

/** Every class, best first. */
export const SELECTION_CLASSES: readonly SelectionClass[] = ["global", "local", "not local"];

/** A token selection with its class and its solved SVM. */
export interface ClassedSelection {
  readonly class: SelectionClass;
  readonly selected: Int32Array;
  readonly svm: SvmDirection;
}

/** One token of a sample that is not its best. */
export interface Replacement {
  readonly sample: number;
  readonly token: number;
}

/** All $n(T-1)$ ways to replace one token of the optimal selection, in an order that the seed alone decides. */
export function replacements({ sizes: { samples, tokens }, optimal }: AttentionProblem, seed: number): Replacement[] {
  const order = createRng(seed)
    .split("replaced token")
    .permutation(samples * (tokens - 1));
  return Array.from(order, (at) => {
    const sample = Math.floor(at / (tokens - 1));
    const place = at % (tokens - 1);
    return { sample, token: place < (optimal[sample] as number) ? place : place + 1 };
  });
}

/**
 * One selection of each class that a data set has: the optimal one, and of {@link replacements} in order the first locally optimal
 * and the first other one. An infeasible replacement is passed over. The order is the same for every p, the class is not.
 */
export function selectionPerClass(
  problem: AttentionProblem,
  { seed, p }: { readonly seed: number; readonly p: number },
): ClassedSelection[] {
  const found = new Map<SelectionClass, ClassedSelection>();
  const best = svmDirection(problem, problem.optimal, p);
  if (best !== undefined) found.set("global", { class: "global", selected: problem.optimal, svm: best });
  for (const { sample, token } of replacements(problem, seed)) {
    if (found.has("local") && found.has("not local")) break;
    const selected = problem.optimal.slice();
    selected[sample] = token;
    const svm = svmDirection(problem, selected, p);
    if (svm === undefined) continue;
    const kind = svm.locallyOptimal ? "local" : "not local";
    if (!found.has(kind)) found.set(kind, { class: kind, selected, svm });
  }
  return SELECTION_CLASSES.flatMap((kind) => found.get(kind) ?? []);
}
