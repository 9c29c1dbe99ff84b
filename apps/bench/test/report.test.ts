import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, test } from "vitest";
import { FIXTURES, runCli, temporaryFolder } from "./cli-process.ts";

let html: string;
let markdown: string;
let again: string;
let figures: string[];

beforeAll(async () => {
  using folder = temporaryFolder();
  const inside = { cwd: folder.path };
  await runCli(["run", "fixture/steady", "fixture/refuted", "--set", "rate=1,3", "--seeds", "1", ...FIXTURES], inside);
  await runCli(["report", "fixture/steady", "fixture/refuted", "fixture/needs-data", "--out", "one", ...FIXTURES], inside);
  await runCli(["report", "fixture/steady", "fixture/refuted", "fixture/needs-data", "--out", "two", ...FIXTURES], inside);
  html = readFileSync(join(folder.path, "one/report.html"), "utf8");
  again = readFileSync(join(folder.path, "two/report.html"), "utf8");
  markdown = readFileSync(join(folder.path, "one/report.md"), "utf8");
  figures = readdirSync(join(folder.path, "one/figures"));
});

describe("the HTML report", () => {
  test("same rows, same bytes", () => {
    expect(again).toBe(html);
  });

  test("needs nothing else: no script, no address of another place but names of the SVG language", () => {
    expect(html).not.toContain("<script");
    expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/(src|href)="(?!#)|url\(|https?:\/\//);
  });

  test("the verdict table comes first and says everything about each claim", () => {
    const { document } = parseHTML(html);
    const rows = [...(document.querySelector("table")?.querySelectorAll("tbody tr:not(.group)") ?? [])].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    );
    expect(rows).toEqual([
      ["S1", "x1 grows.", "> 0 ours", "6", "✓ holds"],
      ["REFUTED", "There are rows.", "rows ours", "1 rows", "✗ fails"],
      ["NEEDS-DATA", "There are rows.not run yet; needs the data set imdb", "rows ours", "–", "– not run"],
    ]);
    expect([...document.querySelectorAll(".tally li")].map((tile) => tile.textContent)).toEqual([
      "1claim holds",
      "1claim fails",
      "1not run",
    ]);
  });

  test("every link inside the page arrives", () => {
    const { document } = parseHTML(html);
    const missing = [...document.querySelectorAll("a[href^='#']")]
      .map((a) => a.getAttribute("href")?.slice(1) ?? "")
      .filter((id) => document.getElementById(id) === null);
    expect(missing).toEqual([]);
  });

  test("text of an experiment is escaped, figures are drawn with a text alternative, and the command reproduces the study", () => {
    expect(html).toContain("Steady &lt;growth&gt;");
    expect(html).toContain("A straight line &amp; its slope.");
    expect(html).toContain('aria-label="The line. It is &lt;straight&gt;."');
    expect(html).toContain("paper: Figure 0");
    expect(html).toContain("npm run -s attnlab -- run fixture/steady --scale quick --seeds 1 --set rate=1,3");
    expect(html).toContain("1, 3 (changed)");
  });
});

test("the Markdown report says the same, with its figures as files", () => {
  expect(markdown).toContain("| [fixture/steady S1](#fixture-steady) | x<sub>1</sub> grows. | \\> 0 (ours) | 6 | ✅ holds |");
  expect(markdown).toContain("| ❌ fails |");
  expect(markdown).toContain("![The line](figures/fixture-steady-line.svg)");
  expect(markdown).toContain("| x | 10 |");
  expect(figures).toEqual(["fixture-steady-line.svg"]);
});
