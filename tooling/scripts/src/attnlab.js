// npm run -s attnlab -- ARGS: the benchmark command, built from the sources as they are now. Nothing but its own output reaches stdout.
import { join } from "node:path";
import { buildOrExit, prepareEnvironment } from "./prepare.js";
import { runCommand } from "./run-command.js";
import { ROOT } from "./workspace-root.js";

const env = await prepareEnvironment({ quiet: true });
await buildOrExit(env, "@attnlab/bench");
const cli = join(ROOT, "apps", "bench", "dist", "src", "cli.js");
const { code, stderr } = await runCommand("node", [cli, ...process.argv.slice(2)], { cwd: ROOT, env, output: "inherit", stdin: "inherit" });
process.stderr.write(stderr);
process.exitCode = code;
