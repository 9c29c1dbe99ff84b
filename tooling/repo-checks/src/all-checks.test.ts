import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { CHECKS } from "./all-checks.ts";
import { showProblem } from "./check.ts";
import { readWorkspace, toWorkspace } from "./workspace/workspace.ts";

type Files = Readonly<Record<string, string>>;

const manifest = (name: string, more: object = {}): string =>
  JSON.stringify({
    name: `@attnlab/${name}`,
    version: "0.0.0",
    description: "Adds.",
    license: "MIT",
    type: "module",
    repository: { directory: `packages/${name}` },
    sideEffects: false,
    engines: { node: ">=22.12" },
    files: ["dist", "src"],
    exports: { ".": { "@attnlab/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" } },
    scripts: { build: "tsc", typecheck: "tsc", test: "vitest run" },
    ...more,
  });

const readme = (name: string): string =>
  `# @attnlab/${name}\n\n## Install\n\n## Example\n\n\`\`\`ts\n## not a heading\n\`\`\`\n\n## Exports\n\n\`add\`\n\n## Numerics and limits\n\n## References\n`;

const ADD = "/** Adds two numbers. */\nexport function add(a: number, b: number): number {\n  return a + b;\n}\n";

/** A small repository that breaks no rule: `graph` imports `check`. */
const SOUND: Files = {
  ".changeset/first.md": '---\n"@attnlab/check": minor\n"@attnlab/graph": minor\n---\n\nAdd numbers.\n',
  "packages/check/package.json": manifest("check"),
  "packages/check/README.md": readme("check"),
  "packages/check/src/index.ts": 'export { add } from "./add.ts";\n',
  "packages/check/src/add.ts": ADD,
  "packages/check/src/add.test.ts": 'import { test } from "vitest";\ntest("adds", () => {});\n',
  "packages/check/test/golden/add.json": '{ "producer": "numpy 1.24", "script": "tooling/goldens/check/add.py", "seed": 1 }',
  "tooling/goldens/check/add.py": "print(1)\n",
  "packages/graph/package.json": manifest("graph", { dependencies: { "@attnlab/check": "workspace:^" } }),
  "packages/graph/README.md": readme("graph"),
  "packages/graph/src/index.ts": 'export { add } from "./add.ts";\n',
  "packages/graph/src/add.ts": `import { add as plus } from "@attnlab/check";\n${ADD.replace("a + b", "plus(a, b)")}`,
  "packages/graph/src/add.test.ts": 'import { test } from "vitest";\ntest("adds", () => {});\n',
};
const VITEST = { devDependencies: { vitest: "catalog:" } };
const WITH_VITEST: Files = {
  ...SOUND,
  "packages/check/package.json": manifest("check", VITEST),
  "packages/graph/package.json": manifest("graph", { dependencies: { "@attnlab/check": "workspace:^" }, ...VITEST }),
};

/** The problems of the sound repository after `edit` is laid over it; an empty text removes a file. */
function problemsOf(edit: Files): string[] {
  const files = Object.entries({ ...WITH_VITEST, ...edit }).filter(([, text]) => text !== "");
  const workspace = toWorkspace(
    "/nowhere",
    files.map(([path, text]) => ({ path, text })),
  );
  return CHECKS.flatMap(({ run }) => run(workspace).map(showProblem));
}

const graphSource = (text: string): Files => ({ "packages/graph/src/add.ts": `${text}\n${ADD}` });
const graphManifest = (more: object): Files => ({
  "packages/graph/package.json": manifest("graph", { dependencies: { "@attnlab/check": "workspace:^" }, ...VITEST, ...more }),
});

test("a sound repository has no problems", () => {
  expect(problemsOf({})).toEqual([]);
});

