import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { AttnlabError } from "@attnlab/check";
import { DATA_SETS, dataDirectory, findData } from "../data/data-set.ts";
import { describeMachine } from "../machine/machine.ts";
import { dependencyVersion } from "../machine/package-version.ts";
import { openStore } from "../store/store.ts";
import { textStyle } from "../terminal/style.ts";
import { EXIT } from "./exit-code.ts";

/** One line of the examination. `optional` means that only some experiments or comparisons need it. */
interface Finding {
  readonly name: string;
  readonly state: "ok" | "optional" | "broken";
  readonly detail: string;
}

/** `attnlab doctor`. */
export async function doctor(_words: string[], flags: Record<string, unknown>): Promise<number> {
  const { store, json } = flags as { store: string; json?: boolean };
  const findings = [
    node(),
    { name: "threads", state: "ok", detail: `${availableParallelism()} cores, ${describeMachine().cpu}` } as const,
    { name: "memory", state: "ok", detail: `${gigabytes(freemem())} GB free of ${gigabytes(totalmem())} GB` } as const,
    await onnxRuntime(),
    await duckdb(),
    await results(store),
    ...data(),
    ...(await peers()),
  ];
  const broken = findings.some(({ state }) => state === "broken");
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ command: "doctor", machine: describeMachine(), ok: !broken, findings }, null, 2)}\n`);
  } else {
    const style = textStyle(process.stdout);
    const mark = { ok: style.green("✓"), optional: style.yellow("–"), broken: style.red("✗") };
    const lines = findings.map(({ name, state, detail }) => `${mark[state]} ${name.padEnd(20)} ${detail}`);
    lines.push(
      "",
      broken
        ? "Something is broken: see ✗ above."
        : "Everything that is required works; – marks what only some experiments or comparisons use.",
    );
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  return broken ? EXIT.usage : EXIT.ok;
}

function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > 22 || (major === 22 && minor >= 12);
  return {
    name: "node",
    state: enough ? "ok" : "broken",
    detail: `${process.versions.node}${enough ? "" : ", but 22.12 or newer is needed"}`,
  };
}

async function onnxRuntime(): Promise<Finding> {
  const name = "onnxruntime";
  try {
    const { availableProviders } = await import("@attnlab/runtime/node");
    const providers = availableProviders();
    return {
      name,
      state: providers.includes("cpu") ? "ok" : "broken",
      detail: `${dependencyVersion("onnxruntime-node")}, providers: ${providers.join(", ")}`,
    };
  } catch (error) {
    return { name, state: "broken", detail: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  }
}

async function duckdb(): Promise<Finding> {
  try {
    const { version } = await import("@duckdb/node-api");
    return { name: "duckdb", state: "ok", detail: version() };
  } catch (error) {
    return { name: "duckdb", state: "broken", detail: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  }
}

/** The store if it is there, otherwise the nearest folder above it that is; and the space beside it. */
async function results(path: string): Promise<Finding> {
  const name = "results";
  let folder = dirname(resolve(path));
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    const space = statfsSync(folder);
    const free = `${gigabytes(space.bavail * space.bsize)} GB free`;
    if (!existsSync(path)) return { name, state: "ok", detail: `${path} will be created, ${free}` };
    await using store = await openStore(path, { write: false });
    return { name, state: "ok", detail: `${path}: ${(await store.studies()).length} studies, ${free}` };
  } catch (error) {
    if (error instanceof AttnlabError) return { name, state: "broken", detail: error.message };
    return { name, state: "broken", detail: `${folder} is not writable` };
  }
}

function data(): Finding[] {
  const directory = dataDirectory();
  return DATA_SETS.map((set) => {
    const { present, place } = findData(set, directory);
    return { name: `data ${set.name}`, state: present ? "ok" : "optional", detail: present ? place : `absent (${place})` };
  });
}

const PEERS = ["torch", "sklearn", "cvxopt", "numpy", "scipy", "faiss"];
const ASK = `import importlib, json, platform
found = {}
for name in ${JSON.stringify(PEERS)}:
    try: found[name] = getattr(importlib.import_module(name), "__version__", "?")
    except Exception: pass
print(json.dumps({"python": platform.python_version(), "found": found}))`;

/** The Python libraries that comparisons use, in the python3 of the path and in the system's own. */
async function peers(): Promise<Finding[]> {
  const ask = promisify(execFile);
  return Promise.all(
    ["python3", "/usr/bin/python3"].map(async (command): Promise<Finding> => {
      const name = command === "python3" ? "python peers (path)" : "python peers (system)";
      try {
        const { stdout } = await ask(command, ["-c", ASK], { timeout: 60_000 });
        const { python, found } = JSON.parse(stdout) as { python: string; found: Record<string, string> };
        const list = Object.entries(found).map(([library, version]) => `${library} ${version}`);
        return {
          name,
          state: list.length === 0 ? "optional" : "ok",
          detail: `Python ${python}: ${list.join(", ") || `none of ${PEERS.join(", ")}`}`,
        };
      } catch {
        return { name, state: "optional", detail: `${command} is absent or does not run` };
      }
    }),
  );
}
