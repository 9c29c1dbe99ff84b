import { DtypeError, OptionError, ShapeError, tensorData, UsageError } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import { add, concat, constant, exp, loop, mul, print, reshape, sum, type Tensor, type TensorSpec, trace } from "../index.ts";

const vector: TensorSpec = { dtype: "float32", shape: [3] };

describe("trace", () => {
  it("names inputs by argument and path, outputs by path", () => {
    const program = trace(
      (params: { readonly w: Tensor; readonly b: readonly Tensor[] }, x: Tensor) => ({
        y: add(mul(params.w, x), params.b[0] as Tensor),
        x,
      }),
      [{ w: vector, b: [vector] }, vector],
      { names: ["params"] },
    );
    expect(program.inputs.map(({ name }) => name)).toEqual(["params.b.0", "params.w", "arg1"]);
    expect(program.outputs.map(({ name }) => name)).toEqual(["x", "y"]);
    const named = trace((x: Tensor) => [exp(x)], [vector], { outputName: "out" });
    expect(named.outputs.map(({ name }) => name)).toEqual(["out.0"]);
    expect(trace((x: Tensor) => exp(x), [vector]).outputs[0]?.name).toBe("output");
  });

  it("takes tensor data as a specification", () => {
    const program = trace((x: Tensor) => exp(x), [tensorData("float64", [2], [1, 2])]);
    expect(program.inputs[0]?.tensor).toMatchObject({ dtype: "float64", shape: [2] });
  });

  it("gives the returned tree in terms of the outputs", () => {
    const { result, outputs } = trace((x: Tensor) => ({ a: [exp(x)], b: { c: x } }), [vector]);
    expect(result.a[0]).toBe(outputs[0]?.tensor);
    expect(result.b.c).toBe(outputs[1]?.tensor);
  });

  it("checks shapes and dtypes while the function runs", () => {
    const other: TensorSpec = { dtype: "float32", shape: [2] };
    expect(() => trace((x: Tensor, y: Tensor) => add(x, y), [vector, other])).toThrow(ShapeError);
    expect(() => trace((x: Tensor, y: Tensor) => add(x, y), [vector, { dtype: "float64", shape: [3] }])).toThrow(
      new DtypeError("add: operands must have one dtype; got float32 and float64. Convert one of them with cast()."),
    );
    expect(() => trace(() => add(1, 2), [])).toThrow(
      new UsageError(
        "add: at least one operand must be a tensor; got number and number. Make one of them a tensor with constant(value, dtype).",
      ),
    );
  });

  it("refuses results that are no tensors of this trace", () => {
    const leak: Tensor[] = [];
    trace(
      (x: Tensor) => {
        leak.push(x);
        return x;
      },
      [vector],
    );
    expect(() => trace((x: Tensor) => add(x, leak[0] as Tensor), [vector])).toThrow(
      new UsageError(
        "trace: results must depend on the arguments alone; got a tensor of another trace. Pass it as an argument; loop() bodies may use tensors from outside, traced functions may not.",
      ),
    );
    expect(() => trace((x: Tensor) => ({ x, loss: 3 }), [vector])).toThrow(
      new UsageError("loss: a tree must be made of plain objects, arrays and tensors; got 3. Wrap numbers with constant()."),
    );
    expect(() => trace(() => ({ data: tensorData("float32", [1], [1]) }), [])).toThrow(
      new UsageError(
        "trace: result data must be a traced tensor; got { dtype, shape, data }. Return tensors; make numbers tensors with constant().",
      ),
    );
  });

  it("refuses names that clash or are taken", () => {
    expect(() => trace((x: Tensor, y: Tensor) => add(x, y), [vector, vector], { names: ["x", "x"] })).toThrow(
      new UsageError(
        'trace: every input and output must have its own name without a leading %; got "x". Rename the argument (names option) or the key of the result.',
      ),
    );
    expect(() => trace((x: Tensor) => ({ x: exp(x) }), [vector], { names: ["x"] })).toThrow('got "x"');
    expect(() => trace((x: Tensor) => x, [vector], { names: ["%1"] })).toThrow('got "%1"');
  });

  it("refuses bad specifications and options", () => {
    expect(() => trace((x: Tensor) => x, [{ dtype: "float32", shape: [-1] }])).toThrow(
      new ShapeError("arg0: a shape must be an array of whole sizes >= 0; got [-1]. Pass for example [2, 3], or [] for a scalar."),
    );
    // @ts-expect-error: no such dtype
    expect(() => trace((x: Tensor) => x, [{ dtype: "float16", shape: [1] } as TensorSpec])).toThrow(DtypeError);
    expect(() => trace((x: Tensor) => x, [{ dtype: "float32", shape: ["a", "b", "c", "d", "e", "f", "g"] }])).toThrow(
      new ShapeError('trace: at most 6 dynamic dimensions; got a further one, "g". Fix some sizes.'),
    );
    // @ts-expect-error: no such option
    expect(() => trace((x: Tensor) => x, [vector], { name: "x" })).toThrow(
      new OptionError('trace: every option must be known; got "name". Known options: names, outputName.'),
    );
    // @ts-expect-error: a list of strings
    expect(() => trace((x: Tensor) => x, [vector], { names: "x" })).toThrow('names must be a list of strings; got "x"');
  });

  it("takes constants alone", () => {
    const program = trace(() => add(constant(1), constant(2)), []);
    expect(print(program)).toMatchInlineSnapshot(`
      "%0 = constant[3]() : float32[]
      output output = %0"
    `);
  });
});

describe("print", () => {
  it("names dynamic dimensions and their products, in loops too", () => {
    const program = trace(
      (x: Tensor) => {
        const flat = reshape(x, [-1]);
        const { carry, results } = loop((h: Tensor) => ({ carry: mul(h, x), results: sum(h) }), x, { count: 2 });
        return { flat, carry, results, twice: concat([x, x]) };
      },
      [{ dtype: "float32", shape: ["batch", "seq", 2] }],
      { names: ["x"] },
    );
    expect(print(program)).toMatchInlineSnapshot(`
      "input x : float32[batch, seq, 2]
      %0, %1, %2 = loop[count=2, captured=1, carried=1](x, x) : float32[batch, seq, 2], float32[2], float32[2, batch, seq, 2]
        input $0 : int64[]
        input $1 : float32[batch, seq, 2]
        input $2 : float32[batch, seq, 2]
        %0 = mul($2, $1) : float32[batch, seq, 2]
        %1 = sum[axes=[0, 1, 2]]($2) : float32[]
        output $out0 = %0
        output $out1 = %1
      %3 = reshape[shape=[2*batch*seq]](x) : float32[2*batch*seq]
      %4 = concat[axis=0](x, x) : float32[2*batch, seq, 2]
      output carry = %0
      output flat = %3
      output results = %1
      output twice = %4"
    `);
  });

  it("shows data by its first six values", () => {
    const data = tensorData("float32", [7], [1, 2, 3, 4, 5, 6, 7]);
    expect(print(trace((x: Tensor) => add(x, constant(data)), [{ dtype: "float32", shape: [7] }]))).toMatchInlineSnapshot(`
      "input arg0 : float32[7]
      %0 = constant[1, 2, 3, 4, 5, 6, … 7 values]() : float32[7]
      %1 = add(arg0, %0) : float32[7]
      output output = %1"
    `);
  });
});
