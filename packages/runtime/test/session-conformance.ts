import {
  DataError,
  DtypeError,
  FormatError,
  NotFoundError,
  OptionError,
  ShapeError,
  type TensorData,
  tensorData,
  UsageError,
} from "@attnlab/check";
import { encodeModel, type OnnxModel } from "@attnlab/onnx";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import type { Session } from "../src/session.ts";
import type { SessionOptions } from "../src/session-options.ts";
import { arithmetic, EXTREMES, feeds, identity, modelOf, value } from "./small-models.ts";

interface Evaluated {
  readonly models: Readonly<
    Record<
      string,
      {
        readonly bytes: string;
        readonly feeds: Readonly<Record<string, unknown>>;
        readonly outputs: Readonly<
          Record<string, { readonly dtype: string; readonly shape: readonly number[]; readonly data: readonly number[] }>
        >;
      }
    >
  >;
}

type Create = (model: Uint8Array | OnnxModel, options?: SessionOptions) => Promise<Session>;

const golden = loadGolden<Evaluated>(new URL("golden/reference-evaluator.json", import.meta.url));

/** A nested list of numbers as the feed of an input. */
function feedOf(session: Session, name: string, list: unknown): TensorData {
  const numbers = [list].flat(9) as number[];
  const rows = Array.isArray(list) ? list.length : 0;
  const shape = rows === 0 ? [] : Array.isArray((list as unknown[])[0]) ? [rows, numbers.length / rows] : [rows];
  return tensorData(session.inputs.find((input) => input.name === name)?.dtype ?? "float32", shape, numbers);
}

