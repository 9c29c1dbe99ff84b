#!/usr/bin/env node
import { AttnlabError } from "@attnlab/check";
import { Command, CommanderError } from "commander";
import { EXIT } from "./command/exit-code.ts";
import { collect, DEFAULT_REPORT, DEFAULT_STORE, parseCount, parseScale, parseWords } from "./command/shared-option.ts";
import { packageVersion } from "./machine/package-version.ts";

// Commands are loaded when they are called: `attnlab --help` must not wait for DuckDB or ONNX Runtime.

type Action = (ids: string[], options: Record<string, unknown>) => Promise<number>;

const EXIT_CODES = `
Exit codes: 0 every claim that was run holds, 1 a claim fails, 2 something you can fix (options, data, store), 3 a run failed or a defect, 130 stopped.`;

function program(finish: (code: number) => void): Command {
  const attnlab = new Command("attnlab")
    .description("Reproduces the papers on attention claim by claim: runs experiments, stores every measurement, writes the report.")
    .version(packageVersion())
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("Run with --help to see every option.")
    .addHelpText(
      "after",
      `
Examples:
  attnlab list                                  every experiment with its claims
  attnlab run "mirror-descent/*" --scale quick  run the experiments of one paper in minutes
  attnlab run mirror-descent/norm-geometry --scale full --set p=1.5,3
  attnlab report --out results/report           verdicts and figures as HTML and Markdown
${EXIT_CODES}`,
    );

  const add = (name: string, description: string, examples: string): Command =>
    attnlab.command(name).description(description).exitOverride().addHelpText("after", `\nExamples:\n${examples}`);
  const withStore = (command: Command): Command => command.option("--store <path>", "result store (a DuckDB file)", DEFAULT_STORE);
  const withList = (command: Command): Command =>
    command.option("--experiments <file>", "module of your own that exports EXPERIMENTS, instead of the built-in list");
  const withJson = (command: Command): Command => command.option("--json", "print one JSON document on stdout and nothing else");
  const does = (command: Command, load: () => Promise<Action>): void => {
    command.action(async (...given: unknown[]) => {
      const options = command.opts();
      const ids = given
        .slice(0, -2)
        .flat()
        .filter((word) => word !== undefined) as string[];
      finish(await (await load())(ids, options));
    });
  };

  does(
    withStore(
      withList(
        withJson(
          add(
            "list [ids...]",
            "List every experiment with its claims, parameters and data; --stored lists what the store holds.",
            `  attnlab list
  attnlab list "mirror-descent/*" --json
  attnlab list --stored`,
          ).option("--stored", "list stored studies instead"),
        ),
      ),
    ),
    async () => (await import("./command/list.ts")).list,
  );

  does(
    withStore(
      withList(
        withJson(
          add(
            "run [ids...]",
            "Run experiments and judge their claims. What is stored with the same parameters, seeds and code is not run again, so a stopped command resumes.",
            `  attnlab run                                       everything, at the quick scale
  attnlab run mirror-descent/norm-geometry --scale full
  attnlab run "mirror-descent/*" --seeds 10 --set p=1.5,2 --workers 4
  attnlab run --scale quick --report results/report --json
${EXIT_CODES}`,
          )
            .option("--scale <scale>", "quick (minutes) or full (as in the paper)", parseScale, "quick")
            .option("--seeds <n>", "use seeds 1 to n instead of the scale's own number", parseCount("--seeds"))
            .option("--set <key=value>", "set a parameter; lists are written 1,2,3; may be given several times", collect)
            .option("--workers <n>", "worker processes; default: one per core", parseCount("--workers"))
            .option("--force", "run again what is stored; the new run replaces the old one once it has finished")
            .option("--report <dir>", "write the report afterwards"),
        ),
      ),
    ),
    async () => (await import("./command/run.ts")).run,
  );

  does(
    withStore(
      withList(
        withJson(
          add(
            "report [ids...]",
            "Judge the stored rows again and write the report: verdicts, figures, tables, and how to reproduce each.",
            `  attnlab report
  attnlab report --scale full --out apps/docs/results
  attnlab report "mirror-descent/*" --format md --json
${EXIT_CODES}`,
          )
            .option("--out <dir>", "folder of the report", DEFAULT_REPORT)
            .option("--format <list>", "html, md or both", parseWords("--format", ["html", "md"]), ["html", "md"])
            .option("--scale <scale>", "show the latest study of this scale; default: the latest of any scale", parseScale),
        ),
      ),
    ),
    async () => (await import("./command/report.ts")).report,
  );

  does(
    withStore(
      withList(
        withJson(
          add(
            "compare <a> <b>",
            "Compare two studies of one store (see list --stored), or two stores: verdicts, and where every metric ended.",
            `  attnlab compare 3f2a91c0d1e2 77b0c4a9f0aa
  attnlab compare results/before.duckdb results/after.duckdb
  Exit code 1 when a claim that holds in A fails in B.`,
          ),
        ),
      ),
    ),
    async () => (await import("./command/compare.ts")).compare,
  );

  does(
    withStore(
      withList(
        withJson(
          add(
            "export [ids...]",
            "Write the stored runs and metric rows as files: runs.<format> and metrics.<format>.",
            `  attnlab export --format parquet --out results/export
  attnlab export "mirror-descent/*" --format csv`,
          )
            .option("--format <format>", "parquet, csv or json", parseWords("--format", ["parquet", "csv", "json"]), ["parquet"])
            .option("--out <dir>", "folder of the files", "results/export"),
        ),
      ),
    ),
    async () => (await import("./command/export.ts")).exportRows,
  );

  does(
    withList(
      withJson(
        add(
          "data [action] [names...]",
          "Data sets: list (what each experiment needs and where it comes from), check (is it there), fetch (download and verify).",
          `  attnlab data
  attnlab data check imdb
  ATTNLAB_DATA=/big/disk attnlab data fetch imdb`,
        ).option("--mirror <url>", "fetch from another address of the same archive; the checksum stays"),
      ),
    ),
    async () => (await import("./command/data.ts")).data,
  );

  does(
    withStore(
      withJson(
        add(
          "doctor",
          "Check this machine: Node.js, ONNX Runtime and its providers, DuckDB, disk, threads, Python peers.",
          "  attnlab doctor --json",
        ),
      ),
    ),
    async () => (await import("./command/doctor.ts")).doctor,
  );

  return attnlab;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof AttnlabError) {
    process.stderr.write(`${error.name}: ${error.message}\n`);
    return EXIT.usage;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`internal error: attnlab ${packageVersion()} has a defect; please report it with this text.\n${text}\n`);
  return EXIT.internal;
}

// `attnlab list | head` closes the pipe early; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  throw error;
});

try {
  await program((code) => {
    process.exitCode = code;
  }).parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
