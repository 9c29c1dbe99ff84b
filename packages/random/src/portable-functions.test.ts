import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { portableLog } from "./portable-log.ts";
import { portableCosine, portableSine } from "./portable-trigonometry.ts";

const tight = { relative: 1e-15, absolute: 3e-16, reason: "both sides claim about one unit in the last place" };

test("portableLog agrees with the engine's log over all magnitudes", () => {
  fc.assert(
    fc.property(fc.double({ min: 2 ** -1022, max: Number.MAX_VALUE, noNaN: true }), (x) => expectClose(portableLog(x), Math.log(x), tight)),
  );
  for (let i = 1; i <= 4000; i++) expectClose(portableLog(i / 1000), Math.log(i / 1000), tight);
  expect(portableLog(1)).toBe(0);
});

test("portableSine and portableCosine agree with the engine's over several turns", () => {
  for (let i = -4000; i <= 4000; i++) {
    const angle = i * 0.005;
    expectClose(portableSine(angle), Math.sin(angle), { ...tight, absolute: 1e-15 });
    expectClose(portableCosine(angle), Math.cos(angle), { ...tight, absolute: 1e-15 });
  }
});