/** What both entry points promise; each runs this suite. */
export function sessionConformance(entry: string, createSession: Create): void {
  describe(`${entry}: results`, () => {
    it.each(Object.keys(golden.models))("%s: as the reference evaluator", async (name) => {
      const { bytes, feeds: lists, outputs } = golden.models[name] as Evaluated["models"][string];
      await using session = await createSession(new Uint8Array(Buffer.from(bytes, "base64")));
      const tensors = Object.fromEntries(Object.entries(lists).map(([key, list]) => [key, feedOf(session, key, list)]));
      const results = await session.run(tensors);
      expect(Object.keys(results)).toEqual(Object.keys(outputs));
      for (const [key, result] of Object.entries(results)) {
        expect({ dtype: result.dtype, shape: [...result.shape] }).toEqual({ dtype: outputs[key]?.dtype, shape: outputs[key]?.shape });
        // These few operations round the same way everywhere: the numbers are equal, not close.
        expect(Array.from(result.data, Number)).toEqual(outputs[key]?.data);
      }
    });

    it.each(EXTREMES.map((tensor) => [tensor.dtype, tensor] as const))("%s passes through bit for bit", async (dtype, tensor) => {
      await using session = await createSession(identity(dtype));
      expect((await session.run({ x: tensor })).y).toEqual(tensor);
    });

    it("a model object and its bytes are the same model", async () => {
      await using one = await createSession(arithmetic);
      await using two = await createSession(encodeModel(arithmetic));
      expect(one.inputs).toEqual(arithmetic.graph.inputs);
      expect(one.outputs).toEqual(arithmetic.graph.outputs);
      expect(two.inputs).toEqual(one.inputs);
      expect(await two.run(feeds)).toEqual(await one.run(feeds));
    });

    it("a float64 factor beside a matrix product keeps its precision", async () => {
      // The runtime's own rewrite would round the factor to float32: 0.1 would become 0.10000000149.
      const scaled = [
        { op: "MatMul", inputs: ["x", "x"], outputs: ["product"] },
        { op: "Mul", inputs: ["product", "factor"], outputs: ["y"] },
      ];
      const { graph, ...rest } = modelOf(scaled, [value("x", "float64", [1, 1])], [value("y", "float64", [1, 1])]);
      const initializers = [{ name: "factor", value: tensorData("float64", [], [0.1]) }];
      await using session = await createSession({ ...rest, graph: { ...graph, initializers } });
      expectClose((await session.run({ x: tensorData("float64", [1, 1], [3]) })).y?.data[0] as number, 0.9);
    });

    it("fetches choose outputs", async () => {
      await using session = await createSession(arithmetic);
      expect(await session.run(feeds, ["product"])).toEqual({ product: tensorData("float64", [2, 3], [7, 16, 27, 40, 55, 72]) });
    });

    it("feeds stay as they are, results are new memory, and results can be fed", async () => {
      await using session = await createSession(arithmetic);
      const before = structuredClone(feeds);
      const first = await session.run(feeds);
      const second = await session.run({ a: first.sum as TensorData, b: first.product as TensorData });
      expect(feeds).toEqual(before);
      expect(first.sum?.data).toEqual(Float64Array.of(8, 10, 12, 14, 16, 18));
      expect(second.sum?.data).toEqual(Float64Array.of(15, 26, 39, 54, 71, 90));
    });

    it("runs at the same time each get their own results", async () => {
      await using session = await createSession(arithmetic);
      const runs = [1, 2, 3, 4].map((n) => session.run({ ...feeds, a: tensorData("float64", [2, 3], new Array<number>(6).fill(n)) }));
      const sums = (await Promise.all(runs)).map((result) => result.sum?.data[0]);
      expect(sums).toEqual([8, 9, 10, 11]);
    });

    it("takes feeds that are views into larger memory, empty tensors and scalars", async () => {
      await using session = await createSession(arithmetic);
      const memory = Float64Array.from({ length: 20 }, (_, i) => i);
      const view = tensorData("float64", [1, 3], memory.subarray(5, 8));
      expect((await session.run({ a: view, b: view })).sum?.data).toEqual(Float64Array.of(10, 12, 14));
      const empty = tensorData("float64", [0, 3], []);
      expect((await session.run({ a: empty, b: empty })).sum).toEqual(empty);
      await using negate = await createSession(
        modelOf([{ op: "Neg", inputs: ["x"], outputs: ["y"] }], [value("x", "float32", [])], [value("y", "float32", [])]),
      );
      expect((await negate.run({ x: tensorData("float32", [], [3]) })).y).toEqual(tensorData("float32", [], [-3]));
    });

    it.each([
      ["a model object", arithmetic],
      ["bytes", encodeModel(arithmetic)],
    ])("dimensions fix a dynamic axis of %s", async (_, model) => {
      await using session = await createSession(model, { dimensions: { rows: 2 } });
      expect(session.inputs[0]?.shape).toEqual([2, 3]);
      expect(session.outputs[0]?.shape).toEqual([2, 3]);
      expect((await session.run(feeds)).sum?.data[5]).toBe(18);
      const one = tensorData("float64", [1, 3], [1, 2, 3]);
      await expect(session.run({ a: one, b: one })).rejects.toThrow('feed "a" must have shape [2, 3]');
    });

    it.each(["none", "basic", "extended", "all"] as const)("optimization %s computes the same", async (optimization) => {
      await using session = await createSession(arithmetic, { optimization, config: { "session.set_denormal_as_zero": "1" } });
      expect((await session.run(feeds)).sum?.data).toEqual(Float64Array.of(8, 10, 12, 14, 16, 18));
    });
  });

  describe(`${entry}: refusals`, () => {
    const { a, b } = feeds;
    const wide = tensorData("float64", [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
    const tall = tensorData("float64", [1, 3], [1, 2, 3]);
    const single = tensorData("float32", [2, 3], [1, 2, 3, 4, 5, 6]);
    const short: TensorData = { dtype: "float64", shape: [2, 3], data: new Float64Array(5) };
    const mislabelled = Object.assign({ ...a }, { data: new Float32Array(6) });
    const bare: TensorData = JSON.parse("[1, 2, 3]");
    it.each([
      [
        { a },
        UsageError,
        'session "small": input "b" must be fed; got nothing. Pass a float64 tensor of shape ["rows", 3]; the inputs are "a", "b".',
      ],
      [{ a, b, c: a }, UsageError, 'session "small": every feed must belong to an input; got "c". The inputs are "a", "b".'],
      [{ a: single, b }, DtypeError, 'session "small": feed "a" must be float64 in a Float64Array; got "float32". Make it with tensorData'],
      [{ a: mislabelled, b }, DtypeError, 'feed "a" must be float64 in a Float64Array; got Float32Array(6)'],
      [{ a: bare, b }, DtypeError, 'feed "a" must be float64 in a Float64Array; got [1, 2, 3]'],
      [{ a: wide, b }, ShapeError, 'feed "a" must have shape ["rows", 3] and as many elements; got shape [2, 4] with 8 elements'],
      [{ a: short, b }, ShapeError, 'feed "a" must have shape ["rows", 3] and as many elements; got shape [2, 3] with 5 elements'],
      [{ a, b: tensorData("float64", [6], a.data) }, ShapeError, "got shape [6] with 6 elements. Reshape the feed"],
      [
        { a, b: tall },
        ShapeError,
        'dimension "rows" must have one size in all feeds; got 1 in "b" after 2. Feed the same size everywhere.',
      ],
    ])("bad feeds %#", async (bad, kind, message) => {
      await using session = await createSession(arithmetic);
      const running = session.run(bad as Readonly<Record<string, TensorData>>);
      await expect(running).rejects.toThrow(kind);
      await expect(running).rejects.toThrow(message);
      expect((await session.run(feeds)).sum?.data[0]).toBe(8);
    });

    it("bad fetches", async () => {
      await using session = await createSession(arithmetic);
      await expect(session.run(feeds, ["sum", "total"])).rejects.toThrow(
        'session "small": fetches must name outputs; got "total". The outputs are "sum", "product"; leave fetches out to get all.',
      );
      await expect(session.run(feeds, [])).rejects.toThrow("fetches must name outputs; got an empty list");
    });

    it("use after disposal, and disposal twice or during a run", async () => {
      const session = await createSession(arithmetic, { name: "gone" });
      const running = session.run(feeds);
      await Promise.all([session.dispose(), session.dispose()]);
      expect((await running).sum?.data[0]).toBe(8);
      await session.dispose();
      await expect(session.run(feeds)).rejects.toThrow(UsageError);
      await expect(session.run(feeds)).rejects.toThrow(
        'session "gone": the session must be open; got a disposed one. Create a new session.',
      );
      await expect(session.endProfiling()).rejects.toThrow("the session must be open");
    });

    it("ending a profile that does not record", async () => {
      await using session = await createSession(arithmetic);
      await expect(session.endProfiling()).rejects.toThrow(
        'session "small": a profile must be recording; got none. Create the session with',
      );
    });

    it("a model that is not one", async () => {
      await expect(createSession(new Uint8Array([1, 2, 3]), { name: "broken" })).rejects.toThrow(FormatError);
      await expect(createSession(new Uint8Array([1, 2, 3]), { name: "broken" })).rejects.toThrow(
        /^session "broken": ONNX Runtime must load the model; got .*protobuf parsing failed/,
      );
      await expect(createSession(JSON.parse('"model.onnx"'))).rejects.toThrow(
        'model must be bytes or an OnnxModel; got "model.onnx". Read the file first',
      );
      const undefinedInput = modelOf([{ op: "Neg", inputs: ["z"], outputs: ["y"] }], [], [value("y", "float32", [])]);
      await expect(createSession(undefinedInput)).rejects.toThrow('checkModel: input 0 of Neg node "y" in graph "small" must be defined');
    });

    it("an operator that is not one", async () => {
      const model = modelOf([{ op: "Nonsense", inputs: ["x"], outputs: ["y"] }], [value("x", "float32", [])], [value("y", "float32", [])]);
      await expect(createSession(model)).rejects.toThrow(/^session "small": ONNX Runtime must load the model; got .*Nonsense.*printModel/);
    });

    it("values that an operator refuses", async () => {
      const shape = { op: "Reshape", name: "to shape", inputs: ["x", "shape"], outputs: ["y"] };
      await using session = await createSession(
        modelOf([shape], [value("x", "float32", [4]), value("shape", "int64", [1])], [value("y", "float32", ["n"])]),
      );
      const x = tensorData("float32", [4], [1, 2, 3, 4]);
      const running = session.run({ x, shape: tensorData("int64", [1], [3]) });
      await expect(running).rejects.toThrow(DataError);
      await expect(running).rejects.toThrow(
        /^session "small": the model must run on these feeds; got .*cannot be reshaped.*Check the values and shapes/,
      );
      expect((await session.run({ x, shape: tensorData("int64", [1], [4]) })).y).toEqual(x);
    });

    it("a provider that is absent, with those present", async () => {
      await expect(createSession(arithmetic, { providers: ["abacus"] })).rejects.toThrow(NotFoundError);
      await expect(createSession(arithmetic, { providers: ["abacus"] })).rejects.toThrow(
        /^createSession: every provider must be present; got "abacus"\. Present here: (cpu|wasm)/,
      );
    });

    it("dimensions that the model does not have", async () => {
      await expect(createSession(arithmetic, { dimensions: { columns: 3 } })).rejects.toThrow(OptionError);
      await expect(createSession(arithmetic, { dimensions: { columns: 3 } })).rejects.toThrow(
        'dimensions must name dynamic dimensions of the inputs; got "columns". The inputs\' dynamic dimensions are "rows".',
      );
    });

    it("an unknown option", async () => {
      const options: SessionOptions = JSON.parse('{ "thread": 2 }');
      await expect(createSession(arithmetic, options)).rejects.toThrow('createSession: every option must be known; got "thread"');
    });
  });
}
