import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { portableExp, portableExpm1, portableLog1p } from "./portable-exp.ts";
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

test("portableExp and portableExpm1 agree with the engine's, over the whole range", () => {
  for (let i = -74_000; i <= 70_900; i += 7) {
    const x = i / 100;
    expectClose(portableExp(x), Math.exp(x), tight);
    expectClose(portableExpm1(x), Math.expm1(x), tight);
  }
  for (let x = 1; x > 1e-300; x /= 1.7) {
    for (const signed of [x, -x]) {
      expect(Math.abs(portableExpm1(signed) / Math.expm1(signed) - 1)).toBeLessThan(1e-15);
      if (signed > -1) expect(Math.abs(portableLog1p(signed) / Math.log1p(signed) - 1)).toBeLessThan(1e-15);
    }
  }
  expect([portableExp(0), portableExp(-746), portableExp(710), portableExpm1(0), portableLog1p(0)]).toEqual([1, 0, Infinity, 0, 0]);
});
