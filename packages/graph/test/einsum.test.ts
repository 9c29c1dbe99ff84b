import { broadcastShapes, DtypeError, ShapeError, sizeOf, type TensorData, tensorData, UsageError } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constantOf, einsum, evaluate, lower, print, type Tensor, trace } from "../src/index.ts";
import { checkOperator, data64, interpret, runOnnx } from "./check-operator.ts";

/** The definition: a loop over every index of every letter. No ellipsis. */
function naive(equation: string, inputs: readonly TensorData[]): Float64Array {
  const [left, output] = equation.split("->") as [string, string];
  const terms = left.split(",");
  const sizes = new Map<string, number>();
  terms.forEach((term, i) => {
    [...term].forEach((label, axis) => {
      sizes.set(label, inputs[i]?.shape[axis] as number);
    });
  });
  const labels = [...sizes.keys()];
  const place = (term: string, at: ReadonlyMap<string, number>): number =>
    [...term].reduce((index, label) => index * (sizes.get(label) as number) + (at.get(label) as number), 0);
  const result = new Float64Array(sizeOf([...output].map((label) => sizes.get(label) as number)));
  const visit = (k: number, at: Map<string, number>): void => {
    const label = labels[k];
    if (label === undefined) {
      const product = terms.reduce((p, term, i) => p * Number(inputs[i]?.data[place(term, at)]), 1);
      result[place(output, at)] = (result[place(output, at)] as number) + product;
      return;
    }
    for (let i = 0; i < (sizes.get(label) as number); i++) visit(k + 1, at.set(label, i));
  };
  visit(0, new Map());
  return result;
}

const SIZES: Readonly<Record<string, number>> = { a: 2, b: 3, c: 1, d: 4 };
const term = fc.array(fc.constantFrom(...Object.keys(SIZES)), { maxLength: 3 }).map((letters) => letters.join(""));
const equations = fc.array(term, { minLength: 1, maxLength: 3 }).chain((terms) => {
  const letters = [...new Set(terms.join(""))];
  return fc.shuffledSubarray(letters).map((output) => ({ equation: `${terms.join(",")}->${output.join("")}`, terms }));
});

