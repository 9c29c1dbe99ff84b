import { unnormalizedLinearAttention } from "@attnlab/attention";
import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import {
  concat,
  constantOf,
  evaluate,
  mean,
  neg,
  specOf,
  square,
  sub,
  type Tensor,
  trace,
  transpose,
  valueGradAndAux,
} from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import {
  cgdAsLfom,
  cgdMemformer,
  conjugateGradientMemformer,
  firstOrderMemformer,
  heavyBallMemformer,
  initCgdMemformer,
  initLfomMemformer,
  initLinearTransformer,
  initSmallBatchMemformer,
  type LfomMemformerParams,
  type LfomVariant,
  type LinearTransformerParams,
  lfomMemformer,
  linearTransformer,
  nesterovMemformer,
} from "../src/index.ts";
import { data, GOLDEN, paramsOf } from "./memformer-cases.ts";

// Statements of section 4 of Dutta and Sra's paper as our specification numbers them, in float64.

const prompts = data(GOLDEN.prompts);
const [BATCH, TOKENS, WIDTH] = prompts.shape as [number, number, number];
const DIM = WIDTH - 1;
const { steps, learningRate, momentum, numbers, diagonals } = GOLDEN.methods;
const exact = { relative: 1e-10, absolute: 1e-10, reason: "the bound of the statement" };

/** Evaluates a model on the golden prompts. */
function run<P>(
  model: (params: never, inputs: { readonly prompts: Tensor }) => Tensor,
  params: P,
  given: TensorData = prompts,
): Float64Array {
  const traced = (p: unknown, z: Tensor): Tensor => model(p as never, { prompts: z });
  const program = trace(traced as (...args: readonly unknown[]) => unknown, [specOf(params as unknown), specOf(given as unknown)]);
  return toNumbers(evaluate(program, [params, given]) as TensorData);
}

/** All tokens that lemma 1 predicts for iterates: label `y_j - <x_j, w_l>`, the query's `-<x, w_l>`, covariates unchanged. */
function tokensOfIterates(iterates: readonly number[], layers: number): Float64Array {
  const z = toNumbers(prompts);
  const count = iterates.length / BATCH / DIM;
  const out = new Float64Array((layers + 1) * z.length);
  for (let l = 0; l <= layers; l++) {
    for (let row = 0; row < BATCH * TOKENS; row++) {
      const w = iterates.slice((Math.floor(row / TOKENS) * count + l) * DIM, (Math.floor(row / TOKENS) * count + l + 1) * DIM);
      const x = z.subarray(row * WIDTH, row * WIDTH + DIM);
      const shift = w.reduce((total, value, k) => total + value * (x[k] as number), 0);
      out.set(x, l * z.length + row * WIDTH);
      out[l * z.length + row * WIDTH + DIM] = (z[row * WIDTH + DIM] as number) - shift;
    }
  }
  return out;
}

const general = { variant: "general", output: "tokens" } as const;

