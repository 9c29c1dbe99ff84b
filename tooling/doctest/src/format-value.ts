/**
 * Prints a value as documentation writes it: `{ a: 1, b: [2, 3] }`, `Float64Array [0.5, 1]`, `"text"`, `5n`, `Map { "a" => 1 }`,
 * `ShapeError: message`.
 */
export function formatValue(value: unknown): string {
  return format(value, new Set());
}

function format(value: unknown, above: ReadonlySet<unknown>): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Object.is(value, -0) ? "0" : String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol") return value.toString();
  if (typeof value === "function") return `[Function ${value.name || "anonymous"}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if (above.has(value)) return "[Circular]";
  const inside = new Set([...above, value]);
  const list = (items: Iterable<unknown>): string => Array.from(items, (item) => format(item, inside)).join(", ");
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${list(value)}]`;
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) return `${value.constructor.name} [${list(value as Uint8Array)}]`;
  if (value instanceof Set)
    return braces(
      "Set",
      Array.from(value, (item) => format(item, inside)),
    );
  if (value instanceof Map)
    return braces(
      "Map",
      Array.from(value, ([key, item]) => `${format(key, inside)} => ${format(item, inside)}`),
    );
  const entries = Object.entries(value).map(
    ([key, item]) => `${/^[\w$]+$/.test(key) ? key : JSON.stringify(key)}: ${format(item, inside)}`,
  );
  const name = Object.getPrototypeOf(value)?.constructor?.name ?? "Object";
  return braces(name === "Object" ? "" : name, entries);
}

function braces(name: string, items: readonly string[]): string {
  const body = items.length === 0 ? "{}" : `{ ${items.join(", ")} }`;
  return name === "" ? body : `${name} ${body}`;
}
