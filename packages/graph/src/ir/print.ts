import { type Shape, type TensorData, toNumbers } from "@attnlab/check";
import { factorDim } from "../trace/spec.ts";
import type { Program } from "./program.ts";
import type { AttributeValue, Node, Tensor } from "./tensor.ts";

/**
 * A program as text, one node a line: `%2 = mul(%0, %1) : float32[2, 3]`.
 *
 * The text is the same for every trace of the same function, so it can be compared and reviewed.
 */
export function print(program: Program): string {
  return printBody(program, "", program.dynamic).join("\n");
}

/** Bodies of loops use the dynamic dimensions of the program around them. */
function printBody(program: Program, indent: string, dynamic: Program["dynamic"]): readonly string[] {
  const names = new Map<Tensor, string>();
  const type = ({ dtype, shape }: Tensor): string => `${dtype}${printShape(shape, dynamic)}`;
  const lines = program.inputs.map(({ name, tensor }) => {
    names.set(tensor, name);
    return `${indent}input ${name} : ${type(tensor)}`;
  });
  let count = 0;
  for (const node of program.nodes) {
    for (const output of node.outputs) names.set(output, `%${count++}`);
    const left = node.outputs.map((output) => names.get(output)).join(", ");
    const args = node.inputs.map((input) => names.get(input)).join(", ");
    lines.push(
      `${indent}${left} = ${node.primitive.name}${printAttributes(node, dynamic)}(${args}) : ${node.outputs.map(type).join(", ")}`,
    );
    for (const body of bodiesOf(node)) lines.push(...printBody(body, `${indent}  `, dynamic));
  }
  for (const { name, tensor } of program.outputs) lines.push(`${indent}output ${name} = ${names.get(tensor)}`);
  return lines;
}

function printShape(shape: Shape, dynamic: Program["dynamic"]): string {
  const dims = shape.map((size) => {
    const { factor, names } = factorDim(size, dynamic);
    return names.length === 0 ? `${size}` : [...(factor === 1 ? [] : [factor]), ...names].join("*");
  });
  return `[${dims.join(", ")}]`;
}

function bodiesOf(node: Node): readonly Program[] {
  return Object.values(node.attributes).filter((value): value is Program => typeof value === "object" && "kind" in value);
}

function printAttributes(node: Node, dynamic: Program["dynamic"]): string {
  const parts = Object.entries(node.attributes).flatMap(([name, value]) => {
    const text = printAttribute(name, value, dynamic);
    return text === undefined ? [] : [text];
  });
  return parts.length === 0 ? "" : `[${parts.join(", ")}]`;
}

function printAttribute(name: string, value: AttributeValue, dynamic: Program["dynamic"]): string | undefined {
  // False flags are the default everywhere.
  if (value === undefined || value === false) return undefined;
  if (value === true) return name;
  if (typeof value !== "object") return `${name}=${value}`;
  if (Array.isArray(value)) return `${name}=${name === "shape" ? printShape(value, dynamic) : `[${value.join(", ")}]`}`;
  if ("kind" in value) return undefined;
  return "data" in value ? printData(value) : undefined;
}

function printData(value: TensorData): string {
  const numbers = toNumbers(value);
  const head = Array.from(numbers.subarray(0, 6)).join(", ");
  return numbers.length > 6 ? `${head}, … ${numbers.length} values` : head;
}
