import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormatError, NotFoundError, OptionError, tensorData } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { arithmetic, feeds, modelOf, value } from "../../test/small-models.ts";
import { createSession } from "./create-session.ts";
import { readProfile } from "./read-profile.ts";

const folder = mkdtempSync(join(tmpdir(), "profile-"));

function written(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const event = (cat: string, name: string, ts: number, dur: number, op?: string, tid = 1) => ({
  cat,
  name,
  ts,
  dur,
  tid,
  args: op === undefined ? {} : { op_name: op },
});

describe("readProfile", () => {
  it("adds up operators and nodes, a Loop without its body, the most expensive first", async () => {
    const events = [
      event("Session", "model_loading_array", 0, 300),
      event("Session", "session_initialization", 400, 700),
      event("Node", "MatMul_3_kernel_time", 2010, 30, "MatMul"),
      event("Node", "MatMul_3_kernel_time", 2050, 20, "MatMul"),
      event("Node", "inner_kernel_time", 2070, 5, "Add"),
      event("Node", "grow_kernel_time", 2000, 100, "Loop"),
      event("Node", "outer_kernel_time", 2100, 40, "Add"),
      event("Node", "elsewhere_kernel_time", 2010, 60, "Add", 2),
      event("Session", "model_run", 1990, 160),
      event("Session", "model_run", 3000, 40),
    ];
    const profile = await readProfile(written("made.json", JSON.stringify(events)));
    expect([profile.runs, profile.runMs, profile.loadMs]).toEqual([2, 0.2, 1]);
    expect(profile.operators.map(({ op, calls, totalMs }) => [op, calls, totalMs])).toEqual([
      ["Add", 3, 0.105],
      ["MatMul", 2, 0.05],
      ["Loop", 1, 0.045],
    ]);
    expectClose(
      profile.operators.map((row) => row.share),
      [0.525, 0.25, 0.225],
    );
    expect(profile.nodes.map(({ op, node, calls, totalMs }) => [op, node, calls, totalMs])).toEqual([
      ["Add", "elsewhere", 1, 0.06],
      ["MatMul", "MatMul_3", 2, 0.05],
      ["Loop", "grow", 1, 0.045],
      ["Add", "outer", 1, 0.04],
      ["Add", "inner", 1, 0.005],
    ]);
  });

  it("reads what a session wrote", async () => {
    const matrix = (name: string) => value(name, "float32", [50, 50]);
    const body = {
      ...modelOf(
        [
          { op: "MatMul", name: "product", inputs: ["carried", "carried"], outputs: ["next"] },
          { op: "Identity", inputs: ["going"], outputs: ["again"] },
        ],
        [value("step", "int64", []), value("going", "bool", []), matrix("carried")],
        [value("again", "bool", []), matrix("next")],
      ).graph,
      name: "body",
    };
    const loop = { op: "Loop", name: "repeat", inputs: ["trips", "", "x"], outputs: ["y"], attributes: { body: { graph: body } } };
    const model = modelOf([loop], [value("trips", "int64", []), matrix("x")], [matrix("y")]);
    await using session = await createSession(model, { profile: join(folder, "new", "folder", "loop") });
    const start = { trips: tensorData("int64", [], [3]), x: tensorData("float32", [50, 50], new Array<number>(2500).fill(0.01)) };
    await session.run(start);
    await session.run(start);
    const path = await session.endProfiling();
    const profile = await readProfile(path);
    expect(profile.runs).toBe(2);
    const calls = Object.fromEntries(profile.nodes.map((row) => [row.node, row.calls]));
    expect(calls).toMatchObject({ repeat: 2, product: 6 });
    const own = profile.operators.reduce((sum, row) => sum + row.totalMs, 0);
    expect(own).toBeLessThanOrEqual(profile.runMs);
    await session.run(start);
    expect((await readProfile(path)).runs).toBe(2);
  });

  it("gives each of two sessions with one prefix its own file", async () => {
    const profile = join(folder, "same");
    await using one = await createSession(arithmetic, { profile });
    await using two = await createSession(arithmetic, { profile });
    await one.run(feeds);
    const files = [await one.endProfiling(), await two.endProfiling()];
    expect(new Set(files).size).toBe(2);
    expect((await Promise.all(files.map(readProfile))).map((summary) => summary.runs)).toEqual([1, 0]);
    expect(readdirSync(folder).filter((name) => name.startsWith("same"))).toHaveLength(2);
  });

  it("says what is wrong with a file", async () => {
    const missing = join(folder, "missing.json");
    await expect(readProfile(missing)).rejects.toThrow(NotFoundError);
    await expect(readProfile(missing)).rejects.toThrow("readProfile: the profile must be readable; got");
    for (const content of ['[{"cat": "Node"', "{}", '[{"cat": "Node"}]', "[null]"]) {
      const path = written("bad.json", content);
      await expect(readProfile(path)).rejects.toThrow(FormatError);
      await expect(readProfile(path)).rejects.toThrow(
        /the file must be a complete profile; got .*bad\.json".* call endProfiling before the process ends/,
      );
    }
  });

  it("refuses a folder that cannot be written before the model is loaded", async () => {
    const profile = join(written("file", ""), "profile");
    await expect(createSession(arithmetic, { profile })).rejects.toThrow(OptionError);
    await expect(createSession(arithmetic, { profile })).rejects.toThrow(
      "createSession: profile must start with a folder that can be written",
    );
  });
});