describe("constructions: a forward pass is the classical method, at every token of every layer", () => {
  test("conjugate gradients with each prompt's own coefficients", () => {
    const params = conjugateGradientMemformer(prompts, { numLayers: steps });
    const tokens = run((p, x) => cgdMemformer(p, x, { output: "tokens" }), params);
    expectClose(tokens, tokensOfIterates(GOLDEN.iterates.conjugateGradient.values, steps), exact);
  });

  test("conjugate gradients with all past registers", () => {
    const params = cgdAsLfom(conjugateGradientMemformer(prompts, { numLayers: steps }));
    const tokens = run((p, x) => lfomMemformer(p, x, { ...general, gate: "prompt" }), params);
    expectClose(tokens, tokensOfIterates(GOLDEN.iterates.conjugateGradient.values, steps), exact);
  });

  test("conjugate gradients past the solution: nothing moves, nothing is NaN", () => {
    const six = run((p, x) => cgdMemformer(p, x), conjugateGradientMemformer(prompts, { numLayers: 6 }));
    expectClose(six, GOLDEN.targets.values, exact);
  });

  test("heavy ball with the same parameters for every prompt", () => {
    const params = heavyBallMemformer({ dim: DIM, numLayers: steps, learningRate, momentum });
    const expected = tokensOfIterates(GOLDEN.iterates.heavyBall.values, steps);
    expectClose(
      run((p, x) => cgdMemformer(p, x, { output: "tokens" }), params),
      expected,
      exact,
    );
    expectClose(
      run((p, x) => lfomMemformer(p, x, { ...general, gate: "scalar" }), cgdAsLfom(params)),
      expected,
      exact,
    );
  });

  test("Nesterov: the prediction is that of w, not of the look-ahead point", () => {
    for (let layers = 1; layers <= steps; layers++) {
      const params = nesterovMemformer({ dim: DIM, numLayers: layers, learningRate, momentum });
      const tokens = run((p, x) => lfomMemformer(p, x, { ...general, gate: "scalar" }), params);
      const expected = tokensOfIterates(GOLDEN.iterates.nesterov.values, layers);
      const last = layers * BATCH * TOKENS * WIDTH;
      expectClose(tokens.subarray(last), expected.subarray(last), exact);
    }
  });

  test("any linear first-order method with numbers", () => {
    const tokens = run(
      (p, x) => lfomMemformer(p, x, { ...general, gate: "scalar" }),
      firstOrderMemformer({ dim: DIM, coefficients: numbers }),
    );
    expectClose(tokens, tokensOfIterates(GOLDEN.iterates.numbers.values, steps), exact);
  });

  test("any linear first-order method with diagonals, one register per head", () => {
    const tokens = run(
      (p, x) => lfomMemformer(p, x, { ...general, gate: "head" }),
      firstOrderMemformer({ dim: DIM, coefficients: diagonals }),
    );
    expectClose(tokens, tokensOfIterates(GOLDEN.iterates.diagonals.values, steps), exact);
  });
});

const full = paramsOf(GOLDEN.cases[1] as (typeof GOLDEN.cases)[number]) as LinearTransformerParams<TensorData>;

/** Iterates of `w <- w - A' grad R(w)`, or with A in place of its transpose. */
function preconditionedIterates(transposed: boolean): number[] {
  const z = toNumbers(prompts);
  return Array.from({ length: BATCH }).flatMap((_, b) => {
    let w = new Array<number>(DIM).fill(0);
    const iterates = [...w];
    for (const { preconditioner } of full.layers) {
      const gradient = new Array<number>(DIM).fill(0);
      for (let i = 0; i < TOKENS - 1; i++) {
        const row = z.subarray((b * TOKENS + i) * WIDTH, (b * TOKENS + i + 1) * WIDTH);
        const residual = w.reduce((total, value, k) => total + value * (row[k] as number), -(row[DIM] as number));
        for (let k = 0; k < DIM; k++) gradient[k] = (gradient[k] as number) + (residual * (row[k] as number)) / (TOKENS - 1);
      }
      const A = toNumbers(preconditioner);
      w = w.map(
        (value, r) => value - gradient.reduce((total, g, c) => total + (A[transposed ? c * DIM + r : r * DIM + c] as number) * g, 0),
      );
      iterates.push(...w);
    }
    return iterates;
  });
}

describe("lemma 1", () => {
  test.each([
    [false, true],
    [true, false],
  ])(
    "transposeScore %s: preconditioned gradient descent with A transposed %s, for a matrix that is not symmetric",
    (transposeScore, transposed) => {
      const tokens = run((p, x) => linearTransformer(p, x, { output: "tokens", transposeScore }), full);
      expectClose(tokens, tokensOfIterates(preconditionedIterates(transposed), 3), exact);
    },
  );

  test("the layers are unnormalizedLinearAttention with the sparse matrices", () => {
    const width = (rows: number, columns: number): Tensor => constantOf("float64", [rows, columns], new Float64Array(rows * columns));
    const literal = run((params: LinearTransformerParams, { prompts: z }) => {
      let tokens = z;
      for (const { preconditioner } of params.layers) {
        const score = concat([concat([neg(preconditioner), width(DIM, 1)], 1), width(1, WIDTH)], 0);
        const value = constantOf(
          "float64",
          [WIDTH, WIDTH],
          Float64Array.from({ length: WIDTH ** 2 }, (_, k) => Number(k === WIDTH ** 2 - 1)),
        );
        const update = unnormalizedLinearAttention(tokens, { score, value }, { hiddenTokens: 1, scale: 1 / (TOKENS - 1) });
        tokens = sub(tokens, neg(update));
      }
      return transpose(tokens, [0, 1, 2]);
    }, full);
    const tokens = run((p, x) => linearTransformer(p, x, { output: "tokens" }), full);
    expectClose(tokens.subarray(3 * BATCH * TOKENS * WIDTH), literal, exact);
  });
});