const CASES: readonly (readonly [rule: string, edit: Files, problem: string])[] = [
  [
    "an import upwards",
    { "packages/check/src/add.ts": `import {} from "@attnlab/graph";\n${ADD}` },
    "packages/check/src/add.ts:1: imports @attnlab/graph; check (layer 0) may import nothing. See tooling/repo-checks/src/layers.ts.",
  ],
  [
    "an unlisted import of a lower layer",
    graphSource('import {} from "@attnlab/random";'),
    "packages/graph/src/add.ts:1: imports @attnlab/random; graph (layer 2) may import check, onnx. See tooling/repo-checks/src/layers.ts.",
  ],
  [
    "a re-export counts as an import",
    graphSource('export { x } from "@attnlab/svm";'),
    "packages/graph/src/add.ts:1: imports @attnlab/svm; graph (layer 2) may import check, onnx. See tooling/repo-checks/src/layers.ts.",
  ],
  [
    "a dynamic import counts",
    graphSource('await import("@attnlab/svm");'),
    "packages/graph/src/add.ts:1: imports @attnlab/svm; graph (layer 2) may import check, onnx. See tooling/repo-checks/src/layers.ts.",
  ],
  [
    "a wrapped library outside its owner",
    graphSource('import type {} from "onnxruntime-node";'),
    "packages/graph/src/add.ts:1: imports onnxruntime-node, which only @attnlab/runtime may. Use that package instead.",
  ],
  [
    "ml-matrix outside linalg",
    graphSource('import {} from "ml-matrix";'),
    "packages/graph/src/add.ts:1: imports ml-matrix, which only @attnlab/linalg may. Use that package instead.",
  ],
  [
    "a Node module in browser code",
    graphSource('import {} from "node:fs";'),
    "packages/graph/src/add.ts:1: imports node:fs in code that must also run in a browser. Move it under src/node/.",
  ],
  [
    "a path into another package",
    graphSource('import {} from "../../check/src/add.ts";'),
    "packages/graph/src/add.ts:1: imports ../../check/src/add.ts, outside its package. Import the other package by its name.",
  ],
  [
    "a package without a layer",
    { "packages/extra/package.json": manifest("extra") },
    "packages/extra/package.json: has no line in tooling/repo-checks/src/layers.ts; add its layer there.",
  ],
  [
    "an undeclared dependency",
    graphManifest({ dependencies: {} }),
    "packages/graph/src/add.ts:1: imports @attnlab/check, which is not in dependencies or peerDependencies. Declare it in packages/graph/package.json.",
  ],
  [
    "a development dependency in shipped code",
    graphSource('import {} from "vitest";'),
    "packages/graph/src/add.ts:1: imports vitest, which is not in dependencies or peerDependencies. Declare it in packages/graph/package.json.",
  ],
  [
    "a cycle of packages",
    {
      "packages/check/package.json": manifest("check", { devDependencies: { ...VITEST.devDependencies, "@attnlab/graph": "workspace:*" } }),
    },
    "packages/check/package.json: depends on itself through packages/check → packages/graph → packages/check. Remove one of these dependencies.",
  ],
  [
    "a cycle across folders",
    { "packages/check/src/add.ts": `import "./deep/a.ts";\n${ADD}`, "packages/check/src/deep/a.ts": 'import "../add.ts";\n' },
    "packages/check/src/add.ts: imports itself through packages/check/src/deep/a.ts → packages/check/src/add.ts. Move what both need into a file of its own.",
  ],
  [
    "a wrong range",
    graphManifest({ dependencies: { "@attnlab/check": "^0.0.0" } }),
    'packages/graph/package.json: @attnlab/check must have the range "workspace:^"; got "^0.0.0".',
  ],
  [
    "side effects",
    graphManifest({ sideEffects: true }),
    "packages/graph/package.json: sideEffects must be false: importing a package runs no code.",
  ],
  [
    "an entry without types",
    graphManifest({ exports: { ".": { "@attnlab/source": "./src/index.ts", default: "./dist/index.js" } } }),
    'packages/graph/package.json: exports["."] must have the conditions @attnlab/source, types, default in this order; got @attnlab/source, default.',
  ],
  [
    "an undocumented export",
    { "packages/graph/src/add.ts": "export const add = 1;\n" },
    "packages/graph/src/add.ts:1: add is public and has no TSDoc. Start with one sentence on what it is or does.",
  ],
  [
    "a comment that is no TSDoc",
    { "packages/graph/src/add.ts": "// Adds.\nexport const add = 1;\n" },
    "packages/graph/src/add.ts:2: add is public and has no TSDoc. Start with one sentence on what it is or does.",
  ],
  [
    "tags without a sentence",
    { "packages/graph/src/add.ts": "/** @internal */\nexport const add = 1;\n" },
    "packages/graph/src/add.ts:2: add is public and has no TSDoc. Start with one sentence on what it is or does.",
  ],
  [
    "a missing README",
    { "packages/graph/README.md": "" },
    "packages/graph/README.md: is missing. It is the package's page in the registry.",
  ],
  [
    "a missing heading",
    { "packages/graph/README.md": readme("graph").replace("## References\n", "") },
    "packages/graph/README.md: must have exactly these headings: # @attnlab/graph, ## Install, ## Example, ## Exports, ## Numerics and limits, ## References; got # @attnlab/graph, ## Install, ## Example, ## Exports, ## Numerics and limits.",
  ],
  [
    "an unlisted export",
    { "packages/graph/README.md": readme("graph").replace("`add`", "`addAll`") },
    'packages/graph/README.md: "## Exports" must name every exported value; missing: add.',
  ],
  [
    "a dead link",
    { "README.md": "# x\n\nSee [there](packages/none/README.md#top) and [here](packages/graph/README.md).\n" },
    "README.md: links to packages/none/README.md#top, which does not exist.",
  ],
  [
    "a package that the front README leaves out",
    { "README.md": "# x\n\n[check](packages/check)\n" },
    "README.md: must list every package; missing: @attnlab/graph, with a link to packages/graph.",
  ],
  [
    "a missing changeset",
    { ".changeset/first.md": '---\n"@attnlab/check": minor\n---\n\nAdd numbers.\n' },
    "packages/graph/package.json: @attnlab/graph changed since version 0.0.0 and no changeset names it. Run: npx changeset",
  ],
  [
    "a changeset without a sentence",
    { ".changeset/second.md": '---\n"@attnlab/check": patch\n---\n\nstuff\n' },
    ".changeset/second.md: must say what changes for a user, in a sentence that starts with a verb and ends in a full stop.",
  ],
  [
    "a changeset for nobody",
    { ".changeset/second.md": '---\n"@attnlab/none": patch\n---\n\nAdd it.\n' },
    ".changeset/second.md: names @attnlab/none, which is not a package of this workspace.",
  ],
  [
    "hidden chance",
    graphSource("Math.random();"),
    "packages/graph/src/add.ts:1: Math.random is chance that no seed controls. Take an rng from @attnlab/random as a parameter.",
  ],
  [
    "a URL taken for a path",
    {
      "packages/graph/src/add.test.ts": 'import { test } from "vitest";\ntest("x", () => { new URL("..", import.meta.url).pathname; });\n',
    },
    "packages/graph/src/add.test.ts:2: new URL(…).pathname is no path where a folder has a space in its name. Use fileURLToPath from node:url.",
  ],
  [
    "the clock",
    graphSource("new Date();"),
    "packages/graph/src/add.ts:1: new Date reads the clock. Let the caller measure time, or take the time as a parameter.",
  ],
  [
    "the environment",
    graphSource("process.env;"),
    "packages/graph/src/add.ts:1: process.env reads the environment. Take an option instead.",
  ],
  [
    "printing",
    graphSource("console.warn(1);"),
    "packages/graph/src/add.ts:1: console.warn prints. Return the text or call back; only apps print.",
  ],
  ["a default export", graphSource("export default 1;"), "packages/graph/src/add.ts:1: exports a default. Give it a name."],
  [
    "a star export",
    graphSource('export * from "./index.ts";'),
    'packages/graph/src/add.ts:1: exports "*". List the names, so that the public interface is written down.',
  ],
  [
    "a double cast",
    graphSource("export const n = 1 as unknown as string;"),
    'packages/graph/src/add.ts:1: "as unknown as" switches the type checker off. Narrow the value, or give it the right type where it is made.',
  ],
  [
    "an ignored type error",
    graphSource("// @ts-ignore"),
    "packages/graph/src/add.ts:1: switches the type checker off. Give the value the right type, or use @ts-expect-error with a reason.",
  ],
  ["an open end", graphSource("// TODO later"), 'packages/graph/src/add.ts:1: "TODO" leaves work open. Do it, or open an issue.'],
  [
    "a machine path",
    { "README.md": "Data in `/home/ann/data`.\n" },
    'README.md:1: "`/home/ann" names a folder of one machine. Use a path relative to the file or the repository.',
  ],
  [
    "a grab-bag file",
    { "packages/graph/src/utils.ts": "" + "export {};\n" },
    "packages/graph/src/utils.ts: is called utils, which could hold anything. Name it after its one concept.",
  ],
  ["another case", { "packages/graph/src/addAll.ts": "export {};\n" }, "packages/graph/src/addAll.ts: must be in kebab-case; got addAll."],
  [
    "a long file",
    { "packages/graph/src/add.ts": `${ADD}${"//\n".repeat(397)}` },
    "packages/graph/src/add.ts: has 401 lines, more than 400. Give its parts files of their own.",
  ],
  [
    "a package without tests",
    { "packages/graph/src/add.test.ts": "" },
    "packages/graph/package.json: @attnlab/graph has no tests. Put x.test.ts beside x.ts.",
  ],
  [
    "a focused test",
    { "packages/graph/src/add.test.ts": 'import { test } from "vitest";\ntest.only("adds", () => {});\n' },
    "packages/graph/src/add.test.ts:2: test.only leaves every other test out. Remove it.",
  ],
  [
    "an empty suite that passes",
    graphManifest({ scripts: { build: "tsc", typecheck: "tsc", test: "vitest run --passWithNoTests" } }),
    "packages/graph/package.json: passWithNoTests lets an empty suite pass. Remove it.",
  ],
  [
    "a golden file without its script",
    { "packages/check/test/golden/add.json": '{ "producer": "numpy 1.24", "script": "gone.py", "seed": 1 }' },
    'packages/check/test/golden/add.json: "script" must name a file under tooling/goldens; got "gone.py".',
  ],
];

