import { OptionError, problem, show } from "@attnlab/check";
import type { OnnxModel, OnnxValueInfo } from "@attnlab/onnx";

/** The model with sizes in place of named dynamic dimensions, so that the runtime can optimize for them. */
export function fixDimensions(model: OnnxModel, dimensions: Readonly<Record<string, number>>): OnnxModel {
  const { inputs, outputs } = model.graph;
  const known = new Set(inputs.flatMap((input) => input.shape.filter((dim) => typeof dim === "string" && dim !== "")));
  const unknown = Object.keys(dimensions).find((name) => !known.has(name));
  if (unknown !== undefined) {
    const fix = `The inputs' dynamic dimensions are ${[...known].map(show).join(", ") || "none"}.`;
    const expected = "dimensions must name dynamic dimensions of the inputs";
    throw new OptionError(problem({ where: "createSession", expected, got: show(unknown), fix }));
  }
  const fixed = (value: OnnxValueInfo): OnnxValueInfo => ({
    ...value,
    shape: value.shape.map((dim) => (typeof dim === "string" && Object.hasOwn(dimensions, dim) ? (dimensions[dim] as number) : dim)),
  });
  return { ...model, graph: { ...model.graph, inputs: inputs.map(fixed), outputs: outputs.map(fixed) } };
}