describe("what the memory can and cannot do", () => {
  const scalars = { variant: "general", gate: "scalar" } as const;

  test("one scalar gate rescales a whole gradient: no gate on one head gives a diagonal that is no multiple of the identity", () => {
    // w_1 is c times the gradient for every gate c; a diagonal turns it out of that line.
    const z = (c: number): Float64Array =>
      run((p, x) => lfomMemformer(p, x, scalars), {
        layers: [{ preconditioner: tensorData("float64", [], [1]) }],
        gates: [tensorData("float64", [1], [c])],
      });
    const [one, two] = [z(1), z(2)];
    expectClose(
      two,
      one.map((value) => 2 * value),
    );
    const turned = run(
      (p, x) => lfomMemformer(p, x, { variant: "general", gate: "head" }),
      firstOrderMemformer({ dim: DIM, coefficients: [[[-1, -2, -3, -4]]] }),
    );
    const ratios = turned.map((value, b) => value / (one[b] as number));
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeGreaterThan(0.1);
  });

  test("full gates that do not vary over the tokens are scalar gates; gates that do leave the class", () => {
    const rng = createRng(3);
    const layers = full.layers;
    const scalar = rng.fillNormal(new Float64Array(3));
    const constant = Float64Array.from({ length: 3 * TOKENS * WIDTH }, (_, k) => scalar[Math.floor(k / (TOKENS * WIDTH))] as number);
    const shared = (gates: TensorData, gate: "full" | "scalar"): Float64Array =>
      run((p, x) => lfomMemformer(p, x, { gate, output: "tokens" }), { layers, gates });
    const plain = shared(tensorData("float64", [3], scalar), "scalar");
    expectClose(shared(tensorData("float64", [3, TOKENS, WIDTH], constant), "full"), plain, exact);
    const varied = constant.map((value, k) => (k % (TOKENS * WIDTH) === WIDTH - 1 ? 2 * value : value));
    const reweighted = shared(tensorData("float64", [3, TOKENS, WIDTH], varied), "full");
    expect(reweighted.some((value, k) => Math.abs(value - (plain[k] as number)) > 1e-3)).toBe(true);
  });

  test("the residual variant and general gates contain the plain transformer, the shared variant does not", () => {
    const { layers } = full;
    const zero = tensorData("float64", [3], [0, 0, 0]);
    const identity = [[1], [0, 1], [0, 0, 1]].map((row) => tensorData("float64", [row.length], row));
    const plain = run((p, x) => linearTransformer(p, x), full);
    const lfom = (gates: LfomMemformerParams<TensorData>["gates"], variant: LfomVariant): Float64Array =>
      run((p, x) => lfomMemformer(p, x, { variant, gate: "scalar" }), { layers, gates });
    expectClose(lfom(zero, "residual"), plain, exact);
    expectClose(lfom(identity, "general"), plain, exact);
    expect(lfom(zero, "shared").every((value) => value === 0)).toBe(true);
    // Two layers, scalars: p(s) = 1 - (2a + b) s + a b s², whose best choice would need (2a + b)² >= 8 a b.
    const [first, second] = [0.515 + 1.25, 0.515 * 1.25];
    expect(first ** 2 - 8 * second).toBeLessThan(0);
  });

  test("with B = 0, heads are one head with the sum of their matrices; with B they are not", () => {
    const heads = GOLDEN.cases[3] as (typeof GOLDEN.cases)[number];
    const params = paramsOf(heads) as LinearTransformerParams<TensorData>;
    const summed = (x: TensorData): TensorData => {
      const values = toNumbers(x);
      const half = values.length / 2;
      return tensorData(
        "float64",
        x.shape.slice(1),
        values.subarray(0, half).map((v, k) => v + (values[half + k] as number)),
      );
    };
    const one = { layers: params.layers.map(({ preconditioner }) => ({ preconditioner: summed(preconditioner) })) };
    expectClose(
      run((p, x) => linearTransformer(p, x, { output: "tokens" }), one),
      heads.tokens.values,
      exact,
    );
    const moving = GOLDEN.cases[6] as (typeof GOLDEN.cases)[number];
    const both = paramsOf(moving) as LinearTransformerParams<TensorData>;
    const merged = {
      layers: both.layers.map(({ preconditioner, covariate }) => ({
        preconditioner: summed(preconditioner),
        covariate: summed(covariate as TensorData),
      })),
    };
    const tokens = run((p, x) => linearTransformer(p, x, { output: "tokens" }), merged);
    expect(tokens.some((value, k) => Math.abs(value - (moving.tokens.values[k] as number)) > 1e-2)).toBe(true);
  });

  test("GD++ with one layer is preconditioned gradient descent, and with multiples of the identity x becomes (I - ab S) x", () => {
    const A = (full.layers[0] as { readonly preconditioner: TensorData }).preconditioner;
    const B = (full.layers[1] as { readonly preconditioner: TensorData }).preconditioner;
    expectClose(
      run((p, x) => linearTransformer(p, x), { layers: [{ preconditioner: A, covariate: B }] }),
      run((p, x) => linearTransformer(p, x), { layers: [{ preconditioner: A }] }),
      exact,
    );
    const [a, b] = [0.4, 0.7];
    const number = (value: number): TensorData => tensorData("float64", [], [value]);
    const tokens = run((p, x) => linearTransformer(p, x, { output: "tokens" }), {
      layers: [{ preconditioner: number(a), covariate: number(b) }],
    });
    const z = toNumbers(prompts);
    for (let prompt = 0; prompt < BATCH; prompt++) {
      const at = (token: number, k: number): number => z[(prompt * TOKENS + token) * WIDTH + k] as number;
      for (let token = 0; token < TOKENS; token++) {
        for (let r = 0; r < DIM; r++) {
          let moved = at(token, r);
          for (let c = 0; c < DIM; c++) {
            let second = 0;
            for (let i = 0; i < TOKENS - 1; i++) second += (at(i, r) * at(i, c)) / (TOKENS - 1);
            moved -= a * b * second * at(token, c);
          }
          expectClose(tokens[(BATCH + prompt) * TOKENS * WIDTH + token * WIDTH + r] as number, moved, exact);
        }
      }
    }
  });
});

