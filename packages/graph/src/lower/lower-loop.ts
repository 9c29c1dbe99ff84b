import type { Tensor } from "../ir/tensor.ts";
import type { LoopAttributes } from "../primitives/loop.ts";
import type { LowerContext, SubgraphBuilder } from "./context.ts";

/** Lowers a loop to ONNX `Loop`. Captured and sliced values are read from the graph outside by name. */
export function lowerLoop(context: LowerContext<LoopAttributes>): readonly string[] {
  const { inputs, inputTypes, outputTypes, attributes, emit, emitAll, isDynamic, isUsed, int64s, scalar, shape, subgraph } = context;
  const { body, count, captured, carried, reverse } = attributes;
  const results = body.outputs.length - carried;
  const stackedOutputs = Array.from({ length: results + carried }, (_, k) => carried + k).filter(isUsed);
  const trips = isDynamic(count) ? emit("Squeeze", [shape([count]), int64s([0])]) : scalar(count, "int64");
  const last = (): string => (isDynamic(count) ? emit("Sub", [trips, scalar(1, "int64")]) : scalar(count - 1, "int64"));
  const start = reverse ? last() : "";
  let startingCarries: readonly string[] = [];

  const graph = subgraph({
    body,
    bind: (inner) => {
      const iteration = inner.input("int64", []);
      const condition = inner.input("bool", []);
      startingCarries = inputTypes.slice(captured, captured + carried).map((type) => inner.input(type.dtype, type.shape));
      inner.output(condition, "bool", []);
      const index = reverse ? inner.emit("Sub", [start, iteration]) : iteration;
      const slices = inputs.slice(captured + carried).map((all) => inner.emit("Gather", [all, index], { axis: { int: 0 } }));
      return [index, ...inputs.slice(0, captured), ...startingCarries, ...slices];
    },
    finish: (inner, outputs) => finishBody(inner, [...outputs, ...startingCarries], stackedOutputs, context),
  });

  const carries = inputs.slice(captured, captured + carried);
  const names = emitAll("Loop", [trips, "", ...carries], { body: graph }, { outputs: carried + stackedOutputs.length });
  const all = new Array<string>(outputTypes.length);
  for (let k = 0; k < carried; k++) all[k] = names[k] as string;
  stackedOutputs.forEach((k, i) => {
    const name = names[carried + i] as string;
    // Loop stacks in the order of iterations, which runs backwards here.
    all[k] = reverse ? emit("Slice", [name, int64s([-1]), int64s([-Number.MAX_SAFE_INTEGER]), int64s([0]), int64s([-1])]) : name;
  });
  return all;
}

function finishBody(
  inner: SubgraphBuilder,
  values: readonly string[],
  stacked: readonly number[],
  { outputTypes, attributes }: LowerContext<LoopAttributes>,
): void {
  const typeOf = (k: number): Tensor => outputTypes[k] as Tensor;
  for (let k = 0; k < attributes.carried; k++) inner.output(values[k] as string, typeOf(k).dtype, typeOf(k).shape);
  for (const k of stacked) inner.output(values[k] as string, typeOf(k).dtype, typeOf(k).shape.slice(1));
}
