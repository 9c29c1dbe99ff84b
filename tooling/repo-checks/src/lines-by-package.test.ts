import { expect, test } from "vitest";
import { linesByPackage, showLines } from "./lines-by-package.ts";

const NUMSTAT = [
  "10\t2\tpackages/svm/src/a.ts",
  "5\t0\tpackages/svm/src/a.test.ts",
  "7\t1\tpackages/svm/test/b.golden.test.ts",
  "3\t4\tapps/bench/experiments/svm/c.ts",
  "90\t0\tpackages/svm/test/golden/d.json",
  "-\t-\tapps/docs/e.png",
  "1\t1\tpackage.json",
  "",
].join("\n");

test("lines are summed by package, tests apart; data and prose do not count", () => {
  expect(linesByPackage(NUMSTAT)).toEqual([
    { folder: "apps/bench", source: { added: 3, removed: 4 }, tests: { added: 0, removed: 0 } },
    { folder: "packages/svm", source: { added: 10, removed: 2 }, tests: { added: 12, removed: 1 } },
  ]);
});

test("the table ends in the sum", () => {
  expect(showLines(linesByPackage(NUMSTAT)).split("\n").at(-2)).toMatch(/^all +\+13 -6 +\+12 -1$/);
  expect(showLines([])).toBe("No line of code changed.\n");
});
