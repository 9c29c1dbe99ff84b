import { expect, test } from "vitest";
import { readVitestResults, Tally } from "../src/test-results.js";

const report = {
  numPassedTests: 3,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [
    {
      name: "/repo/packages/x/src/a.test.ts",
      status: "failed",
      message: "",
      assertionResults: [
        { fullName: "a adds", status: "passed", failureMessages: [] },
        { fullName: "a subtracts", status: "failed", failureMessages: ["\u001b[31mAssertionError\u001b[39m: 1 is not 2"] },
      ],
    },
    { name: "/repo/packages/x/src/b.test.ts", status: "failed", message: "Cannot find module c", assertionResults: [] },
  ],
};

test("reads failed tests, and files that failed before their tests", () => {
  expect(readVitestResults(JSON.stringify(report), "/repo/packages/x")).toEqual({
    passed: 3,
    skipped: 2,
    failures: [
      { name: "src/a.test.ts > a subtracts", reason: "AssertionError: 1 is not 2" },
      { name: "src/b.test.ts", reason: "Cannot find module c" },
    ],
  });
});

test("adds up and ends in one line of totals", () => {
  const tally = new Tally();
  tally.add("@attnlab/x", readVitestResults(JSON.stringify(report), "/repo/packages/x"));
  tally.add("", {
    passed: 4,
    skipped: 0,
    failures: [{ name: "build", reason: Array.from({ length: 50 }, (_, i) => `line ${i}`).join("\n") }],
  });
  const lines = String(tally).split("\n");
  expect(lines.slice(-3)).toEqual(["2 skipped", "7 passed, 3 failed", ""]);
  expect(lines).toContain("1. @attnlab/x: src/a.test.ts > a subtracts");
  expect(lines).toContain("     AssertionError: 1 is not 2");
  expect(lines).toContain("3. build");
  expect(lines).toContain("     … and 10 more lines");
});

test("of many failures in one place the first ten have their reasons", () => {
  const tally = new Tally();
  const failures = Array.from({ length: 12 }, (_, i) => ({ name: `test ${i}`, reason: `reason ${i}` }));
  tally.add("x", { passed: 0, skipped: 0, failures });
  const text = String(tally);
  expect(text).toContain("10. x: test 9\n     reason 9\n");
  expect(text).toContain("11. x: 2 more\n     test 10\n     test 11\n");
  expect(text.endsWith("\n0 passed, 12 failed\n")).toBe(true);
});

test("leaves the frames of the test runner out", () => {
  const tally = new Tally();
  const reason =
    "Error: no\n    at f (/repo/a.ts:1:1)\n    at run (file:///repo/node_modules/.pnpm/vitest/run.js:3:3)\n    at node:internal/x:1";
  tally.add("", { passed: 0, skipped: 0, failures: [{ name: "f", reason }] });
  expect(String(tally)).toBe("\nWhat failed, and why:\n\n1. f\n     Error: no\n         at f (/repo/a.ts:1:1)\n\n0 passed, 1 failed\n");
});

test("says nothing but the totals when all went well", () => {
  const tally = new Tally();
  tally.add("x", { passed: 2, skipped: 0, failures: [] });
  expect(String(tally)).toBe("\n2 passed, 0 failed\n");
});