test.each(CASES)("reports %s", (_rule, edit, problem) => {
  expect(problemsOf(edit)).toContain(problem);
});

test("files of one folder may be mutually recursive, and imports of types may point anywhere", () => {
  const edit = {
    "packages/check/src/add.ts": `import "./sum.ts";\n${ADD}`,
    "packages/check/src/sum.ts": 'import "./add.ts";\nimport type { A } from "./deep/a.ts";\nexport {};\n',
    "packages/check/src/deep/a.ts": 'import "../sum.ts";\nexport {};\n',
  };
  expect(problemsOf(edit)).toEqual([]);
});

test("tests and Node entries have their own freedoms", () => {
  const edit = {
    "packages/check/src/add.test.ts":
      'import { readFileSync } from "node:fs";\nimport { test } from "vitest";\nconsole.log(readFileSync);\ntest("adds", () => {});\n',
    "packages/check/src/node/read.ts": 'import {} from "node:fs";\nexport {};\n',
  };
  expect(problemsOf(edit)).toEqual([]);
});

test("reading a folder finds packages and leaves generated folders out", () => {
  const root = mkdtempSync(join(tmpdir(), "repo checks "));
  try {
    for (const [path, text] of Object.entries({
      ...WITH_VITEST,
      "packages/graph/dist/TODO.ts": "// TODO",
      "node_modules/x/a.ts": "// TODO",
    })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const workspace = readWorkspace(root);
    expect(workspace.packages.map(({ folder }) => folder)).toEqual(["packages/check", "packages/graph"]);
    expect(workspace.files.map(({ path }) => path).sort()).toEqual(Object.keys(WITH_VITEST).sort());
  } finally {
    rmSync(root, { recursive: true });
  }
});
