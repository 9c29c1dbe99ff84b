import { isFloat, problem, sameShape, UsageError } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { broadcastTo } from "./broadcast-to.ts";
import { equal } from "./comparison.ts";
import { type EinsumEquation, type Labels, parseEinsum } from "./einsum-equation.ts";
import { expandDims } from "./expand-dims.ts";
import { iota } from "./iota.ts";
import { matmul } from "./matmul.ts";
import { mul } from "./mul.ts";
import { reshape } from "./reshape.ts";
import { sum } from "./sum.ts";
import { transpose } from "./transpose.ts";
import { where } from "./where.ts";

/** A tensor whose axes have labels. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: Labels;
}

/**
 * Sums of products over named axes: $y_{\text{out}} = \sum_{\text{other labels}} \prod_k x^{(k)}_{\text{term}_k}$.
 *
 * Every tensor has a term with one letter per axis; letters absent from the result are summed over, a letter twice in one term takes
 * the diagonal, `...` stands for leading axes that broadcast. Without `->` the result has the letters that occur once, in alphabetical
 * order. Operands are multiplied from left to right, as matrix products wherever a letter is summed, so put small products first.
 *
 * @param equation - for example `"bik,bkj->bij"`.
 * @throws {@link ShapeError} when the equation is malformed or does not fit the shapes; {@link DtypeError} when the dtypes differ.
 * @example
 * ```ts
 * import { constantOf, einsum, evaluate, trace } from "@attnlab/graph";
 * const a = constantOf("float64", [2, 2], [1, 2, 3, 4]);
 * evaluate(trace(() => einsum("ij,kj->ik", a, a), []), []).data // => Float64Array [5, 11, 11, 25]
 * ```
 */
export function einsum(equation: string, ...tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 0) {
    const fix = 'Pass them after the equation: einsum("ij,jk->ik", a, b).';
    throw new UsageError(problem({ where: "einsum", expected: "at least one tensor must be given", got: "none", fix }));
  }
  const parsed = parseEinsum(
    equation,
    tensors.map(({ shape }) => shape),
  );
  const [first, ...rest] = tensors.map((tensor, i) => takeDiagonals({ tensor, labels: parsed.operands[i] as Labels }));
  const product = rest.reduce((left, right, i) => {
    const needed = new Set([...parsed.output, ...rest.slice(i + 1).flatMap(({ labels }) => labels)]);
    return contract(left, right, needed);
  }, first as Labelled);
  return finish(product, parsed);
}

/** A label that a term repeats: everything off the diagonal is replaced by zero and the second axis summed away. */
function takeDiagonals({ tensor, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, i) => labels.indexOf(label) !== i);
  if (second < 0) return { tensor, labels };
  const first = labels.indexOf(labels[second] as string);
  const n = tensor.shape[first] as number;
  const index = iota("int64", n);
  const identity = equal(expandDims(index, 1), index);
  const onDiagonal = reshape(
    identity,
    tensor.shape.map((_, i) => (i === first || i === second ? n : 1)),
  );
  return takeDiagonals({ tensor: sum(where(onDiagonal, tensor, 0), second), labels: labels.toSpliced(second, 1) });
}

/** Sums away the labels that nothing needs any more. */
function reduceTo({ tensor, labels }: Labelled, needed: (label: string) => boolean): Labelled {
  const axes = labels.flatMap((label, axis) => (needed(label) ? [] : [axis]));
  return axes.length === 0 ? { tensor, labels } : { tensor: sum(tensor, axes), labels: labels.filter(needed) };
}

function contract(a: Labelled, b: Labelled, needed: ReadonlySet<string>): Labelled {
  const left = reduceTo(a, (label) => needed.has(label) || b.labels.includes(label));
  const right = reduceTo(b, (label) => needed.has(label) || a.labels.includes(label));
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const batch = shared.filter((label) => needed.has(label));
  const summed = shared.filter((label) => !needed.has(label));
  const sizesOf = ({ tensor, labels }: Labelled, wanted: Labels): number[] =>
    wanted.map((label) => tensor.shape[labels.indexOf(label)] as number);
  // A summed axis under an ellipsis may have size 1 on one side only, which no matrix product takes.
  const isProduct = summed.length > 0 && isFloat(left.tensor.dtype) && sameShape(sizesOf(left, summed), sizesOf(right, summed));
  if (!isProduct) return multiply(left, right, needed);
  const rows = left.labels.filter((label) => !shared.includes(label));
  const columns = right.labels.filter((label) => !shared.includes(label));
  // [batch..., rows, summed] x [batch..., summed, columns]: each group of axes becomes one, batch axes stay apart to broadcast.
  const matrixA = grouped(left, batch, rows, summed);
  const matrixB = grouped(right, batch, summed, columns);
  const product = matmul(matrixA, matrixB);
  const shape = [...product.shape.slice(0, -2), ...sizesOf(left, rows), ...sizesOf(right, columns)];
  return { tensor: reshape(product, shape), labels: [...batch, ...rows, ...columns] };
}

function grouped({ tensor, labels }: Labelled, batch: Labels, first: Labels, second: Labels): Tensor {
  const order = [...batch, ...first, ...second].map((label) => labels.indexOf(label));
  const moved = transpose(tensor, order);
  const size = (from: number, count: number): number => moved.shape.slice(from, from + count).reduce((a, b) => a * b, 1);
  const [b, f] = [batch.length, first.length];
  return reshape(moved, [...moved.shape.slice(0, b), size(b, f), size(b + f, second.length)]);
}

/** No label is summed in both: an elementwise product with aligned axes. */
function multiply(a: Labelled, b: Labelled, needed: ReadonlySet<string>): Labelled {
  const labels = [...a.labels, ...b.labels.filter((label) => !a.labels.includes(label))];
  const align = (x: Labelled): Tensor => {
    const own = labels.filter((label) => x.labels.includes(label));
    const moved = transpose(
      x.tensor,
      own.map((label) => x.labels.indexOf(label)),
    );
    return reshape(
      moved,
      labels.map((label) => (own.includes(label) ? (moved.shape[own.indexOf(label)] as number) : 1)),
    );
  };
  return reduceTo({ tensor: mul(align(a), align(b)), labels }, (label) => needed.has(label));
}

/** Brings the axes of the product into the order of the result. */
function finish(product: Labelled, { output, sizes }: EinsumEquation): Tensor {
  const { tensor, labels } = reduceTo(product, (label) => output.includes(label));
  const ordered = transpose(
    tensor,
    output.map((label) => labels.indexOf(label)),
  );
  return broadcastTo(
    ordered,
    output.map((label) => sizes.get(label) as number),
  );
}
