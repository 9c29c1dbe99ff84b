import { expect, test } from "vitest";
import { threefry2x32, type WordPair } from "./threefry.ts";

// The threefry2x32-20 lines of kat_vectors in Random123: counter, key, result.
const KNOWN_ANSWERS: readonly (readonly [WordPair, WordPair, WordPair])[] = [
  [
    [0, 0],
    [0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x243f6a88, 0x85a308d3],
    [0x13198a2e, 0x03707344],
    [0xc4923a9c, 0x483df7a0],
  ],
];

test.each(KNOWN_ANSWERS)("threefry2x32(%j, %j)", (counter, key, expected) => {
  expect(threefry2x32(counter, key)).toEqual(expected);
});
