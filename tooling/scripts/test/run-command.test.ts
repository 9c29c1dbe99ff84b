import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runCommand } from "../src/run-command.js";

const how = { cwd: import.meta.dirname, env: process.env, output: "capture" } as const;

test("passes the exit code and the captured streams on", async () => {
  const outcome = await runCommand(process.execPath, ["-e", "console.log('out'); console.error('err'); process.exit(3)"], how);
  expect(outcome).toEqual({ code: 3, stdout: "out\n", stderr: "err\n", interrupted: false });
});

test("a program ended by a signal has the code that shells give it", async () => {
  expect((await runCommand(process.execPath, ["-e", "process.kill(process.pid, 'SIGTERM')"], how)).code).toBe(128 + 15);
});

test("a program that does not exist has code 127 and a reason", async () => {
  const outcome = await runCommand("no-such-program-here", [], how);
  expect(outcome.code).toBe(127);
  expect(outcome.stderr).toContain("no-such-program-here");
});

test("arguments with spaces and quotes arrive unchanged", async () => {
  const args = ["a b", 'c"d', "$HOME", "*"];
  const outcome = await runCommand(process.execPath, ["-p", "JSON.stringify(process.argv.slice(1))", ...args], how);
  expect(JSON.parse(outcome.stdout)).toEqual(args);
});

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const)("%s reaches the program, and its answer is what counts", async (signal, code) => {
  const module = fileURLToPath(new URL("../src/run-command.js", import.meta.url));
  const inner = `process.on("${signal}", () => process.exit(${code})); setInterval(() => {}, 1000); console.log("ready");`;
  const outer = `
    import { runCommand } from ${JSON.stringify(module)};
    const how = { cwd: ".", env: process.env, output: "inherit" };
    const { code, interrupted } = await runCommand(process.execPath, ["-e", ${JSON.stringify(inner)}], how);
    console.log("inner ended with", code, interrupted);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", outer], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  await new Promise((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text) => {
      said += text;
      if (text.includes("ready")) child.kill(signal);
    });
    child.on("close", resolve);
  });
  expect(said).toBe(`ready\ninner ended with ${code} true\n`);
});
