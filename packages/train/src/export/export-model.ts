import type { TensorData } from "@attnlab/check";
import { booleanOption, customOption, integerOption, optionTable, stringOption } from "@attnlab/check";
import { constant, lower, type MapTree, mapLeaves, type Tensor, trace } from "@attnlab/graph";
import { checkModel, encodeModel } from "@attnlab/onnx";

/** Options of {@link exportModel}. */
export interface ExportOptions<P, I> {
  /** The inference part: from parameters and inputs to a tree of named results. */
  readonly predict: (params: MapTree<P, Tensor>, inputs: MapTree<I, Tensor>) => unknown;
  /** Trained parameters, stored in the file. */
  readonly params: P;
  /** Dtypes and shapes of the inputs by name; a size given as a string is a named dynamic dimension, for example `["batch", 8]`. */
  readonly inputs: I;
  /** Opset of the standard operators. Default 21. */
  readonly opset?: number;
  /** Allow operators of ONNX Runtime's own domain. Default `false`: plain ONNX that any runtime reads. */
  readonly contrib?: boolean;
  /** Name of the graph. Default `"model"`. */
  readonly name?: string;
  /** Key-value pairs stored with the model. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const isTree = (v: unknown): boolean => typeof v === "object" && v !== null;

const table = optionTable("exportModel", {
  predict: customOption<unknown>({
    doc: "From parameters and inputs to results.",
    expected: "a function",
    accepts: (v) => typeof v === "function",
    required: true,
  }),
  params: customOption<unknown>({ doc: "A tree of tensor data.", expected: "a tree of tensor data", accepts: isTree, required: true }),
  inputs: customOption<unknown>({
    doc: "A tree of { dtype, shape }.",
    expected: "a tree of { dtype, shape }",
    accepts: isTree,
    required: true,
  }),
  opset: integerOption({ doc: "Opset of the standard operators.", min: 18, max: 25, default: 21 }),
  contrib: booleanOption({ doc: "Allow operators of ONNX Runtime's own domain.", default: false }),
  name: stringOption({ doc: "Name of the graph.", default: "model" }),
  metadata: customOption<Readonly<Record<string, string>>>({
    doc: "Key-value pairs of strings.",
    expected: "an object of strings",
    accepts: isTree,
    default: {},
  }),
});

/**
 * Exports the inference part of a model as the bytes of a plain `.onnx` file, with the parameters inside.
 *
 * Inputs and outputs keep their names; a dimension given as a string stays dynamic.
 *
 * @throws {@link OptionError} on unknown or missing options; {@link ShapeError} when a size cannot be kept dynamic.
 */
export function exportModel<P, I>(options: ExportOptions<P, I>): Uint8Array {
  const { opset, contrib, name, metadata } = table.parse({ ...options });
  const predict = (inputs: unknown): unknown => {
    const params = mapLeaves((leaf: TensorData) => constant(leaf), options.params);
    return options.predict(params as MapTree<P, Tensor>, inputs as MapTree<I, Tensor>);
  };
  // One argument named by its own keys: inputs are called as the user calls them.
  const keys = Object.keys(options.inputs as object).sort();
  const specs = keys.map((key) => (options.inputs as Readonly<Record<string, unknown>>)[key]);
  const byName = (...args: readonly unknown[]): unknown => predict(Object.fromEntries(keys.map((key, i) => [key, args[i]])));
  const program = trace(byName as (...args: unknown[]) => unknown, specs as readonly unknown[], { names: keys });
  const model = lower(program, { contrib, opset, name, metadata });
  checkModel(model);
  return encodeModel(model);
}
