import { expect, test } from "vitest";
import { showDuration } from "./duration.ts";
import { estimate } from "./estimate.ts";
import { liveProgress, plainProgress } from "./progress.ts";

test.each([
  [40, "0.0 s"],
  [9_940, "9.9 s"],
  [9_960, "10 s"],
  [59_700, "1 min 00 s"],
  [185_000, "3 min 05 s"],
  [7_800_000, "2 h 10 min"],
])("%d ms is %s", (milliseconds, text) => {
  expect(showDuration(milliseconds)).toBe(text);
});

test("the estimate extrapolates from finished and running weight", () => {
  let now = 0;
  const clock = estimate(() => now);
  clock.begin(10);
  now = 30_000;
  expect(clock.remaining([])).toBe("time left unknown");
  clock.end(2);
  expect(clock.share([{ weight: 4, fraction: 0.25 }])).toBe(0.3);
  expect(clock.remaining([{ weight: 4, fraction: 0.25 }])).toBe("about 1 min 10 s left");
  expect(clock.elapsed()).toBe("30 s");
});

test("in a pipe every finished run is one plain line", () => {
  const written: string[] = [];
  const progress = plainProgress({ write: (text) => written.push(text) });
  progress.begin({ runs: 2, weight: 2 });
  progress.start({ experiment: "paper/one", label: "seed 1", weight: 1 }).end("done");
  progress.start({ experiment: "paper/one", label: "seed 2", weight: 1 }).end("failed", "Error: no");
  progress.start({ experiment: "paper/one", label: "seed 3", weight: 1 }).end("stopped");
  expect(written).toHaveLength(2);
  expect(written[0]).toMatch(/^\[1\/2\] paper\/one: seed 1: done in 0\.0 s, about \d/);
  expect(written[1]).toBe("[2/2] paper/one: seed 2: failed in 0.0 s: Error: no\n");
  expect(written.join("")).not.toContain("\u001b");
});

test("on a terminal the bar is redrawn in place, fits the width, and leaves nothing behind", async () => {
  const written: string[] = [];
  const progress = liveProgress({ isTTY: true, columns: 60, write: (text) => written.push(text) });
  progress.begin({ runs: 2, weight: 2 });
  const watch = progress.start({ experiment: "paper/one", label: "seed 1", weight: 1 });
  watch.update(0.5, "a message much longer than what is left of a line of sixty characters");
  await new Promise((resolve) => setTimeout(resolve, 250));
  watch.end("done");
  progress.finish();
  const frame = written.find((text) => text.includes("50%")) as string;
  // Colours aside, no line is wider than the terminal.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is removed here.
  const plain = frame.replace(/\u001b\[[0-9;]*m/g, "");
  expect(plain).toContain("██████░░░░░░░░░░░░░░░░░░ 0/2 runs");
  for (const line of plain.split("\n")) expect(line.length).toBeLessThan(60);
  expect(written.at(-1)).toBe("\u001b[2A\u001b[0J");
});
