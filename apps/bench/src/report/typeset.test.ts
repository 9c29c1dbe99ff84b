import { expect, test } from "vitest";
import { typeset } from "./typeset.ts";

test.each([
  ["the l_p norm", "the l<sub>p</sub> norm"],
  ["l_1.1-MD, then l_2.", "l<sub>1.1</sub>-MD, then l<sub>2</sub>."],
  ["N^(1/p) and N^min(0, 1/p) and x^2", "N<sup>(1/p)</sup> and N<sup>min(0, 1/p)</sup> and x<sup>2</sup>"],
  ["a file_name stays", "a file_name stays"],
])("%s", (text, html) => {
  expect(typeset(text)).toBe(html);
});