test("initial values are those of the released code, and the memory starts switched off", () => {
  const config = { dim: DIM, numLayers: 3, dtype: "float64" } as const;
  const layers = toNumbers(initLinearTransformer(createRng(1), { ...config, dim: 50 }).layers[0]?.preconditioner as TensorData);
  const deviation = Math.sqrt(layers.reduce((total, x) => total + x * x, 0) / layers.length);
  expectClose(deviation, 1e-4, { relative: 0.05, reason: "2,500 draws" });
  const { layers: own } = initCgdMemformer(createRng(1), config);
  const plain = run((p, x) => linearTransformer(p, x), { layers: own });
  expect(plain.some((value) => value !== 0)).toBe(true);
  expectClose(
    run((p, x) => cgdMemformer(p, x), initCgdMemformer(createRng(1), config)),
    plain,
  );
  const residual = initLfomMemformer(createRng(1), { ...config, variant: "residual", examples: TOKENS - 1 });
  expectClose(
    run((p, x) => lfomMemformer(p, x, { variant: "residual" }), residual),
    plain,
  );
  const shared = initLfomMemformer(createRng(1), { ...config, examples: TOKENS - 1 });
  expect(run((p, x) => lfomMemformer(p, x), shared).every((value) => value === 0)).toBe(true);
  expect(initSmallBatchMemformer(createRng(1), config).layers[0]?.preconditioner.shape).toEqual([]);
});

test("shared gates at zero have a gradient although the layers' gradient vanishes", () => {
  const params = initLfomMemformer(createRng(1), { dim: DIM, numLayers: 2, examples: TOKENS - 1, std: 0.1, dtype: "float64" });
  const program = trace(
    ((own: unknown, z: Tensor, t: Tensor) =>
      valueGradAndAux((p: unknown) => {
        const loss = mean(square(sub(lfomMemformer(p as LfomMemformerParams, { prompts: z }), t)));
        return { loss, aux: {} };
      })(own).grads) as (...args: readonly unknown[]) => unknown,
    [params as unknown, prompts as unknown, data(GOLDEN.targets) as unknown].map(specOf),
  );
  const grads = evaluate(program, [params, prompts, data(GOLDEN.targets)]) as LfomMemformerParams<TensorData>;
  expect(toNumbers((grads.layers[0] as { readonly preconditioner: TensorData }).preconditioner).every((g) => g === 0)).toBe(true);
  expect(toNumbers(grads.gates as TensorData).some((g) => g !== 0)).toBe(true);
});
