import { customOption, type OptionRule } from "@attnlab/check";
import type { ClassWeight } from "./labelled-data.ts";

/** The rule behind every `classWeight` option. */
export const classWeightOption: OptionRule<ClassWeight | undefined> = customOption<ClassWeight | undefined>({
  doc: 'Factor on C for each class by its label, such as { spam: 2 }, or "balanced" for factors inverse to the class sizes.',
  expected: '"balanced" or an object of finite numbers > 0',
  accepts: (v) =>
    v === "balanced" ||
    (typeof v === "object" &&
      v !== null &&
      !Array.isArray(v) &&
      Object.values(v).every((factor) => typeof factor === "number" && factor > 0 && Number.isFinite(factor))),
  invalid: ["even", null, { a: 0 }, { a: Number.NaN }, [1, 2]],
});
