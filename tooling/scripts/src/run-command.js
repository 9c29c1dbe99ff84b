import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * @typedef {object} Outcome
 * @property {number} code - exit code; 128 + the signal's number when a signal ended it, 127 when it could not start
 * @property {string} stdout - captured text, empty unless captured
 * @property {string} stderr - captured text, empty unless captured
 * @property {boolean} interrupted - whether this process was told to stop meanwhile; programs answer that with codes of their own
 */

/**
 * Runs a program and waits for it; an interrupt reaches the program, and this process outlives it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, output: "inherit" | "stderr" | "capture", stdin?: "inherit" | "ignore", onStdout?: (text: string) => void }} how
 *   `output` "stderr" sends both of the program's streams to our stderr.
 * @returns {Promise<Outcome>}
 */
export function runCommand(command, args, { cwd, env, output, stdin = "ignore", onStdout }) {
  /** @type {["pipe" | number, "pipe" | number]} */
  const streams = output === "capture" ? ["pipe", "pipe"] : output === "stderr" ? [2, 2] : [1, 2];
  return new Promise((resolve) => {
    // Windows starts .cmd files through its shell only.
    const shell = process.platform === "win32" && !command.endsWith(".exe");
    /** @type {import("node:child_process").ChildProcess} */
    const child = spawn(command, [...args], { cwd, env, shell, stdio: [stdin, ...streams] });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      onStdout?.(text);
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    let interrupted = false;
    const stop = onSignals((signal) => {
      interrupted = true;
      // A terminal sends Ctrl-C to the whole group: a second one would read as "stop at once".
      if (signal !== "SIGINT" || !ON_TERMINAL) child.kill(signal);
    });
    child.on("error", (error) => {
      stop();
      resolve({ code: 127, stdout, stderr: `${stderr}${error.message}\n`, interrupted });
    });
    child.on("close", (code, signal) => {
      stop();
      resolve({
        code: code ?? 128 + (signal === null ? 0 : constants.signals[/** @type {keyof typeof constants.signals} */ (signal)]),
        stdout,
        stderr,
        interrupted,
      });
    });
  });
}

const ON_TERMINAL = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;

/**
 * @param {(signal: NodeJS.Signals) => void} listen
 * @returns {() => void} stops listening
 */
function onSignals(listen) {
  /** @type {NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, listen);
  return () => {
    for (const signal of signals) process.off(signal, listen);
  };
}
