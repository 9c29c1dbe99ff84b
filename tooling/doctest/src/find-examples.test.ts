import { expect, test } from "vitest";
import { emptyExampleTags, examplesInMarkdown, examplesInSource } from "./find-examples.ts";

const README = "# x\n\n```sh\nnpm i x\n```\n\n- item\n  ```ts\n  f();\n    g();\n  ```\n\n```ts no-run\nh();\n```\n";

test("finds ts blocks in Markdown with their lines, and strips their indentation", () => {
  expect(examplesInMarkdown("a/README.md", README)).toEqual([
    { file: "a/README.md", line: 9, code: "f();\n  g();", run: true },
    { file: "a/README.md", line: 14, code: "h();", run: false },
  ]);
});

test("a block inside a longer fence is text", () => {
  expect(examplesInMarkdown("a.md", "````md\n```ts\nf();\n```\n````\n")).toEqual([]);
});

const SOURCE = `// one
/**
 * Adds. An @example in running text is none.
 *
 * \`\`\`ts
 * format();
 * \`\`\`
 * @example One and one.
 * \`\`\`ts
 * add(1, 1); // => 2
 * \`\`\`
 * @example Nothing to run.
 */
export function add(a: number, b: number): number {
  return a + b;
}
`;

test("finds the blocks behind @example tags only", () => {
  expect(examplesInSource("add.ts", SOURCE)).toEqual([{ file: "add.ts", line: 10, code: "add(1, 1); // => 2", run: true }]);
});

test("finds @example tags without a block", () => {
  expect(emptyExampleTags("add.ts", SOURCE)).toEqual([12]);
});