describe("einsum", () => {
  it.each([
    ["ij,jk->ik", [2, 3], [3, 5]],
    ["bhqd,bhkd->bhqk", [2, 3, 5, 7], [2, 3, 11, 7]],
    ["i,j", [3], [5]],
    ["ii->i", [5, 5]],
    ["ii", [5, 5]],
    ["...ij,...jk->...ik", [2, 1, 3, 5], [7, 5, 2]],
    ["ijk,jil,kl->il", [2, 3, 5], [3, 2, 7], [5, 7]],
    ["bqhd,bkhd->bhqk", [2, 5, 3, 7], [2, 11, 3, 7]],
    ["ij->ji", [2, 3]],
    ["ij,k->i", [2, 3], [5]],
    ["...i,...i->", [2, 3], [1, 3]],
    ["...,...", [2, 3], [3]],
    [" i j , j ", [2, 3], [3]],
  ] as readonly [string, ...number[][]][])("%s with both backends and gradients", async (equation, ...shapes) => {
    await checkOperator({ fn: (...x) => einsum(equation, ...x), inputs: shapes.map((shape, i) => data64(shape, 9 * i)) });
  });

  it("is its definition for random equations", async () => {
    await fc.assert(
      fc.asyncProperty(equations, async ({ equation, terms }) => {
        const inputs = terms.map((letters, i) =>
          data64(
            [...letters].map((letter) => SIZES[letter] as number),
            17 * i,
          ),
        );
        const fn = (...x: Tensor[]): Tensor => einsum(equation, ...x);
        const expected = naive(equation, inputs);
        expectClose(interpret(fn, inputs)[0] as Float64Array, expected);
        expectClose((await runOnnx(fn, inputs, "float64"))[0] as Float64Array, expected);
      }),
      { numRuns: 60 },
    );
  });

  it("broadcasts and keeps the ellipsis of the widest operand", () => {
    const shape = (equation: string, ...shapes: number[][]): readonly number[] =>
      trace((x: readonly Tensor[]) => einsum(equation, ...x), [shapes.map((s) => ({ dtype: "float32" as const, shape: s }))]).outputs[0]
        ?.tensor.shape as number[];
    expect(shape("...i,i...->...", [1, 3, 5], [5, 2, 1])).toEqual(broadcastShapes("", [1, 3], [2, 1]));
    expect(shape("...,i->i...", [2, 3], [5])).toEqual([5, 2, 3]);
    expect(shape("ba,c", [2, 3], [5])).toEqual([3, 2, 5]);
  });

  it("takes integers and empty sums", () => {
    const x = constantOf("int64", [2, 2], [1, 2, 3, 4]);
    expect(
      evaluate(
        trace(() => einsum("ij,jk->ik", x, x), []),
        [],
      ).data,
    ).toEqual(BigInt64Array.of(7n, 10n, 15n, 22n));
    const empty = (shape: number[]): TensorData => tensorData("float64", shape, []);
    expect(interpret((a, b) => einsum("ij,jk->ik", a as Tensor, b as Tensor), [empty([2, 0]), empty([0, 3])])[0]).toEqual(
      new Float64Array(6),
    );
  });

  it("makes one product of the scores of attention", () => {
    const spec = { dtype: "float32", shape: [2, 3, 5, 7] } as const;
    const program = trace((q: Tensor, k: Tensor) => einsum("bhqd,bhkd->bhqk", q, k), [spec, spec], { names: ["q", "k"] });
    expect(print(program)).toMatchInlineSnapshot(`
      "input q : float32[2, 3, 5, 7]
      input k : float32[2, 3, 5, 7]
      %0 = matmul[transposeB, alpha=1](q, k) : float32[2, 3, 5, 5]
      output output = %0"
    `);
    expect(lower(program).graph.nodes.map(({ op }) => op)).toEqual(["FusedMatMul"]);
    expect(lower(program, { contrib: false }).graph.nodes.map(({ op }) => op)).toEqual(["Transpose", "MatMul"]);
  });

  it("says what is wrong with an equation", () => {
    const [a, b] = [constantOf("float32", [2, 3], new Float32Array(6)), constantOf("float32", [4, 2], new Float32Array(8))];
    expect(() => einsum("ij,jk->ik", a)).toThrow(
      new ShapeError(
        'einsum: an equation must have one term per operand and at most one arrow; got "ij,jk->ik" with 1 operands. Write for example "ij,jk->ik".',
      ),
    );
    expect(() => einsum("ij->i->j", a)).toThrow("at most one arrow");
    expect(() => einsum("i1", a)).toThrow(
      new ShapeError('einsum: a term must be made of letters and at most one ellipsis; got "i1". Write for example "...ij".'),
    );
    expect(() => einsum("ijk", a)).toThrow(
      new ShapeError(
        'einsum: term "ijk" must name every axis of its operand; got a tensor of 2 axes in "ijk". Write one letter per axis, or ... for several.',
      ),
    );
    expect(() => einsum("ij,jk->ik", a, b)).toThrow(
      new ShapeError('einsum: "j" must have one size in "ij,jk->ik"; got 3 and 4. Check the order of the letters.'),
    );
    for (const equation of ["ij->ijk", "ij->ii", "ij->i-"]) {
      expect(() => einsum(equation, a)).toThrow(
        new ShapeError(
          `einsum: the result must be made of distinct letters of the operands; got "${equation}". Every letter of the result must occur in an operand.`,
        ),
      );
    }
    expect(() => einsum("i")).toThrow(
      new UsageError('einsum: at least one tensor must be given; got none. Pass them after the equation: einsum("ij,jk->ik", a, b).'),
    );
    expect(() => einsum("ij,ij", a, constantOf("float64", [2, 3], new Float64Array(6)))).toThrow(DtypeError);
  });
});
